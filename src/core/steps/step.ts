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
  /** Among the steps of its kind in this build, from 0. */
  index: number
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
  // A step is held back at its own turn, when it has begun to say why.
  running: ['success', 'failure', 'cancelled', 'skipped'],
  success: [],
  failure: [],
  skipped: [],
  cancelled: [],
} as const satisfies Record<StepStatus, readonly StepStatus[]>

export const isStepFinished = (status: StepStatus): boolean => moves[status].length === 0

/** The index among the script items, by which tests name their step; null for all other steps. */
export const scriptIndex = (step: Step): number | null =>
  step.kind === 'script' ? step.index : null

/** The index the API and the author count by, in the list of its kind; null for setup, finish. */
export const itemIndex = (step: Step): number | null =>
  step.kind === 'script' || step.kind === 'pre_clone' ? step.index : null

/** How a step is named in a URL: `pre-0`, …, `setup`, `0`, …, `finish`. */
export function stepKey({ kind, index }: Step): string {
  switch (kind) {
    case 'pre_clone':
      return `pre-${index}`
    case 'script':
      return String(index)
    case 'setup':
    case 'finish':
      return kind
  }
}
