import type { FieldError } from '../../lib/errors.ts'
import { paths } from '../paths.ts'
import { TextField } from '../ui/field.tsx'
import { Button, Form } from '../ui/form.tsx'

type ConnectFormProps = {
  organization: string
  errors: readonly FieldError[]
}

/** Begins to connect: whose the App is to be. */
export const ConnectForm = ({ organization, errors }: ConnectFormProps) => (
  <Form to={paths.connectGithub()} class="stack narrow-column">
    <TextField
      name="organization"
      label="Organization"
      value={organization}
      errors={errors}
      optional
      mono
      placeholder="lumen-apps"
      hint="Leave it empty for an App of your own account. You must own the organization."
    />
    <div class="actions">
      <Button kind="primary">Connect GitHub</Button>
    </div>
  </Form>
)
