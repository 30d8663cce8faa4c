import { type BuildStatus, buildStatuses, triggerTypes } from '../../core/builds/build.ts'
import type { BuildFilters } from '../../core/builds/filters.ts'
import { type Millis, isoTime } from '../../lib/clock.ts'
import { paths } from '../paths.ts'
import { Button } from '../ui/form.tsx'
import { SelectField, TextField } from '../ui/field.tsx'
import { statusWords } from '../ui/status.tsx'
import { Theirs } from '../ui/text.tsx'
import { triggerWords } from './words.ts'

export type RepositoryName = { id: string; fullName: string }

type BuildFilterFormProps = { filters: BuildFilters; repositories: RepositoryName[] }

/** The filters as a form that asks by address, so that every view of the list can be linked. */
export const BuildFilterForm = ({ filters, repositories }: BuildFilterFormProps) => (
  <search>
    <form class="filters" method="get" action={paths.builds()} data-tidy="">
      <div class="filters-main">
        <TextField
          name="q"
          label="Search"
          type="search"
          value={filters.q ?? ''}
          placeholder="Commit, branch or message"
        />
        <SelectField
          name="status"
          label="Status"
          value={filters.status ?? ''}
          options={[any, ...buildStatuses.map((value) => ({ value, label: statusWords[value] }))]}
        />
        <SelectField
          name="repository"
          label="Repository"
          value={filters.repository ?? ''}
          options={[
            any,
            ...repositories.map(({ id, fullName }) => ({ value: id, label: fullName })),
          ]}
        />
        <Button>Filter</Button>
      </div>
      <details class="more-filters" open={usesMore(filters)}>
        <summary>More filters</summary>
        <div class="filters-more">
          <TextField name="branch" label="Branch" value={filters.branch ?? ''} mono />
          <TextField name="workflow" label="Workflow" value={filters.workflow ?? ''} mono />
          <SelectField
            name="trigger"
            label="Started by"
            value={filters.trigger ?? ''}
            options={[any, ...triggerTypes.map((value) => ({ value, label: triggerWords[value] }))]}
          />
          <TextField name="since" label="From" type="date" value={day(filters.since)} />
          <TextField name="until" label="Until" type="date" value={day(filters.until)} />
          <SelectField name="sort" label="Order" value={filters.sort} options={orders} />
        </div>
      </details>
    </form>
  </search>
)

/** What narrows the list now, each with the address that takes it away. */
export function FilterChips({ filters, repositories }: BuildFilterFormProps) {
  const chips = chipsOf(filters, repositories)
  if (chips.length === 0) return null
  return (
    <p class="chips">
      <span class="sr-only">Filtered by: </span>
      {chips.map((chip) => (
        <a class="chip" href={paths.builds({ ...filters, [chip.field]: null })}>
          {chip.label}: <Theirs>{chip.value}</Theirs>
          <span aria-hidden="true"> ×</span>
          <span class="sr-only"> (remove)</span>
        </a>
      ))}
      <a class="chip-clear" href={paths.builds()}>
        Clear all
      </a>
    </p>
  )
}

export const isFiltered = (filters: BuildFilters): boolean => chipsOf(filters, []).length > 0

const any = { value: '', label: 'Any' }

const orders = [
  { value: '-queued_at', label: 'Newest first' },
  { value: '-duration_ms', label: 'Longest first' },
]

const usesMore = (filters: BuildFilters): boolean =>
  filters.branch !== null ||
  filters.workflow !== null ||
  filters.trigger !== null ||
  filters.since !== null ||
  filters.until !== null ||
  filters.sort !== '-queued_at'

const day = (at: Millis | null): string => (at === null ? '' : isoTime(at).slice(0, 10))

type Chip = { field: keyof BuildFilters; label: string; value: string }

function chipsOf(filters: BuildFilters, repositories: RepositoryName[]): Chip[] {
  const repository = repositories.find(({ id }) => id === filters.repository)?.fullName
  const chips: { field: keyof BuildFilters; label: string; value: string | null }[] = [
    { field: 'q', label: 'Search', value: filters.q },
    { field: 'status', label: 'Status', value: filters.status && wordOf(filters.status) },
    { field: 'repository', label: 'Repository', value: repository ?? filters.repository },
    { field: 'branch', label: 'Branch', value: filters.branch },
    { field: 'workflow', label: 'Workflow', value: filters.workflow },
    {
      field: 'trigger',
      label: 'Started by',
      value: filters.trigger && triggerWords[filters.trigger],
    },
    { field: 'since', label: 'From', value: filters.since === null ? null : day(filters.since) },
    { field: 'until', label: 'Until', value: filters.until === null ? null : day(filters.until) },
  ]
  return chips.filter((chip): chip is Chip => chip.value !== null)
}

const wordOf = (status: BuildStatus): string => statusWords[status]
