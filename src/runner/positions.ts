import type { Clock } from '../lib/clock.ts'
import { OoreError, messageOf } from '../lib/errors.ts'
import type { StepOutcome } from '../protocol/outcome.ts'
import type { Redactor } from '../lib/redact/redact.ts'
import type { Reporter } from './reporter.ts'
import { masksOf } from './mask-lines.ts'
import { openStepLog, type StepLog } from './step-log.ts'

/** The positions of one build, reported in order. */
export type Positions = {
  /**
   * Runs the work of a position between its start and its finish. What the work throws breaks the
   * position: in the words of an OoreError, or with what the machine said.
   */
  perform(
    position: number,
    work: (log: StepLog) => Promise<StepOutcome>,
    mayFail?: boolean,
  ): Promise<StepOutcome>
  /** Reports these positions as skipped, both ends included. */
  skip(from: number, to: number): void
}

export function reportPositions(reporter: Reporter, redactor: Redactor, clock: Clock): Positions {
  const masks = masksOf(redactor)
  return {
    async perform(position, work, mayFail = false) {
      reporter.stepStarted(position)
      const log = openStepLog({ reporter, redactor, masks, position, clock })
      const outcome = redacted(await settle(work, log))
      log.end()
      reporter.stepFinished(position, outcome, mayFail && isFailure(outcome))
      return outcome
    },
    skip(from, to) {
      for (let position = from; position <= to; position += 1) {
        reporter.stepFinished(position, { is: 'skipped' }, false)
      }
    },
  }

  function redacted(outcome: StepOutcome): StepOutcome {
    return outcome.is === 'broken' ? { is: 'broken', why: redactor.text(outcome.why) } : outcome
  }
}

/** Is this an end that the author may allow a step to have? */
export function isFailure(outcome: StepOutcome): boolean {
  return outcome.is === 'failed' || outcome.is === 'timed_out' || outcome.is === 'broken'
}

async function settle(
  work: (log: StepLog) => Promise<StepOutcome>,
  log: StepLog,
): Promise<StepOutcome> {
  try {
    return await work(log)
  } catch (error) {
    const why =
      error instanceof OoreError ? error.message : `Oore could not do this: ${messageOf(error)}.`
    log.warn(why)
    return { is: 'broken', why }
  }
}
