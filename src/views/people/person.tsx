import type { User } from '../../core/users/user.ts'
import type { Millis } from '../../lib/clock.ts'
import type { FieldError } from '../../lib/errors.ts'
import { Page } from '../layout/page.tsx'
import type { Shell } from '../layout/shell.ts'
import { paths } from '../paths.ts'
import { Confirm } from '../ui/confirm.tsx'
import { TextField } from '../ui/field.tsx'
import { Button, ButtonLink, Form, FormProblems, PostButton } from '../ui/form.tsx'
import { plain, Theirs } from '../ui/text.tsx'
import { Ago } from '../ui/time.tsx'
import { Identities } from './identities.tsx'
import { UserStatus } from './list.tsx'
import { RoleField } from './role-field.tsx'
import { roleWords } from './words.ts'

type PersonPageProps = {
  shell: Shell
  user: User
  errors: readonly FieldError[]
  now: Millis
}

/** One person: what they may do, how they get in, and how to keep them out. */
export const PersonPage = ({ shell, user, errors, now }: PersonPageProps) => (
  <Page
    shell={shell}
    title={plain(user.name)}
    width="narrow"
    crumbs={[{ name: 'People', href: paths.people() }, { name: user.name }]}
  >
    <h1>
      <Theirs>{user.name}</Theirs>
    </h1>
    <p class="sub">
      <UserStatus state={user.state} />
      <span>{roleWords[user.role]}</span>
      {user.email !== null && <Theirs>{user.email}</Theirs>}
    </p>
    <FormProblems errors={errors} />
    <How user={user} now={now} />
    {mayAlter(shell, user) ? (
      <Form to={paths.person(user.id)} class="stack">
        <TextField name="name" label="Name" value={user.name} errors={errors} required />
        <RoleField
          shell={shell}
          value={user.role}
          errors={errors}
          hint={
            user.isRoleFixed
              ? 'Chosen by hand: no rule changes it.'
              : 'Once it is chosen here, no rule changes it any more.'
          }
        />
        <div class="actions">
          <Button kind="primary">Save</Button>
        </div>
      </Form>
    ) : (
      <p class="muted">Only an owner changes another owner.</p>
    )}
    <section class="section" aria-labelledby="accounts-title">
      <h2 id="accounts-title">Accounts</h2>
      <Identities identities={user.identities} now={now} />
    </section>
    {mayAlter(shell, user) && <KeepOut user={user} />}
  </Page>
)

const mayAlter = ({ may }: Shell, { role }: User): boolean =>
  may('person.change') && (role !== 'owner' || may('owner.change'))

/** Why they may enter, or when the chance to is over. */
function How({ user, now }: { user: User; now: Millis }) {
  const { state, isInvited, invitationEndsAt } = user
  if (state === 'invited' && invitationEndsAt !== null) {
    return invitationEndsAt > now ? (
      <p class="lead">Invited, and has not come yet. The invitation is good for two weeks.</p>
    ) : (
      <p class="lead">The invitation is too old. Invite them again to give two more weeks.</p>
    )
  }
  if (state === 'disabled')
    return <p class="lead">May not enter, whatever invitations and rules say.</p>
  return isInvited ? (
    <p class="lead">Was invited.</p>
  ) : (
    <p class="lead">
      Came in as a member of a group that may enter, which is looked at anew at each sign-in.{' '}
      <a href={paths.entryRules()}>Who may enter</a>
    </p>
  )
}

const KeepOut = ({ user }: { user: User }) => (
  <section class="section danger-zone" aria-labelledby="out-title">
    <h2 id="out-title">Keep them out</h2>
    <p>
      {user.state === 'disabled'
        ? 'They are signed out and may not come back until they are enabled.'
        : 'Who is disabled is signed out everywhere, at once, and may not come back until enabled.'}
    </p>
    <div class="actions">
      {user.state === 'disabled' ? (
        <PostButton to={paths.enablePerson(user.id)}>Enable</PostButton>
      ) : (
        <PostButton to={paths.disablePerson(user.id)} kind="danger">
          Disable
        </PostButton>
      )}
      <ButtonLink href={paths.removePerson(user.id)} kind="danger">
        Remove…
      </ButtonLink>
    </div>
  </section>
)

type RemovePersonPageProps = {
  shell: Shell
  user: User
  errors: readonly FieldError[]
  now: Millis
}

/** Asks before a person is removed. */
export const RemovePersonPage = ({ shell, user, errors, now }: RemovePersonPageProps) => (
  <Page
    shell={shell}
    title="Remove a person"
    width="narrow"
    crumbs={[
      { name: 'People', href: paths.people() },
      { name: user.name, href: paths.person(user.id) },
      { name: 'Remove' },
    ]}
  >
    <FormProblems errors={errors} />
    <Confirm
      title="Remove this person?"
      to={paths.removePerson(user.id)}
      action="Remove them"
      back={paths.person(user.id)}
      keep="Keep them"
    >
      <p>
        <strong>
          <Theirs>{user.name}</Theirs>
        </strong>
        {user.lastSignedInAt !== null && (
          <>
            , last here <Ago at={user.lastSignedInAt} now={now} />
          </>
        )}
      </p>
      <ul class="loses">
        <li>They are signed out everywhere, at once.</li>
        <li>Their accounts are forgotten here; they may be invited again.</li>
        <li>What they did keeps their name.</li>
        {!user.isInvited && (
          <li>They may come back as a member of a group that may enter. Disable them instead.</li>
        )}
      </ul>
    </Confirm>
  </Page>
)
