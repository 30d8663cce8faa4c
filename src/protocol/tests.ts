/** How a test ended: `failed` is an expectation that did not hold, `error` is anything else. */
export const testStatuses = ['passed', 'failed', 'error', 'skipped'] as const
export type TestStatus = (typeof testStatuses)[number]

/** One test of a report, as the runner tells it: redacted, and clipped to `testLimits`. */
export type FoundTest = {
  /** What the test belongs to: a class, a file, a describe block; empty where nothing says. */
  suite: string
  name: string
  status: TestStatus
  duration_ms: number | null
  /** Why it failed or was skipped, in short. */
  message: string | null
  /** Everything the report says of it: stack traces, output. */
  details: string | null
  /** Relative to the clone directory where it lies inside. */
  file: string | null
  line: number | null
}

/** Characters of each text that are kept, and how many tests a build may have. */
export const testLimits = {
  nameCharsMax: 500,
  fileCharsMax: 1000,
  messageCharsMax: 2000,
  detailsCharsMax: 16_000,
  testsMax: 20_000,
} as const
