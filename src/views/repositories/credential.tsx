import type { FieldError } from '../../lib/errors.ts'
import { TextField } from '../ui/field.tsx'

type CredentialFieldsProps = {
  legend: string
  /** What is stored, or when it is needed. */
  hint: string
  username: string
  errors: readonly FieldError[]
}

/** Name and password for cloning. The password is never shown, so it always begins empty. */
export const CredentialFields = ({ legend, hint, username, errors }: CredentialFieldsProps) => (
  <fieldset>
    <legend>{legend}</legend>
    <p class="hint">{hint}</p>
    <div class="two">
      <TextField
        name="clone_username"
        label="User name"
        value={username}
        errors={errors}
        optional
        mono
      />
      <TextField
        name="clone_password"
        label="Password or token"
        type="password"
        value=""
        errors={errors}
        autocomplete="new-password"
        optional
      />
    </div>
  </fieldset>
)
