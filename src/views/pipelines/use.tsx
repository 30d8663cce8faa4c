import type { PipelineInForce } from '../../core/pipelines/stored.ts'
import type { Repository } from '../../core/repositories/repository.ts'
import type { Millis } from '../../lib/clock.ts'
import type { Shell } from '../layout/shell.ts'
import { paths } from '../paths.ts'
import { ButtonLink } from '../ui/form.tsx'
import { NoticeBox } from '../ui/notice.tsx'
import { Problems, Source } from '../ui/source.tsx'
import { Code, Theirs } from '../ui/text.tsx'
import { Ago } from '../ui/time.tsx'
import { Effective } from './effective.tsx'
import { Explain } from './explain.tsx'
import { VersionList } from './versions.tsx'
import type { UseView } from './view.tsx'

type UsePartProps = { repository: Repository; view: UseView; may: Shell['may']; now: Millis }

/** The configuration in use and where it comes from, what it would do, and its history. */
export const UsePart = ({ repository, view, may, now }: UsePartProps) => (
  <>
    <section class="section" aria-labelledby="use-title">
      <div class="section-head">
        <h2 id="use-title">In use</h2>
        {may('pipeline.store') && (
          <div class="actions">
            {view.inForce?.source === 'database' && (
              <a
                href={paths.dropPipeline(repository.id)}
                class="button button-plain"
                data-dialog=""
              >
                Back to the repository’s file…
              </a>
            )}
            <ButtonLink href={paths.editPipeline(repository.id)} kind="primary">
              {view.inForce?.source === 'default' ? 'Write one' : 'Edit'}
            </ButtonLink>
          </div>
        )}
      </div>
      {view.inForce === null ? (
        <NoticeBox kind="error">
          <Theirs>{view.trouble ?? 'The configuration could not be read.'}</Theirs>
        </NoticeBox>
      ) : (
        <InUse repository={repository} pipeline={view.inForce} view={view} may={may} now={now} />
      )}
    </section>
    {view.inForce !== null && view.inForce.source !== 'default' && (
      <Explain repositoryId={repository.id} explained={view.explained} />
    )}
    <section class="section" aria-labelledby="versions-title">
      <div class="section-head">
        <h2 id="versions-title">History</h2>
        {view.versions.nextCursor !== null && (
          <a href={paths.pipelineVersions(repository.id)}>All versions</a>
        )}
      </div>
      <VersionList repositoryId={repository.id} versions={view.versions.data} now={now} />
    </section>
  </>
)

type InUseProps = UsePartProps & { pipeline: PipelineInForce }

const InUse = ({ repository, pipeline, view, may, now }: InUseProps) => (
  <>
    {pipeline.misplaced.map((sentence) => (
      <NoticeBox kind="warning">
        <Theirs>{sentence}</Theirs>
      </NoticeBox>
    ))}
    <p class="muted">
      <Origin pipeline={pipeline} repository={repository} now={now} />
    </p>
    {pipeline.passedOver !== null && (
      <p class="muted">
        <a href={paths.pipelineVersion(repository.id, pipeline.passedOver)}>
          Version {pipeline.passedOver}
        </a>
        , stored in Oore, is not used: in this repository the file goes first.{' '}
        {may('repository.change') && (
          <a href={paths.repository(repository.id, 'settings')}>Change that</a>
        )}
      </p>
    )}
    {view.preview !== null && view.preview.problems.length > 0 && (
      <Problems
        problems={view.preview.problems}
        content={pipeline.content}
        fileName={pipeline.fileName ?? `oore.${pipeline.format}`}
        placeHref={(line) => `#line-${line}`}
      />
    )}
    <Source
      text={pipeline.content}
      label={
        pipeline.source === 'default' ? 'A configuration to begin with' : 'Configuration in use'
      }
      linePrefix="line-"
    />
    {view.preview !== null && pipeline.source !== 'default' && (
      <Effective workflows={view.preview.workflows} />
    )}
  </>
)

type OriginProps = { pipeline: PipelineInForce; repository: Repository; now: Millis }

function Origin({ pipeline, repository, now }: OriginProps) {
  if (pipeline.source === 'repository') {
    return (
      <>
        <Code>{pipeline.fileName ?? 'oore.yaml'}</Code> on <Code>{repository.defaultBranch}</Code>.
        Each build uses the file as it is at its own commit.
      </>
    )
  }
  if (pipeline.source === 'default') {
    return (
      <>
        There is no <Code>oore.yaml</Code> on <Code>{repository.defaultBranch}</Code> and none is
        stored in Oore. A build only gets the code and says how to begin, for example with this:
      </>
    )
  }
  return (
    <>
      Version {pipeline.version}, stored in Oore
      {pipeline.updatedBy !== null && (
        <>
          {' '}
          by <Theirs>{pipeline.updatedBy}</Theirs>
        </>
      )}
      {pipeline.updatedAt !== null && (
        <>
          {' '}
          <Ago at={pipeline.updatedAt} now={now} />
        </>
      )}
      .{' '}
      {repository.configurationFirst === 'stored'
        ? 'It is used instead of the repository’s own file.'
        : 'It is used because the default branch has no file of its own.'}
    </>
  )
}
