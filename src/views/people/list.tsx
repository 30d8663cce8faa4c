import { aboutProvider } from '../../core/repositories/repository.ts'
import { roles } from '../../core/access/actor.ts'
import { type User, type UserFilters, type UserState, userStates } from '../../core/users/user.ts'
import type { Millis } from '../../lib/clock.ts'
import type { Page as PageOf } from '../../lib/page.ts'
import { Page } from '../layout/page.tsx'
import type { Shell } from '../layout/shell.ts'
import { paths } from '../paths.ts'
import { Empty } from '../ui/empty.tsx'
import { SelectField, TextField } from '../ui/field.tsx'
import { Button, ButtonLink } from '../ui/form.tsx'
import { Icon, type IconName } from '../ui/icon.tsx'
import { Pager } from '../ui/pager.tsx'
import { Middle, Theirs } from '../ui/text.tsx'
import { Ago } from '../ui/time.tsx'
import { roleWords } from './words.ts'

type PeoplePageProps = {
  shell: Shell
  page: PageOf<User>
  filters: UserFilters
  /** The cursor this page was asked with; null on the first. */
  cursor: string | null
  now: Millis
}

/** Who may enter, and with which role. */
export const PeoplePage = ({ shell, page, filters, cursor, now }: PeoplePageProps) => {
  const isFresh = page.data.length === 0 && !isFiltered(filters) && cursor === null
  return (
    <Page
      shell={shell}
      title="People"
      crumbs={[{ name: 'Settings', href: paths.settings() }, { name: 'People' }]}
    >
      <header class="page-head">
        <h1 class="grow">People</h1>
        <ButtonLink href={paths.entryRules()}>Who may enter…</ButtonLink>
        {shell.may('person.change') && !isFresh && (
          <ButtonLink href={paths.invite()} kind="primary">
            Invite somebody
          </ButtonLink>
        )}
      </header>
      {!isFresh && <PeopleFilterForm filters={filters} />}
      {page.data.length > 0 ? (
        <PeopleRows people={page.data} now={now} />
      ) : isFresh ? (
        <Empty title="Nobody but the admin token yet.">
          <p>
            Invite the first owner. They sign in with GitHub or GitLab, once one of the two is
            connected, and invite the others.
          </p>
          <ButtonLink href={paths.invite()} kind="primary">
            Invite somebody
          </ButtonLink>
        </Empty>
      ) : (
        <Empty title="Nobody matches.">
          <ButtonLink href={paths.people()}>Clear the filters</ButtonLink>
        </Empty>
      )}
      <Pager
        older={page.nextCursor === null ? null : paths.people(filters, page.nextCursor)}
        newest={cursor === null ? null : paths.people(filters)}
        words={{ older: 'More', newest: 'First page' }}
      />
    </Page>
  )
}

const PeopleRows = ({ people, now }: { people: readonly User[]; now: Millis }) => (
  <table class="rows people">
    <caption class="sr-only">People</caption>
    <thead>
      <tr>
        <th>State</th>
        <th>Name</th>
        <th>Role</th>
        <th>Signs in with</th>
        <th class="right">Last here</th>
      </tr>
    </thead>
    <tbody>
      {people.map((user) => (
        <tr>
          <td>
            <UserStatus state={user.state} />
          </td>
          <td class="what">
            <a href={paths.person(user.id)}>
              <Theirs>{user.name}</Theirs>
            </a>
            {user.email !== null && user.email !== user.name && (
              <p>
                <Middle>{user.email}</Middle>
              </p>
            )}
          </td>
          <td>{roleWords[user.role]}</td>
          <td class="where">
            {user.identities.map(({ provider, login }) => (
              <span class="ref">
                {aboutProvider(provider).name}: <Middle>{login}</Middle>
              </span>
            ))}
          </td>
          <td class="right">
            {user.lastSignedInAt === null ? (
              <span class="muted">Never</span>
            ) : (
              <Ago at={user.lastSignedInAt} now={now} />
            )}
          </td>
        </tr>
      ))}
    </tbody>
  </table>
)

const looks: Record<UserState, { look: string; icon: IconName; word: string }> = {
  invited: { look: 'pending', icon: 'pending', word: 'Invited' },
  active: { look: 'success', icon: 'success', word: 'Active' },
  disabled: { look: 'cancelled', icon: 'cancelled', word: 'Disabled' },
}

/** May they enter? As an icon and a word. */
export const UserStatus = ({ state }: { state: UserState }) => {
  const { look, icon, word } = looks[state]
  return (
    <span class={`st ${look}`}>
      <Icon name={icon} />
      {word}
    </span>
  )
}

const PeopleFilterForm = ({ filters }: { filters: UserFilters }) => (
  <search>
    <form class="filters" method="get" action={paths.people()} data-tidy="">
      <div class="filters-main">
        <TextField
          name="q"
          label="Search"
          type="search"
          value={filters.q ?? ''}
          placeholder="Name, e-mail or login"
        />
        <SelectField
          name="role"
          label="Role"
          value={filters.role ?? ''}
          options={[
            { value: '', label: 'Any' },
            ...roles.map((value) => ({ value, label: roleWords[value] })),
          ]}
        />
        <SelectField
          name="state"
          label="State"
          value={filters.state ?? ''}
          options={[
            { value: '', label: 'Any' },
            ...userStates.map((value) => ({ value, label: looks[value].word })),
          ]}
        />
        <Button>Filter</Button>
      </div>
    </form>
  </search>
)

const isFiltered = ({ q, role, state }: UserFilters): boolean =>
  q !== null || role !== null || state !== null
