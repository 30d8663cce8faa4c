import {
  groupTitle,
  type StoredVariable,
  type VariableGroup,
} from '../../core/variables/variable.ts'
import type { FieldError } from '../../lib/errors.ts'
import { Page } from '../layout/page.tsx'
import type { Shell } from '../layout/shell.ts'
import { paths } from '../paths.ts'
import { Check, TextArea, TextField } from '../ui/field.tsx'
import { Button, Form, FormProblems } from '../ui/form.tsx'
import { NoticeBox } from '../ui/notice.tsx'
import { plain, Theirs } from '../ui/text.tsx'

/** What was typed, by field name. A value never is among it. */
export type VariableValues = {
  name: string
  environment: string
  branch_pattern: string
  secret: boolean
  protected: boolean
}

export const newVariableValues: VariableValues = {
  name: '',
  environment: '',
  branch_pattern: '',
  secret: true,
  protected: true,
}

/** Where a group is found. */
export const crumbsOf = (group: VariableGroup) =>
  group.repository === null
    ? [{ name: 'Variables', href: paths.variables(null) }]
    : [
        { name: group.repository.fullName, href: paths.repository(group.repository.id) },
        { name: 'Variables', href: paths.variables(group.repository.id) },
      ]

/** What to do after a form was refused that had a value in it. */
export const Retyped = ({ errors }: { errors: readonly FieldError[] }) =>
  errors.length === 0 ? null : (
    <NoticeBox kind="info">
      Nothing was stored. Enter the value again: it is in no page, not even this one.
    </NoticeBox>
  )

type VariableFieldsProps = {
  values: VariableValues
  errors: readonly FieldError[]
  isNew?: boolean
}

/** The fields of a variable; its name and for whom it is only while it is new. */
export const VariableFields = ({ values, errors, isNew = false }: VariableFieldsProps) => (
  <>
    {isNew && (
      <TextField
        name="name"
        label="Name"
        value={values.name}
        errors={errors}
        required
        mono
        placeholder="API_TOKEN"
      />
    )}
    <TextArea
      name="value"
      label="Value"
      value=""
      rows={3}
      errors={errors}
      optional={!isNew}
      hint={
        isNew
          ? 'Of one line or of several, taken as it is.'
          : 'Left empty, the value that is stored stays.'
      }
    />
    <Check
      name="secret"
      label="Secret: never shown again, hidden in logs"
      checked={values.secret}
    />
    <Check
      name="protected"
      label="Protected: never for builds of forks (a secret always is)"
      checked={values.protected}
    />
    {isNew && (
      <>
        <TextField
          name="environment"
          label="Only for the environment"
          optional
          value={values.environment}
          errors={errors}
          placeholder="production"
          hint="Counts for workflows with this environment.name."
        />
        <TextField
          name="branch_pattern"
          label="Only for branches or tags like"
          optional
          mono
          value={values.branch_pattern}
          errors={errors}
          placeholder="release/*"
          hint="In the language of branch_patterns: * matches / too."
        />
      </>
    )}
  </>
)

type VariablePageProps = {
  shell: Shell
  group: VariableGroup
  variable: StoredVariable
  values: VariableValues
  errors: readonly FieldError[]
}

/** One variable: to be given another value, or removed. */
export const VariablePage = ({ shell, group, variable, values, errors }: VariablePageProps) => (
  <Page
    shell={shell}
    title={plain(variable.name)}
    width="narrow"
    crumbs={[
      ...crumbsOf(group),
      { name: groupTitle(group), href: paths.variableGroup(group.id) },
      { name: variable.name },
    ]}
  >
    <h1>
      <code>
        <Theirs>{variable.name}</Theirs>
      </code>
    </h1>
    <p class="sub">
      {variable.environment !== '' && (
        <span>
          for <Theirs>{variable.environment}</Theirs>
        </span>
      )}
      {variable.branchPattern !== '' && (
        <span>
          for branches like <Theirs>{variable.branchPattern}</Theirs>
        </span>
      )}
    </p>
    {variable.maskWarning !== null && <NoticeBox kind="warning">{variable.maskWarning}</NoticeBox>}
    <FormProblems errors={errors} />
    <Retyped errors={errors} />
    <Form to={paths.variable(group.id, variable)} class="stack">
      <VariableFields values={values} errors={errors} />
      <div class="actions">
        <Button kind="primary">Save</Button>
      </div>
    </Form>
    <section class="section danger-zone" aria-labelledby="remove-title">
      <h2 id="remove-title">Remove</h2>
      <p>Its value is forgotten; builds that start from now on go without it.</p>
      <Form to={paths.removeVariable(group.id, variable)} class="inline-form">
        <Button kind="danger">Remove the variable</Button>
      </Form>
    </section>
  </Page>
)
