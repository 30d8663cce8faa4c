import type { GroupDetail } from '../../core/variables/find.ts'
import {
  groupTitle,
  type StoredVariable,
  type VariableGroup,
} from '../../core/variables/variable.ts'
import type { Millis } from '../../lib/clock.ts'
import type { FieldError } from '../../lib/errors.ts'
import { Page } from '../layout/page.tsx'
import type { Shell } from '../layout/shell.ts'
import { paths } from '../paths.ts'
import { Confirm } from '../ui/confirm.tsx'
import { Empty } from '../ui/empty.tsx'
import { Check, TextArea, TextField } from '../ui/field.tsx'
import { Button, ButtonLink, Form, FormProblems } from '../ui/form.tsx'
import { Icon } from '../ui/icon.tsx'
import { Middle, plain, Theirs } from '../ui/text.tsx'
import { Ago } from '../ui/time.tsx'
import { crumbsOf, Retyped, VariableFields, type VariableValues } from './variable.tsx'

/** Which of the forms was refused. */
export type RefusedForm = 'add' | 'import' | 'rename' | null

type GroupPageProps = {
  shell: Shell
  detail: GroupDetail
  values: VariableValues
  errors: readonly FieldError[]
  refused: RefusedForm
  now: Millis
}

/** A group with its variables, and the forms that change them. */
export const VariableGroupPage = (props: GroupPageProps) => {
  const { shell, detail, values, errors, refused, now } = props
  const { group, variables } = detail
  const of = (form: RefusedForm) => (refused === form ? errors : [])
  return (
    <Page
      shell={shell}
      title={plain(groupTitle(group))}
      crumbs={[...crumbsOf(group), { name: groupTitle(group) }]}
    >
      <header class="page-head">
        <div class="grow">
          <h1>
            <Theirs>{groupTitle(group)}</Theirs>
          </h1>
          <p class="sub">
            {group.repository === null ? (
              'For the builds of every repository'
            ) : (
              <span>
                For builds of <Theirs>{group.repository.fullName}</Theirs>
              </span>
            )}
          </p>
        </div>
      </header>
      {variables.length === 0 ? (
        <Empty title="No variables yet.">
          <p>A secret is never shown again once it is stored; builds get it, and logs hide it.</p>
        </Empty>
      ) : (
        <VariableRows shell={shell} variables={variables} now={now} />
      )}
      {shell.may('variable.change') && (
        <>
          <section class="section narrow-column" aria-labelledby="add-title">
            <h2 id="add-title">Add a variable</h2>
            <FormProblems errors={of('add')} />
            <Retyped errors={of('add')} />
            <Form to={paths.variableGroup(group.id)} class="stack">
              <VariableFields values={values} errors={of('add')} isNew />
              <div class="actions">
                <Button kind="primary">Store</Button>
              </div>
            </Form>
          </section>
          <ImportForm group={group} errors={of('import')} />
          {group.name !== '' && <RenameForm group={group} errors={of('rename')} />}
          <section class="section danger-zone" aria-labelledby="remove-title">
            <h2 id="remove-title">Remove</h2>
            <p>All of its variables are forgotten.</p>
            <div class="actions">
              <ButtonLink href={paths.removeVariableGroup(group.id)} kind="danger">
                Remove…
              </ButtonLink>
            </div>
          </section>
        </>
      )}
    </Page>
  )
}

const ImportForm = ({ group, errors }: { group: VariableGroup; errors: readonly FieldError[] }) => (
  <details class="disclosure" open={errors.length > 0}>
    <summary>Import a .env file</summary>
    <FormProblems errors={errors} />
    <Form to={paths.importVariables(group.id)} class="stack narrow-column">
      <TextArea
        name="content"
        label="Text of the file"
        value=""
        rows={8}
        errors={errors}
        hint="One KEY=value a line; all of them are stored, or none."
      />
      <Check name="secret" label="All of them are secret" checked />
      <Check name="replace" label="Change those that are there already" checked={false} />
      <div class="actions">
        <Button>Import</Button>
      </div>
    </Form>
  </details>
)

const RenameForm = ({ group, errors }: { group: VariableGroup; errors: readonly FieldError[] }) => (
  <section class="section narrow-column" aria-labelledby="rename-title">
    <h2 id="rename-title">Name</h2>
    <FormProblems errors={errors} />
    <Form to={paths.renameVariableGroup(group.id)} class="stack">
      <TextField
        name="group"
        label="What environment.groups calls it"
        value={group.name}
        errors={errors}
        required
        hint="Configurations that use the old name no longer find it."
      />
      <div class="actions">
        <Button>Rename</Button>
      </div>
    </Form>
  </section>
)

type VariableRowsProps = { shell: Shell; variables: readonly StoredVariable[]; now: Millis }

const VariableRows = ({ shell, variables, now }: VariableRowsProps) => (
  <table class="rows variables">
    <caption class="sr-only">Variables</caption>
    <thead>
      <tr>
        <th>Name and value</th>
        <th>For</th>
        <th>Last used</th>
        <th class="right">Changed</th>
      </tr>
    </thead>
    <tbody>
      {variables.map((variable) => (
        <tr>
          <td class="what">
            {shell.may('variable.change') ? (
              <a href={paths.variable(variable.groupId, variable)}>
                <code>
                  <Theirs>{variable.name}</Theirs>
                </code>
              </a>
            ) : (
              <code>
                <Theirs>{variable.name}</Theirs>
              </code>
            )}
            <p>
              {variable.value === null ? (
                <span class="muted">Secret</span>
              ) : (
                <Middle>{variable.value === '' ? '(empty)' : variable.value}</Middle>
              )}
            </p>
            {variable.maskWarning !== null && (
              <p class="variable-warning">
                <Icon name="warning" />
                {variable.maskWarning}
              </p>
            )}
          </td>
          <td class="where">
            {variable.environment !== '' && (
              <span class="ref">
                <Theirs>{variable.environment}</Theirs>
              </span>
            )}
            {variable.branchPattern !== '' && (
              <span class="ref">
                <code>
                  <Middle>{variable.branchPattern}</Middle>
                </code>
              </span>
            )}
            {!variable.isProtected && <span class="ref">Forks too</span>}
          </td>
          <td data-label="Last used:">
            {variable.lastUsed === null ? (
              <span class="muted">Never</span>
            ) : (
              <a href={paths.build(variable.lastUsed.buildId)}>
                <Ago at={variable.lastUsed.at} now={now} />
              </a>
            )}
          </td>
          <td class="right" data-label="Changed by">
            <Theirs>{variable.updatedBy}</Theirs>{' '}
            <p>
              <Ago at={variable.updatedAt} now={now} />
            </p>
          </td>
        </tr>
      ))}
    </tbody>
  </table>
)

/** Asks before a group is forgotten with all that is in it. */
export const RemoveVariableGroupPage = ({
  shell,
  group,
}: {
  shell: Shell
  group: VariableGroup
}) => (
  <Page
    shell={shell}
    title="Remove variables"
    width="narrow"
    crumbs={[...crumbsOf(group), { name: 'Remove' }]}
  >
    <Confirm
      title={group.name === '' ? 'Remove the variables for every build?' : 'Remove this group?'}
      to={paths.removeVariableGroup(group.id)}
      action="Remove them"
      back={paths.variableGroup(group.id)}
      keep="Keep them"
    >
      <p>
        {group.variableCount === 1 ? 'One variable is' : `${group.variableCount} variables are`}{' '}
        forgotten. Builds whose workflow names{' '}
        <strong>
          <Theirs>{groupTitle(group)}</Theirs>
        </strong>{' '}
        fail before they start.
      </p>
    </Confirm>
  </Page>
)
