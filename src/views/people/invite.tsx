import type { Role } from '../../core/access/actor.ts'
import type { FieldError } from '../../lib/errors.ts'
import { Page } from '../layout/page.tsx'
import type { Shell } from '../layout/shell.ts'
import { paths } from '../paths.ts'
import type { LoginDoor } from '../session/login.tsx'
import { TextField } from '../ui/field.tsx'
import { Button, ButtonLink, Form, FormProblems } from '../ui/form.tsx'
import { NoticeBox } from '../ui/notice.tsx'
import { DoorField } from './door-field.tsx'
import { RoleField } from './role-field.tsx'

/** What was typed, by field name. */
export type InviteValues = { email: string; door: string; login: string; role: Role }

type InvitePageProps = {
  shell: Shell
  doors: readonly LoginDoor[]
  values: InviteValues
  errors: readonly FieldError[]
}

/** The form that invites somebody: by e-mail address, or by their account. */
export const InvitePage = ({ shell, doors, values, errors }: InvitePageProps) => (
  <Page
    shell={shell}
    title="Invite somebody"
    width="narrow"
    crumbs={[{ name: 'People', href: paths.people() }, { name: 'Invite' }]}
  >
    <h1>Invite somebody</h1>
    <p class="lead">
      Oore sends no mail: tell them the address of this server. They have two weeks to come.
    </p>
    {doors.length === 0 && (
      <NoticeBox kind="warning">
        Neither GitHub nor GitLab is connected to this server yet, so nobody can follow an
        invitation until one of them is.
      </NoticeBox>
    )}
    <FormProblems errors={errors} />
    <Form to={paths.invite()} class="stack">
      <TextField
        name="email"
        label="E-mail address"
        value={values.email}
        errors={errors}
        optional={doors.length > 0}
        hint="The primary address that GitHub or GitLab has verified of them."
      />
      {doors.length > 0 && (
        <fieldset>
          <legend>Or their account</legend>
          <div class="two">
            <DoorField doors={doors} value={values.door} errors={errors} />
            <TextField
              name="login"
              label="Login"
              value={values.login}
              errors={errors}
              mono
              hint="Looked up now: whoever takes this name later does not get in by it."
            />
          </div>
        </fieldset>
      )}
      <RoleField shell={shell} value={values.role} errors={errors} />
      <div class="actions">
        <Button kind="primary">Invite</Button>
        <ButtonLink href={paths.people()}>Back</ButtonLink>
      </div>
    </Form>
  </Page>
)
