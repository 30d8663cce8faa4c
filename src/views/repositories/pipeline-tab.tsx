import type { PipelineInForce, StoredPipeline } from '../../core/pipelines/stored.ts'
import type { Repository } from '../../core/repositories/repository.ts'
import type { Millis } from '../../lib/clock.ts'
import type { Problem } from '../../pipeline/problem.ts'
import type { PipelineFormat } from '../../pipeline/read.ts'
import { paths } from '../paths.ts'
import { Empty } from '../ui/empty.tsx'
import { TextArea } from '../ui/field.tsx'
import { Button, Form, PostButton } from '../ui/form.tsx'
import { NoticeBox } from '../ui/notice.tsx'
import { Problems, Source } from '../ui/source.tsx'
import { Code, Theirs } from '../ui/text.tsx'
import { Ago } from '../ui/time.tsx'

/** A configuration someone is writing, and what the check said of it. */
export type PipelineDraft = {
  format: PipelineFormat
  content: string
  /** Null while it was not checked. */
  checked: { valid: boolean; problems: Problem[]; workflows: { id: string; name: string }[] } | null
}

export type PipelineTabProps = {
  repository: Repository
  /** Null when it could not be read now; `trouble` then says why. */
  inForce: PipelineInForce | null
  trouble: string | null
  /** What is wrong with the one in force; warnings too. */
  problems: Problem[]
  /** Newest first. */
  versions: StoredPipeline[]
  draft: PipelineDraft | null
  now: Millis
}

/** The configuration in force, an editor for one stored in Oore, and its history. */
export const PipelineTab = ({
  repository,
  inForce,
  trouble,
  problems,
  versions,
  draft,
  now,
}: PipelineTabProps) => (
  <>
    <section class="section" aria-labelledby="force-title">
      <div class="section-head">
        <h2 id="force-title">In force</h2>
        {inForce?.source === 'database' && (
          <PostButton to={paths.dropPipeline(repository.id)}>
            Back to the repository’s file
          </PostButton>
        )}
      </div>
      {inForce === null ? (
        <NoticeBox kind="error">
          <Theirs>{trouble ?? 'The configuration could not be read.'}</Theirs>
        </NoticeBox>
      ) : (
        <InForce
          pipeline={inForce}
          problems={problems}
          branch={repository.defaultBranch}
          now={now}
        />
      )}
    </section>
    <Editor
      repository={repository}
      draft={
        draft ?? {
          format: inForce?.format ?? 'yaml',
          content: inForce?.content ?? '',
          checked: null,
        }
      }
    />
    <Versions repositoryId={repository.id} versions={versions} now={now} />
  </>
)

type InForceProps = { pipeline: PipelineInForce; problems: Problem[]; branch: string; now: Millis }

const InForce = ({ pipeline, problems, branch, now }: InForceProps) => (
  <>
    <p class="muted">
      {pipeline.source === 'repository' && (
        <>
          <Code>{pipeline.fileName ?? 'oore.yaml'}</Code> on <Code>{branch}</Code>. Each build uses
          the file as it is at its own commit.
        </>
      )}
      {pipeline.source === 'database' && (
        <>
          Stored in Oore, version {pipeline.version}
          {pipeline.updatedAt !== null && (
            <>
              , <Ago at={pipeline.updatedAt} now={now} />
            </>
          )}
          . It is used instead of the repository’s own file.
        </>
      )}
      {pipeline.source === 'default' && (
        <>
          The repository has no <Code>oore.yaml</Code>, so this default is used.
        </>
      )}
    </p>
    {problems.length > 0 && (
      <Problems
        problems={problems}
        content={pipeline.content}
        fileName={pipeline.fileName ?? 'oore.yaml'}
      />
    )}
    <Source text={pipeline.content} label="Configuration in force" />
  </>
)

const Editor = ({ repository, draft }: { repository: Repository; draft: PipelineDraft }) => (
  <section class="section" id="editor" aria-labelledby="editor-title">
    <h2 id="editor-title">Store one in Oore</h2>
    <p class="muted">
      For repositories you cannot change, or to try something out. Storing makes a new version; no
      version is lost.
    </p>
    <CheckResult draft={draft} />
    <Form to={paths.repository(repository.id, 'pipeline')} class="stack">
      <input type="hidden" name="format" value={draft.format} />
      <TextArea
        name="content"
        label={`Configuration (${draft.format.toUpperCase()})`}
        value={draft.content}
        rows={Math.min(28, Math.max(10, draft.content.split('\n').length + 1))}
      />
      <div class="actions">
        <Button kind="primary">Store it</Button>
        <Button to={paths.validatePipeline(repository.id)}>Only check it</Button>
      </div>
    </Form>
  </section>
)

const CheckResult = ({ draft: { content, checked } }: { draft: PipelineDraft }) =>
  checked === null ? null : (
    <div class="check-result">
      <NoticeBox kind={checked.valid ? 'success' : 'error'}>
        {checked.valid ? (
          <>
            Valid. It has{' '}
            {checked.workflows.length === 1
              ? 'one workflow'
              : `${checked.workflows.length} workflows`}
            {': '}
            {checked.workflows.map((workflow, index) => (
              <>
                {index > 0 && ', '}
                <Theirs>{workflow.name}</Theirs>
              </>
            ))}
            .
          </>
        ) : (
          'This configuration cannot be used yet. Nothing was stored.'
        )}
      </NoticeBox>
      {checked.problems.length > 0 && (
        <Problems problems={checked.problems} content={content} fileName="oore.yaml" />
      )}
    </div>
  )

type VersionsProps = { repositoryId: string; versions: StoredPipeline[]; now: Millis }

const Versions = ({ repositoryId, versions, now }: VersionsProps) => (
  <section class="section" aria-labelledby="versions-title">
    <h2 id="versions-title">History</h2>
    {versions.length === 0 ? (
      <Empty title="Nothing has been stored in Oore for this repository." />
    ) : (
      <ul class="versions">
        {versions.map((version) => (
          <li>
            <details class="disclosure">
              <summary>
                Version {version.version}
                <span class="muted">
                  {' '}
                  by <Theirs>{version.createdBy}</Theirs>, <Ago at={version.createdAt} now={now} />
                </span>
              </summary>
              <Source text={version.content} label={`Version ${version.version}`} />
              <p>
                <a href={`${paths.pipelineVersion(repositoryId, version.version)}#editor`}>
                  Put this version into the editor
                </a>
              </p>
            </details>
          </li>
        ))}
      </ul>
    )}
  </section>
)
