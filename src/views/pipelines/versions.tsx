import type { PipelineVersion } from '../../core/pipelines/stored.ts'
import type { Repository } from '../../core/repositories/repository.ts'
import type { Millis } from '../../lib/clock.ts'
import type { Id } from '../../lib/ids.ts'
import type { Page } from '../../lib/page.ts'
import { paths } from '../paths.ts'
import { Empty } from '../ui/empty.tsx'
import { Pager } from '../ui/pager.tsx'
import { Theirs } from '../ui/text.tsx'
import { Ago } from '../ui/time.tsx'
import { formatWords } from './edit.tsx'

type VersionsPartProps = {
  repository: Repository
  page: Page<PipelineVersion>
  cursor: string | null
  now: Millis
}

/** The whole history, a page at a time. */
export const VersionsPart = ({ repository: { id }, page, cursor, now }: VersionsPartProps) => (
  <section class="section" aria-labelledby="versions-title">
    <div class="section-head">
      <h2 id="versions-title">History</h2>
      <a href={paths.repository(id, 'pipeline')}>The configuration in use</a>
    </div>
    <VersionList repositoryId={id} versions={page.data} now={now} />
    <Pager
      older={page.nextCursor === null ? null : paths.pipelineVersions(id, page.nextCursor)}
      newest={cursor === null ? null : paths.pipelineVersions(id)}
    />
  </section>
)

type VersionListProps = { repositoryId: Id; versions: readonly PipelineVersion[]; now: Millis }

/** Versions, newest first: who stored what, and when. */
export const VersionList = ({ repositoryId, versions, now }: VersionListProps) =>
  versions.length === 0 ? (
    <Empty title="Nothing has been stored in Oore for this repository." />
  ) : (
    <ol class="version-list">
      {versions.map((version) => (
        <li>
          <a href={paths.pipelineVersion(repositoryId, version.version)}>
            Version {String(version.version)}
          </a>
          <span class="grow">
            {version.content === null
              ? 'Back to the file in the repository'
              : formatWords[version.format]}
          </span>
          <span class="muted">
            <Theirs>{version.createdBy}</Theirs>, <Ago at={version.createdAt} now={now} />
          </span>
        </li>
      ))}
    </ol>
  )
