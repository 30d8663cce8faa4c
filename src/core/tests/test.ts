import type { Id } from '../../lib/ids.ts'

/** `failed` is an expectation that did not hold, `error` is anything else that went wrong. */
export const testStatuses = ['failed', 'error', 'passed', 'skipped'] as const
export type TestStatus = (typeof testStatuses)[number]

/** One test, as the report of a step told it. */
export type TestResult = {
  buildId: Id
  /** Counts from 0 within the build, in the order of the reports. */
  index: number
  /** The position of the step whose report it stands in. */
  position: number
  /** What it belongs to: a class, a file, a describe block; empty where nothing says. */
  suite: string
  name: string
  status: TestStatus
  durationMs: number | null
  /** Why it failed or was skipped; null once the build's logs were removed. */
  message: string | null
  details: string | null
  /** Relative to the clone directory where it lies inside. */
  file: string | null
  line: number | null
}

/** `failed` counts tests that failed and those that broke; `total` is the sum of all three. */
export type TestCounts = {
  total: number
  passed: number
  failed: number
  skipped: number
  /** All tests one after the other; some may have run at the same time. */
  durationMs: number
}

/** What a reader of a build wants to see first of its tests. */
export type TestSummary = {
  counts: TestCounts
  /** The first few that did not pass. */
  failures: TestResult[]
  /** The few that took longest, where they took any time. */
  slowest: TestResult[]
}

/** Orders of a list: failures first, longest first, or by suite and name. */
export const testSorts = ['status', '-duration_ms', 'name'] as const
export type TestSort = (typeof testSorts)[number]

/** What a list of tests may be narrowed by. */
export type TestFilters = {
  /** `failed` stands for all that did not pass and were not skipped. */
  status: TestStatus | null
  /** Words of the name, the suite or the file. */
  q: string | null
  /** The index of a script item, as the API counts them. */
  step: number | null
  sort: TestSort
}

export const noTestFilters: TestFilters = { status: null, q: null, step: null, sort: 'status' }

export const hasFailed = ({ status }: Pick<TestResult, 'status'>): boolean =>
  status === 'failed' || status === 'error'
