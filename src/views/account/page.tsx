import type { Role } from '../../core/access/actor.ts'
import type { OwnSession } from '../../core/sessions/session.ts'
import type { User } from '../../core/users/user.ts'
import type { Millis } from '../../lib/clock.ts'
import type { FieldError } from '../../lib/errors.ts'
import { Page } from '../layout/page.tsx'
import type { Shell } from '../layout/shell.ts'
import { paths } from '../paths.ts'
import { Identities } from '../people/identities.tsx'
import { roleHints, roleWords } from '../people/words.ts'
import { TextField } from '../ui/field.tsx'
import { Button, Form, FormProblems, PostButton } from '../ui/form.tsx'
import { Middle, Theirs } from '../ui/text.tsx'
import { Ago } from '../ui/time.tsx'

type AccountPageProps = {
  shell: Shell
  /** Null for who shows the admin token, which is nobody's. */
  user: User | null
  role: Role
  sessions: readonly OwnSession[]
  errors: readonly FieldError[]
  now: Millis
}

/** One's own account: the name, how one gets in, and where one is signed in. */
export const AccountPage = ({ shell, user, role, sessions, errors, now }: AccountPageProps) => (
  <Page shell={shell} title="Your account" width="narrow">
    <h1>Your account</h1>
    <p class="lead">
      {user === null
        ? 'You are signed in with the admin token, which is nobody’s in particular. It may do everything.'
        : `You are ${roleWords[role].toLowerCase()} here: ${roleHints[role]}.`}
    </p>
    {user !== null && <Own user={user} errors={errors} now={now} />}
    <section class="section" aria-labelledby="sessions-title">
      <div class="section-head">
        <h2 id="sessions-title">Where you are signed in</h2>
        {sessions.length > 0 && (
          <PostButton to={paths.signOutEverywhere()} kind="danger">
            Sign out everywhere
          </PostButton>
        )}
      </div>
      <Sessions sessions={sessions} now={now} />
    </section>
  </Page>
)

type OwnProps = { user: User; errors: readonly FieldError[]; now: Millis }

const Own = ({ user, errors, now }: OwnProps) => (
  <>
    <FormProblems errors={errors} />
    <Form to={paths.account()} class="stack">
      <TextField
        name="name"
        label="Name"
        value={user.name}
        errors={errors}
        required
        autocomplete="name"
      />
      <div class="actions">
        <Button kind="primary">Save</Button>
      </div>
    </Form>
    <section class="section" aria-labelledby="accounts-title">
      <h2 id="accounts-title">Accounts to sign in with</h2>
      {user.email !== null && (
        <p>
          E-mail: <Theirs>{user.email}</Theirs>
        </p>
      )}
      <Identities identities={user.identities} now={now} />
    </section>
  </>
)

const Sessions = ({ sessions, now }: { sessions: readonly OwnSession[]; now: Millis }) => (
  <table class="rows">
    <caption class="sr-only">Browsers that are signed in</caption>
    <thead>
      <tr>
        <th>Browser</th>
        <th>Address</th>
        <th class="right">Last used</th>
      </tr>
    </thead>
    <tbody>
      {sessions.map(({ ip, userAgent, isThis, createdAt, lastSeenAt }) => (
        <tr>
          <td class="what">
            {isThis && <strong>This one. </strong>}
            <Middle>{userAgent === '' ? 'It does not say' : userAgent}</Middle>
            <p>
              Signed in <Ago at={createdAt} now={now} />
            </p>
          </td>
          <td>
            <Theirs>{ip}</Theirs>
          </td>
          <td class="right">
            <Ago at={lastSeenAt} now={now} />
          </td>
        </tr>
      ))}
    </tbody>
  </table>
)
