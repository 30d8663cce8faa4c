import type { Repository } from '../../core/repositories/repository.ts'
import type { PlannedWorkflow } from '../../core/pipelines/preview.ts'
import type { PipelineVersion } from '../../core/pipelines/stored.ts'
import type { Millis } from '../../lib/clock.ts'
import { paths } from '../paths.ts'
import { TextArea, TextField } from '../ui/field.tsx'
import { Button, ButtonLink, Form, FormProblems } from '../ui/form.tsx'
import { NoticeBox } from '../ui/notice.tsx'
import { Source } from '../ui/source.tsx'
import { Theirs } from '../ui/text.tsx'
import { Ago } from '../ui/time.tsx'
import { InputFields } from '../repositories/trigger-inputs.tsx'
import { CheckResult } from './check.tsx'
import type { EditView } from './view.tsx'

type EditPartProps = { repository: Repository; view: EditView; now: Millis }

/** What the formats are called. */
export const formatWords = { yaml: 'YAML', huml: 'HUML' } as const

const rowsMin = 16
const rowsMax = 32

/**
 * The editor: a form with a text that is checked on request, and with a script as it is typed.
 * What is written is in use once it is stored, and only then.
 */
export const EditPart = ({ repository, view, now }: EditPartProps) => {
  const { id } = repository
  const fileName = `oore.${view.format}`
  return (
    <section class="section" aria-labelledby="edit-title">
      <h2 id="edit-title">Edit the configuration</h2>
      <p class="muted">
        {view.begunFrom === null
          ? 'It begins with the configuration in use. '
          : `It begins with version ${view.begunFrom}. `}
        Storing makes version {view.baseVersion + 1}
        {view.baseVersion > 0 && ' and keeps those before it'}. Builds then use it in place of a
        file in the repository, unless the settings let the file go first.
      </p>
      {view.notice !== null && (
        <NoticeBox kind={view.notice.kind}>
          <Theirs>{view.notice.text}</Theirs>
        </NoticeBox>
      )}
      {view.conflict !== null && <Conflict repositoryId={id} version={view.conflict} now={now} />}
      <FormProblems errors={view.errors} />
      <Form to={paths.repository(id, 'pipeline')} class="editor-form" id="editor-form">
        <input type="hidden" name="format" value={view.format} />
        <input type="hidden" name="base_version" value={String(view.baseVersion)} />
        <div class="editor-main" data-editor={view.format} data-check={paths.checkPipeline(id)}>
          <TextArea
            name="content"
            label={`Configuration (${formatWords[view.format]})`}
            value={view.content}
            rows={Math.min(rowsMax, Math.max(rowsMin, view.content.split('\n').length + 1))}
          />
          <p class="hint js-only">
            Tab indents by 2; to leave the editor by keyboard, press Escape, then Tab. Ctrl+F
            searches, on a Mac ⌘F.
          </p>
          <div class="actions">
            <Button kind="primary">
              {view.conflict === null
                ? 'Store it'
                : `Store mine over version ${view.conflict.version}`}
            </Button>
            <Button to={paths.validatePipeline(id)}>Validate</Button>
            <Button to={paths.convertPipeline(id)}>
              Convert to {formatWords[view.format === 'yaml' ? 'huml' : 'yaml']}
            </Button>
            <ButtonLink href={paths.repository(id, 'pipeline')}>Never mind</ButtonLink>
          </div>
        </div>
        <CheckResult
          preview={view.preview}
          content={view.content}
          fileName={fileName}
          placeHref={(line) => `#line-${line}`}
        />
        <RunOnce view={view} repository={repository} />
      </Form>
      {view.preview.problems.length > 0 && (
        <noscript>
          <Source text={view.content} label="What was checked, by lines" linePrefix="line-" />
        </noscript>
      )}
    </section>
  )
}

const RunOnce = ({ repository, view }: { repository: Repository; view: EditView }) => (
  <fieldset class="run-once">
    <legend>Run it once without storing it</legend>
    <p class="hint">
      Starts a build with exactly this text. Nothing that others start is changed by it.
    </p>
    <div class="two">
      <TextField
        name="branch"
        label="Branch"
        value={view.run.branch}
        errors={view.errors}
        placeholder={repository.defaultBranch}
        mono
        optional
      />
      <TextField
        name="workflow"
        label="Workflow"
        value={view.run.workflow}
        errors={view.errors}
        placeholder="every one"
        mono
        optional
        list="workflows"
      />
      <datalist id="workflows">
        {view.preview.workflows.map(({ plan }) => (
          <option value={plan.workflow.id}></option>
        ))}
      </datalist>
    </div>
    <InputFields
      workflows={view.preview.workflows.map(asked)}
      values={view.run.inputs}
      errors={view.errors}
    />
    <div class="actions">
      <Button to={paths.runPipeline(repository.id)}>Run once with this</Button>
    </div>
  </fieldset>
)

/** A workflow of the text, as far as it asks for something. */
const asked = ({ plan, inputs }: PlannedWorkflow) => ({ ...plan.workflow, inputs })

type ConflictProps = { repositoryId: string; version: PipelineVersion; now: Millis }

/** Both stand: what somebody else stored, and what is written here. The writer chooses. */
const Conflict = ({ repositoryId, version, now }: ConflictProps) => (
  <NoticeBox kind="warning">
    <p>
      While you wrote this, <Theirs>{version.createdBy}</Theirs>{' '}
      {version.content === null
        ? `went back to the file in the repository (version ${version.version})`
        : `stored version ${version.version}`}
      , <Ago at={version.createdAt} now={now} />. Nothing of yours was stored, and nothing is lost:
      it is below.
    </p>
    <div class="actions">
      <ButtonLink href={paths.pipelineVersion(repositoryId, version.version)}>
        See version {String(version.version)}
      </ButtonLink>
      <ButtonLink href={paths.editPipeline(repositoryId)}>Begin again from it</ButtonLink>
    </div>
  </NoticeBox>
)
