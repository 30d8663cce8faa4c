import { type Build, isFinished } from '../../core/builds/build.ts'
import type { BuildFilters } from '../../core/builds/filters.ts'
import type { Millis } from '../../lib/clock.ts'
import type { Page as PageOf } from '../../lib/page.ts'
import { Page } from '../layout/page.tsx'
import type { Shell } from '../layout/shell.ts'
import { paths } from '../paths.ts'
import { Empty } from '../ui/empty.tsx'
import { ButtonLink } from '../ui/form.tsx'
import { Live } from '../ui/live.tsx'
import { Pager } from '../ui/pager.tsx'
import { BuildFilterForm, FilterChips, type RepositoryName, isFiltered } from './filters.tsx'
import { BuildRows } from './rows.tsx'

type BuildsPageProps = {
  shell: Shell
  page: PageOf<Build>
  filters: BuildFilters
  /** The cursor this page was asked with; null on the first. */
  cursor?: string | null
  repositories: RepositoryName[]
  now: Millis
}

/** Every build, newest first, narrowed by what the address says. */
export const BuildsPage = ({
  shell,
  page,
  filters,
  cursor,
  repositories,
  now,
}: BuildsPageProps) => (
  <Page shell={shell} title="Builds">
    <header class="page-head">
      <h1>Builds</h1>
    </header>
    <BuildFilterForm filters={filters} repositories={repositories} />
    <FilterChips filters={filters} repositories={repositories} />
    <Live id="builds" path={shell.path} lively={page.data.some(isLive)}>
      {page.data.length > 0 ? (
        <BuildRows builds={page.data} now={now} caption="Builds" />
      ) : (
        <NoBuilds
          filtered={isFiltered(filters)}
          hasRepositories={repositories.length > 0}
          may={shell.may}
        />
      )}
      <Pager
        older={page.nextCursor === null ? null : paths.builds(filters, page.nextCursor)}
        newest={cursor == null ? null : paths.builds(filters)}
      />
    </Live>
  </Page>
)

type NoBuildsProps = { filtered: boolean; hasRepositories: boolean; may: Shell['may'] }

const NoBuilds = ({ filtered, hasRepositories, may }: NoBuildsProps) =>
  filtered ? (
    <Empty title="No build matches these filters.">
      <ButtonLink href={paths.builds()}>Clear the filters</ButtonLink>
    </Empty>
  ) : hasRepositories ? (
    <Empty title="Nothing has been built yet.">
      <p>Push a commit, or open a repository and start a build by hand.</p>
      <ButtonLink href={paths.repositories()} kind="primary">
        Choose a repository
      </ButtonLink>
    </Empty>
  ) : (
    <Empty title="Nothing has been built yet.">
      <p>Builds come from repositories. Add the first one; it takes a minute.</p>
      {may('repository.add') && (
        <ButtonLink href={paths.newRepository()} kind="primary">
          Add a repository
        </ButtonLink>
      )}
    </Empty>
  )

const isLive = (build: Build): boolean => !isFinished(build.status)
