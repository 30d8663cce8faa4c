import type { Id } from '../../lib/ids.ts'
import type { Millis } from '../../lib/clock.ts'

export const stepStatuses = [
  'pending',
  'running',
  'success',
  'failure',
  'skipped',
  'cancelled',
] as const
export type StepStatus = (typeof stepStatuses)[number]

/**
 * `pre_clone` and `script` are items of the author's, `setup` gets the code in between, `finish`
 * collects artifacts.
 */
export type StepKind = 'pre_clone' | 'setup' | 'script' | 'finish'

export type Step = {
  buildId: Id
  /** In the order in which they run. */
  position: number
  kind: StepKind
  name: string
  status: StepStatus
  exitCode: number | null
  signal: string | null
  /** Failed, and the author said that this may. */
  ignoredFailure: boolean
  /** Why it failed where the exit code does not say. */
  errorMessage: string | null
  startedAt: Millis | null
  finishedAt: Millis | null
  stdoutBytes: number
  stderrBytes: number
  logTruncated: boolean
}

/** The only moves a step may make. */
export const moves = {
  pending: ['running', 'skipped', 'cancelled', 'failure'],
  running: ['success', 'failure', 'cancelled'],
  success: [],
  failure: [],
  skipped: [],
  cancelled: [],
} as const satisfies Record<StepStatus, readonly StepStatus[]>

export const isStepFinished = (status: StepStatus): boolean => moves[status].length === 0

/** The index the API and the author count by: the first script item is 0; null for setup, finish. */
export const scriptIndex = (step: Step): number | null =>
  step.kind === 'script' ? step.position - 1 : null

/** How a step is named in a URL: `setup`, `finish`, or its script index. */
export const stepKey = (step: Step): string =>
  step.kind === 'script' ? String(step.position - 1) : step.kind
