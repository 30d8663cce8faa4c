import type { VariableGroup } from '../../core/variables/variable.ts'
import type { Millis } from '../../lib/clock.ts'
import type { FieldError } from '../../lib/errors.ts'
import type { Id } from '../../lib/ids.ts'
import type { Page as PageOf } from '../../lib/page.ts'
import { Page } from '../layout/page.tsx'
import type { Shell } from '../layout/shell.ts'
import { paths } from '../paths.ts'
import { TextField } from '../ui/field.tsx'
import { Button, ButtonLink, Form, FormProblems, PostButton } from '../ui/form.tsx'
import { Pager } from '../ui/pager.tsx'
import { Theirs } from '../ui/text.tsx'
import { Ago } from '../ui/time.tsx'

export type GroupsProps = {
  shell: Shell
  page: PageOf<VariableGroup>
  cursor: string | null
  /** Null for those of the organization. */
  repositoryId: Id | null
  values: { name: string }
  errors: readonly FieldError[]
  now: Millis
}

/** The variables of the organization. */
export const VariablesPage = (props: GroupsProps) => (
  <Page
    shell={props.shell}
    title="Variables"
    crumbs={[{ name: 'Settings', href: paths.settings() }, { name: 'Variables' }]}
  >
    <header class="page-head">
      <div class="grow">
        <h1>Variables</h1>
        <p class="sub">
          For the builds of every repository. A repository has its own under its tab Variables;
          those win.
        </p>
      </div>
    </header>
    <VariableGroups {...props} />
  </Page>
)

/** A part: the variables for every build, the groups, and the form that makes one. */
export function VariableGroups(props: GroupsProps) {
  const { shell, page, cursor, repositoryId, values, errors, now } = props
  const forAll = page.data.find(({ name }) => name === '')
  const groups = page.data.filter(({ name }) => name !== '')
  const mayChange = shell.may('variable.change')
  return (
    <>
      <section class="section" aria-labelledby="all-title">
        <div class="section-head">
          <h2 id="all-title">For every build</h2>
          {forAll === undefined ? (
            mayChange && (
              <PostButton to={paths.variablesForAll(repositoryId)}>Set variables</PostButton>
            )
          ) : (
            <ButtonLink href={paths.variableGroup(forAll.id)}>
              {forAll.variableCount === 1 ? 'One variable' : `${forAll.variableCount} variables`}
            </ButtonLink>
          )}
        </div>
        <p class="muted">
          {repositoryId === null
            ? 'Every build of every repository gets these.'
            : 'Every build of this repository gets these.'}
        </p>
      </section>
      <section class="section" aria-labelledby="groups-title">
        <h2 id="groups-title">Groups</h2>
        {groups.length === 0 ? (
          <p class="muted">
            None yet. A build gets the variables of a group when its workflow names it under{' '}
            <code>environment.groups</code>.
          </p>
        ) : (
          <GroupRows groups={groups} now={now} />
        )}
        <Pager
          older={page.nextCursor === null ? null : paths.variables(repositoryId, page.nextCursor)}
          newest={cursor === null ? null : paths.variables(repositoryId)}
          words={{ older: 'More', newest: 'First page' }}
        />
        {mayChange && (
          <>
            <FormProblems errors={errors} />
            <Form to={paths.variables(repositoryId)} class="stack narrow-column">
              <TextField
                name="name"
                label="Name of a new group"
                value={values.name}
                errors={errors}
                required
                hint="What environment.groups calls it."
              />
              <div class="actions">
                <Button>Make the group</Button>
              </div>
            </Form>
          </>
        )}
      </section>
    </>
  )
}

const GroupRows = ({ groups, now }: { groups: readonly VariableGroup[]; now: Millis }) => (
  <table class="rows">
    <caption class="sr-only">Groups of variables</caption>
    <thead>
      <tr>
        <th>Name</th>
        <th>Variables</th>
        <th class="right">Made</th>
      </tr>
    </thead>
    <tbody>
      {groups.map((group) => (
        <tr>
          <td class="what">
            <a href={paths.variableGroup(group.id)}>
              <Theirs>{group.name}</Theirs>
            </a>
          </td>
          <td class="num">{group.variableCount}</td>
          <td class="right">
            <Ago at={group.createdAt} now={now} />
          </td>
        </tr>
      ))}
    </tbody>
  </table>
)
