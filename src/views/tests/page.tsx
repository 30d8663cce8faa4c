import { type Build, isFinished } from '../../core/builds/build.ts'
import { type Step, stepKey } from '../../core/steps/step.ts'
import type { TestFilters, TestResult } from '../../core/tests/test.ts'
import type { Page as PageOf } from '../../lib/page.ts'
import { Page } from '../layout/page.tsx'
import type { Shell } from '../layout/shell.ts'
import { paths } from '../paths.ts'
import { Empty } from '../ui/empty.tsx'
import { SelectField, TextField } from '../ui/field.tsx'
import { Button, ButtonLink } from '../ui/form.tsx'
import { Live } from '../ui/live.tsx'
import { Pager } from '../ui/pager.tsx'
import { plain } from '../ui/text.tsx'
import { TestRows } from './rows.tsx'
import { TestTotals } from './section.tsx'

type TestsPageProps = {
  shell: Shell
  build: Build
  /** The steps that reported tests. */
  steps: Step[]
  page: PageOf<TestResult>
  filters: TestFilters
  /** The cursor this page was asked with; null on the first. */
  cursor?: string | null
}

/** Every test of a build, narrowed by what the address says. */
export const TestsPage = ({ shell, build, steps, page, filters, cursor }: TestsPageProps) => (
  <Page
    shell={shell}
    title={`Tests of ${plain(build.repository)} #${build.number}`}
    crumbs={[
      { name: 'Builds', href: paths.builds() },
      { name: build.repository, href: paths.repository(build.repositoryId, 'builds') },
      { name: `#${build.number}`, href: paths.build(build.id) },
      { name: 'Tests' },
    ]}
  >
    <header class="page-head">
      <h1>Tests</h1>
    </header>
    <TestFilterForm build={build} steps={steps} filters={filters} />
    <Live id="tests" path={shell.path} lively={!isFinished(build.status)}>
      {build.tests !== null && <TestTotals counts={build.tests} />}
      {page.data.length > 0 ? (
        <TestRows tests={page.data} />
      ) : (
        <NoTests build={build} isFiltered={isFiltered(filters)} />
      )}
      <Pager
        older={page.nextCursor === null ? null : paths.tests(build.id, filters, page.nextCursor)}
        newest={cursor == null ? null : paths.tests(build.id, filters)}
        words={{ older: 'More', newest: 'First' }}
      />
    </Live>
  </Page>
)

type TestFilterFormProps = { build: Build; steps: Step[]; filters: TestFilters }

const TestFilterForm = ({ build, steps, filters }: TestFilterFormProps) => (
  <search>
    <form class="filters" method="get" action={paths.tests(build.id)} data-tidy="">
      <div class="filters-main">
        <TextField
          name="q"
          label="Search"
          type="search"
          value={filters.q ?? ''}
          placeholder="Name, suite or file"
        />
        <SelectField
          name="status"
          label="Outcome"
          value={filters.status ?? ''}
          options={outcomes}
        />
        {(steps.length > 1 || filters.step !== null) && (
          <SelectField
            name="step"
            label="Step"
            value={filters.step === null ? '' : String(filters.step)}
            options={[
              { value: '', label: 'Any' },
              ...steps.map((step) => ({ value: stepKey(step), label: plain(step.name) })),
            ]}
          />
        )}
        <SelectField name="sort" label="Order" value={filters.sort} options={orders} />
        <Button>Filter</Button>
        {isFiltered(filters) && <ButtonLink href={paths.tests(build.id)}>Clear</ButtonLink>}
      </div>
    </form>
  </search>
)

const outcomes = [
  { value: '', label: 'Any' },
  { value: 'failed', label: 'Failed or error' },
  { value: 'error', label: 'Error only' },
  { value: 'passed', label: 'Passed' },
  { value: 'skipped', label: 'Skipped' },
]

const orders = [
  { value: 'status', label: 'Failures first' },
  { value: '-duration_ms', label: 'Slowest first' },
  { value: 'name', label: 'By name' },
]

const isFiltered = ({ q, status, step }: TestFilters): boolean =>
  q !== null || status !== null || step !== null

const NoTests = ({ build, isFiltered: isNarrowed }: { build: Build; isFiltered: boolean }) =>
  isNarrowed && build.tests !== null ? (
    <Empty title="No test matches these filters.">
      <ButtonLink href={paths.tests(build.id)}>Clear the filters</ButtonLink>
    </Empty>
  ) : (
    <Empty title="No test was reported.">
      <p>
        {isFinished(build.status)
          ? 'Name the reports of a step in test_report: JUnit XML, or what flutter test --machine prints.'
          : 'Reports are read when the step that names them in test_report ends.'}
      </p>
      <ButtonLink href={paths.build(build.id)}>Back to the build</ButtonLink>
    </Empty>
  )
