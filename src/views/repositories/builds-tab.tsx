import { type Build, isFinished } from '../../core/builds/build.ts'
import type { Repository } from '../../core/repositories/repository.ts'
import type { Millis } from '../../lib/clock.ts'
import type { Page as PageOf } from '../../lib/page.ts'
import { BuildRows } from '../builds/rows.tsx'
import type { Shell } from '../layout/shell.ts'
import { paths } from '../paths.ts'
import { Empty } from '../ui/empty.tsx'
import { ButtonLink } from '../ui/form.tsx'
import { Live } from '../ui/live.tsx'
import { Pager } from '../ui/pager.tsx'

export type BuildsTabProps = {
  repository: Repository
  page: PageOf<Build>
  /** The cursor this page was asked with; null on the first. */
  cursor: string | null
  may: Shell['may']
  now: Millis
}

/** The repository's builds, newest first. */
export const BuildsTab = ({ repository, page, cursor, may, now }: BuildsTabProps) => (
  <Live
    id="builds"
    path={paths.repository(repository.id, 'builds', cursor)}
    lively={page.data.some((build) => !isFinished(build.status))}
  >
    {page.data.length > 0 ? (
      <>
        <p class="tab-note">
          <a href={paths.builds({ repository: repository.id })}>Filter these builds</a>
        </p>
        <BuildRows builds={page.data} now={now} caption="Builds" withRepository={false} />
      </>
    ) : (
      <Empty title="This repository has not been built yet.">
        <p>Push a commit, or start a build by hand.</p>
        {may('build.trigger') && (
          <ButtonLink href={paths.trigger(repository.id)}>Start a build</ButtonLink>
        )}
      </Empty>
    )}
    <Pager
      older={
        page.nextCursor === null ? null : paths.repository(repository.id, 'builds', page.nextCursor)
      }
      newest={cursor === null ? null : paths.repository(repository.id, 'builds')}
    />
  </Live>
)
