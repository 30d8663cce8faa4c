import {
  aboutProvider,
  providers,
  repositoryStates,
  type Repository,
} from '../../core/repositories/repository.ts'
import type { Millis } from '../../lib/clock.ts'
import type { Page as PageOf } from '../../lib/page.ts'
import { Page } from '../layout/page.tsx'
import type { Shell } from '../layout/shell.ts'
import { type RepositoryFilters, paths } from '../paths.ts'
import { Count } from '../ui/count.tsx'
import { Empty } from '../ui/empty.tsx'
import { SelectField, TextField } from '../ui/field.tsx'
import { Button, ButtonLink } from '../ui/form.tsx'
import { Pager } from '../ui/pager.tsx'
import { RepositoryStatus, repositoryWord } from '../ui/status.tsx'
import { Middle, Theirs } from '../ui/text.tsx'
import { Ago } from '../ui/time.tsx'

type RepositoriesPageProps = {
  shell: Shell
  page: PageOf<Repository>
  filters: RepositoryFilters
  /** The cursor this page was asked with; null on the first. */
  cursor?: string | null
  now: Millis
}

/** Where code comes from: every repository with its state. */
export const RepositoriesPage = ({ shell, page, filters, cursor, now }: RepositoriesPageProps) => {
  const fresh = page.data.length === 0 && !isFiltered(filters) && cursor == null
  return (
    <Page shell={shell} title="Repositories">
      <header class="page-head">
        <h1>Repositories</h1>
        {!fresh && shell.may('repository.add') && (
          <ButtonLink href={paths.newRepository()} kind="primary">
            Add a repository
          </ButtonLink>
        )}
      </header>
      {!fresh && <RepositoryFilterForm filters={filters} />}
      {page.data.length > 0 ? (
        <RepositoryRows repositories={page.data} now={now} />
      ) : fresh ? (
        <Empty title="No repositories yet.">
          <p>A repository is where code comes from. Oore needs only its clone address.</p>
          {shell.may('repository.add') && (
            <ButtonLink href={paths.newRepository()} kind="primary">
              Add a repository
            </ButtonLink>
          )}
        </Empty>
      ) : (
        <Empty title="No repository matches.">
          <ButtonLink href={paths.repositories()}>Clear the filters</ButtonLink>
        </Empty>
      )}
      <Pager
        older={page.nextCursor === null ? null : paths.repositories(filters, page.nextCursor)}
        newest={cursor == null ? null : paths.repositories(filters)}
      />
    </Page>
  )
}

const RepositoryRows = ({ repositories, now }: { repositories: Repository[]; now: Millis }) => (
  <table class="rows repositories">
    <caption class="sr-only">Repositories</caption>
    <thead>
      <tr>
        <th>State</th>
        <th>Repository</th>
        <th>Default branch</th>
        <th class="right">Builds</th>
        <th class="right">Added</th>
      </tr>
    </thead>
    <tbody>
      {repositories.map((repository) => (
        <tr>
          <td>
            <RepositoryStatus state={repository.state} />
          </td>
          <td class="what">
            <a href={paths.repository(repository.id)}>
              <Theirs>{repository.fullName}</Theirs>
            </a>
            <p>
              {aboutProvider(repository.provider).name} · <Middle>{repository.cloneUrl}</Middle>
            </p>
          </td>
          <td class="where">
            <span class="ref">
              <Middle>{repository.defaultBranch}</Middle>
            </span>
          </td>
          <td class="right">
            <Count count={repository.nextBuildNumber - 1} one="build" many="builds" />
          </td>
          <td class="right">
            <Ago at={repository.createdAt} now={now} />
          </td>
        </tr>
      ))}
    </tbody>
  </table>
)

const RepositoryFilterForm = ({ filters }: { filters: RepositoryFilters }) => (
  <search>
    <form class="filters" method="get" action={paths.repositories()} data-tidy="">
      <div class="filters-main">
        <TextField
          name="q"
          label="Search"
          type="search"
          value={filters.q ?? ''}
          placeholder="Owner or name"
        />
        <SelectField
          name="state"
          label="State"
          value={filters.state ?? ''}
          options={[
            { value: '', label: 'Any' },
            ...repositoryStates.map((value) => ({ value, label: repositoryWord(value) })),
          ]}
        />
        <SelectField
          name="provider"
          label="Kept at"
          value={filters.provider ?? ''}
          options={[
            { value: '', label: 'Any' },
            ...providers.map((value) => ({ value, label: aboutProvider(value).name })),
          ]}
        />
        <SelectField
          name="sort"
          label="Order"
          value={filters.sort}
          options={[
            { value: 'name', label: 'By name' },
            { value: 'created_at', label: 'Newest first' },
          ]}
        />
        <Button>Filter</Button>
      </div>
    </form>
  </search>
)

const isFiltered = ({ provider, q, state }: RepositoryFilters): boolean =>
  provider !== null || q !== null || state !== null
