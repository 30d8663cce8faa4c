import { aboutProvider } from '../../core/repositories/repository.ts'
import type { Role } from '../../core/access/actor.ts'
import type { EntryRule } from '../../core/entry-rules/rule.ts'
import type { FieldError } from '../../lib/errors.ts'
import type { Page as PageOf } from '../../lib/page.ts'
import { Page } from '../layout/page.tsx'
import type { Shell } from '../layout/shell.ts'
import { paths } from '../paths.ts'
import type { LoginDoor } from '../session/login.tsx'
import { Confirm } from '../ui/confirm.tsx'
import { Empty } from '../ui/empty.tsx'
import { TextField } from '../ui/field.tsx'
import { Button, Form, FormProblems } from '../ui/form.tsx'
import { NoticeBox } from '../ui/notice.tsx'
import { Pager } from '../ui/pager.tsx'
import { Middle, plain, Theirs } from '../ui/text.tsx'
import { DoorField } from './door-field.tsx'
import { RoleField } from './role-field.tsx'
import { roleWords } from './words.ts'

/** What was typed, by field name. */
export type RuleValues = { door: string; name: string; role: Role }

type RulesPageProps = {
  shell: Shell
  page: PageOf<EntryRule>
  cursor: string | null
  doors: readonly LoginDoor[]
  values: RuleValues
  errors: readonly FieldError[]
}

/** Whose members may enter. */
export const RulesPage = ({ shell, page, cursor, doors, values, errors }: RulesPageProps) => (
  <Page
    shell={shell}
    title="Who may enter"
    width="narrow"
    crumbs={[{ name: 'People', href: paths.people() }, { name: 'Who may enter' }]}
  >
    <h1>Who may enter</h1>
    <p class="lead">
      Whoever was invited, and the members of these organizations and groups. Membership is looked
      at anew at each sign-in; of several roles the most powerful counts.
    </p>
    {page.data.length > 0 ? (
      <RuleRows shell={shell} rules={page.data} />
    ) : (
      <Empty title="Only who was invited.">
        <p>
          <a href={paths.people()}>People</a> are invited one by one; a rule lets a whole
          organization or group in.
        </p>
      </Empty>
    )}
    <Pager
      older={page.nextCursor === null ? null : paths.entryRules(page.nextCursor)}
      newest={cursor === null ? null : paths.entryRules()}
      words={{ older: 'More', newest: 'First page' }}
    />
    {shell.may('person.change') && (
      <section class="section" aria-labelledby="add-title">
        <h2 id="add-title">Let members enter</h2>
        {doors.length === 0 ? (
          <NoticeBox kind="info">
            Neither GitHub nor GitLab is connected to this server yet: connect one, and its
            organizations or groups can be named here.
          </NoticeBox>
        ) : (
          <>
            <FormProblems errors={errors} />
            <Form to={paths.entryRules()} class="stack">
              <DoorField doors={doors} value={values.door} errors={errors} />
              <TextField
                name="name"
                label="Organization or group"
                value={values.name}
                errors={errors}
                required
                mono
                hint="GitHub’s organization, or the whole path of GitLab’s group: lumen/apps."
              />
              <RoleField shell={shell} value={values.role} errors={errors} />
              <div class="actions">
                <Button kind="primary">Let them enter</Button>
              </div>
            </Form>
          </>
        )}
      </section>
    )}
  </Page>
)

const RuleRows = ({ shell, rules }: { shell: Shell; rules: readonly EntryRule[] }) => (
  <table class="rows">
    <caption class="sr-only">Organizations and groups whose members may enter</caption>
    <thead>
      <tr>
        <th>Members of</th>
        <th>Role</th>
        <th class="right">
          <span class="sr-only">Change</span>
        </th>
      </tr>
    </thead>
    <tbody>
      {rules.map((rule) => (
        <tr>
          <td class="what">
            <strong>
              <Theirs>{rule.name}</Theirs>
            </strong>
            <p>
              {aboutProvider(rule.provider).name} · <Middle>{rule.instance}</Middle>
            </p>
          </td>
          <td>{roleWords[rule.role]}</td>
          <td class="right">
            {mayRemove(shell, rule) && (
              <a
                class="button button-plain"
                href={paths.removeEntryRule(rule.id)}
                aria-label={`Remove the rule for ${plain(rule.name)}`}
              >
                Remove…
              </a>
            )}
          </td>
        </tr>
      ))}
    </tbody>
  </table>
)

const mayRemove = ({ may }: Shell, { role }: EntryRule): boolean =>
  may('person.change') && (role !== 'owner' || may('owner.change'))

/** Asks before a rule is taken away, because people are signed out by that. */
export const RemoveRulePage = ({ shell, rule }: { shell: Shell; rule: EntryRule }) => (
  <Page
    shell={shell}
    title="Remove a rule"
    width="narrow"
    crumbs={[
      { name: 'People', href: paths.people() },
      { name: 'Who may enter', href: paths.entryRules() },
      { name: 'Remove' },
    ]}
  >
    <Confirm
      title="Remove this rule?"
      to={paths.removeEntryRule(rule.id)}
      action="Remove the rule"
      back={paths.entryRules()}
      keep="Keep it"
    >
      <p>
        Members of{' '}
        <strong>
          <Theirs>{rule.name}</Theirs>
        </strong>{' '}
        may no longer enter as {roleWords[rule.role].toLowerCase()}. Who came in by it is signed out
        at once, and comes back only by an invitation or by another rule.
      </p>
    </Confirm>
  </Page>
)
