import { durationText } from '../lib/sizes.ts'
import type { StepOutcome } from '../protocol/outcome.ts'
import type { StopReason } from './stop.ts'
import type { Leftover, Remaining } from './sweep.ts'

export const runnerStopped =
  'Oore was stopped while this build ran, and the build did not end in time. Retry it.'

/** How sentences call a step: `Step 2, “Run tests”,`. Those before the code have their own count. */
export const stepTitle = (kind: 'pre_clone' | 'script', index: number, name: string): string =>
  `${kind === 'script' ? 'Step' : 'Pre-clone step'} ${index + 1}, “${name}”,`

/** `Step 2, “Run tests”, could not run: its working directory “app” does not exist.` */
export const couldNotRun = (step: string, why: string): string => `${step} could not run: ${why}.`

/** Why a build ended, told from the step that decided it, by its title. */
export function sentenceOf(step: string, outcome: StepOutcome, stepLimitMs: number): string {
  switch (outcome.is) {
    case 'success':
      return `${step} succeeded.`
    case 'failed':
      return outcome.signal === null
        ? `${step} ended with exit code ${outcome.exitCode}.`
        : `${step} was ended by the signal ${outcome.signal}.`
    case 'timed_out':
      return `${step} was ended: ${stepMayTake(stepLimitMs)}`
    case 'cancelled':
      return `${step} was cancelled.`
    case 'skipped':
      return `${step} was skipped.`
    case 'broken':
      return outcome.why
    default:
      return outcome satisfies never
  }
}

/** `author` is the workflow's own limit, `operator` that of the server. */
export const buildTimeWasUp = (limitMs: number, by: 'author' | 'operator'): string =>
  `The build was ended because its time was up: it may take ${durationText(limitMs)} ` +
  `(${by === 'author' ? 'max_build_duration' : 'OORE_MAX_BUILD_DURATION_SECS'}).`

const stepMayTake = (limitMs: number): string =>
  `a step may take ${durationText(limitMs)} (OORE_MAX_STEP_DURATION_SECS).`

/** The last line of a step that was ended from outside. */
export function endedFromOutside(reason: StopReason, stepLimitMs: number | null): string {
  switch (reason) {
    case 'cancelled':
      return 'Cancelled: the step was ended.'
    case 'interrupted':
      return 'Oore was stopped, so the step was ended.'
    case 'time_limit':
      return stepLimitMs === null
        ? 'The time of the build was up, so the step was ended.'
        : `The step was ended: ${stepMayTake(stepLimitMs)}`
    default:
      return reason satisfies never
  }
}

export const stillHeld =
  'The step has ended, but a process that it started still holds its output. ' +
  'That process may go on until the build ends; what it prints from here on is not kept.'

/** `1 process could not be ended and may remain: java (4711).` */
export const mayRemain = (leftovers: readonly Remaining[]): string =>
  `${countOf(leftovers)} could not be ended and may remain: ${namesOf(leftovers)}.`

/** `Ended 1 process that the steps had left behind: adb (4711).` */
export const leftBehind = (leftovers: readonly Leftover[]): string =>
  `Ended ${countOf(leftovers)} that the steps had left behind: ${namesOf(leftovers)}.`

const countOf = (leftovers: readonly Remaining[]): string =>
  leftovers.length === 1 ? '1 process' : `${leftovers.length} processes`

const namesOf = (leftovers: readonly Remaining[]): string =>
  leftovers.map(({ pid, name }) => (pid === null ? name : `${name} (${pid})`)).join(', ')
