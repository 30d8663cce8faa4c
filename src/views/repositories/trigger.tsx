import type { Repository } from '../../core/repositories/repository.ts'
import type { FieldError } from '../../lib/errors.ts'
import type { Workflow } from '../../pipeline/pipeline.ts'
import { Page } from '../layout/page.tsx'
import type { Shell } from '../layout/shell.ts'
import { paths } from '../paths.ts'
import { SelectField, TextField } from '../ui/field.tsx'
import { Button, ButtonLink, Form, FormProblems } from '../ui/form.tsx'
import { NoticeBox } from '../ui/notice.tsx'
import { Theirs } from '../ui/text.tsx'
import { InputFields } from './trigger-inputs.tsx'

/** What was typed, by field name. */
export type TriggerValues = {
  branch: string
  commit: string
  workflow: string
  labels: string
  /** By the names of their fields. */
  inputs: Record<string, string>
}

type TriggerPageProps = {
  shell: Shell
  repository: Repository
  /** Null when the configuration could not be read; the workflow is then typed. */
  workflows: Pick<Workflow, 'id' | 'name' | 'inputs'>[] | null
  values: TriggerValues
  errors: readonly FieldError[]
  /** Suggestions. */
  branches?: string[]
}

/** Starts a build by hand: which branch or commit, which workflow. */
export const TriggerPage = (props: TriggerPageProps) => (
  <Page
    shell={props.shell}
    title="Start a build"
    width="narrow"
    crumbs={[
      { name: 'Repositories', href: paths.repositories() },
      { name: props.repository.fullName, href: paths.repository(props.repository.id) },
      { name: 'Start a build' },
    ]}
  >
    <h1>Start a build</h1>
    <p class="lead">
      of <Theirs>{props.repository.fullName}</Theirs>
    </p>
    <FormProblems errors={props.errors} />
    {props.repository.state !== 'active' && (
      <NoticeBox kind="warning">
        This repository is not active, so nothing can be started. Change that in its settings.
      </NoticeBox>
    )}
    <Form to={paths.trigger(props.repository.id)} class="stack">
      <TextField
        name="branch"
        label="Branch"
        value={props.values.branch}
        errors={props.errors}
        placeholder={props.repository.defaultBranch}
        mono
        optional
        hint="Its newest commit is built. The default branch when left empty."
        {...(props.branches === undefined ? {} : { list: 'branches' })}
      />
      {props.branches !== undefined && (
        <datalist id="branches">
          {props.branches.map((branch) => (
            <option value={branch}></option>
          ))}
        </datalist>
      )}
      <TextField
        name="commit"
        label="Commit"
        value={props.values.commit}
        errors={props.errors}
        placeholder="40 hex characters"
        mono
        optional
        hint="Exactly this commit instead of the branch’s newest."
      />
      <WorkflowField {...props} />
      <InputFields
        workflows={props.workflows ?? []}
        values={props.values.inputs}
        errors={props.errors}
      />
      <TextField
        name="labels"
        label="Labels"
        value={props.values.labels}
        errors={props.errors}
        optional
        hint="Words to find it by later, with commas between them."
      />
      <div class="actions">
        <Button kind="primary">Start the build</Button>
        <ButtonLink href={paths.repository(props.repository.id)}>Never mind</ButtonLink>
      </div>
    </Form>
  </Page>
)

const WorkflowField = ({ workflows, values, errors }: TriggerPageProps) =>
  workflows === null ? (
    <TextField
      name="workflow"
      label="Workflow"
      value={values.workflow}
      errors={errors}
      mono
      optional
      hint="Its id. The configuration could not be read now, so there is no list to choose from."
    />
  ) : (
    <SelectField
      name="workflow"
      label="Workflow"
      value={values.workflow}
      errors={errors}
      options={workflowOptions(workflows)}
      hint="As the default branch has them; another branch may have others."
    />
  )

/** All of them, or one; where there is only one, nothing needs choosing. */
function workflowOptions(workflows: { id: string; name: string }[]) {
  const named = workflows.map(({ id, name }) => ({
    value: id,
    label: name === id ? id : `${name} (${id})`,
  }))
  return named.length === 1 ? named : [{ value: '', label: 'All of them' }, ...named]
}
