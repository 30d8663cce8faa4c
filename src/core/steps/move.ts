import { and, eq, inArray, sql, type SQL } from 'drizzle-orm'
import { schema, type Writer } from '../../db/client.ts'
import type { Id } from '../../lib/ids.ts'
import type { RunnerEvent } from '../../protocol/messages.ts'
import type { StepOutcome } from '../../protocol/outcome.ts'
import type { Recorder } from '../events/change.ts'
import { moves, type StepStatus, stepStatuses } from './step.ts'

/** Writes down that a step runs now. */
export async function startStep(
  tx: Writer,
  record: Recorder,
  buildId: Id,
  { position, at }: Extract<RunnerEvent, { type: 'step.started' }>,
): Promise<void> {
  const moved = await move(tx, buildId, position, 'running', { startedAt: at })
  if (moved) record('step.started', buildId, { position })
}

/** Writes down how a step ended. */
export async function finishStep(
  tx: Writer,
  record: Recorder,
  buildId: Id,
  event: Extract<RunnerEvent, { type: 'step.finished' }>,
): Promise<void> {
  const { position, outcome, log, at } = event
  const status = statusOf(outcome)
  const moved = await move(tx, buildId, position, status, {
    finishedAt: status === 'skipped' ? endOfSkipped(at) : at,
    exitCode: outcome.is === 'failed' ? outcome.exitCode : outcome.is === 'success' ? 0 : null,
    signal: outcome.is === 'failed' ? outcome.signal : null,
    ignoredFailure: event.ignored,
    errorMessage: whyOf(outcome),
    stdoutBytes: log.stdout_bytes,
    stderrBytes: log.stderr_bytes,
    logTruncated: log.truncated,
  })
  if (moved) record('step.finished', buildId, { position, status })
}

/** Ends the steps of a build whose runner is gone: what ran was interrupted, the rest not run. */
export async function abandonSteps(tx: Writer, buildId: Id, at: number): Promise<void> {
  const { steps } = schema
  const why = 'Interrupted: the runner went away.'
  await tx
    .update(steps)
    .set({ status: 'failure', finishedAt: at, errorMessage: why })
    .where(and(eq(steps.buildId, buildId), eq(steps.status, 'running')))
  await tx
    .update(steps)
    .set({ status: 'skipped' })
    .where(and(eq(steps.buildId, buildId), eq(steps.status, 'pending')))
}

/** A step held back at its own turn has begun, if only to say why; any other never did. */
const endOfSkipped = (at: number) =>
  sql`case when ${schema.steps.startedAt} is null then null else ${at} end`

type Inserted = typeof schema.steps.$inferInsert
type Values = { [Column in keyof Inserted]?: Inserted[Column] | SQL }

async function move(
  tx: Writer,
  buildId: Id,
  position: number,
  to: StepStatus,
  values: Values,
): Promise<boolean> {
  const { steps } = schema
  const from = stepStatuses.filter((status) => (moves[status] as readonly string[]).includes(to))
  const moved = await tx
    .update(steps)
    .set({ ...values, status: to })
    .where(
      and(eq(steps.buildId, buildId), eq(steps.position, position), inArray(steps.status, from)),
    )
    .returning({ position: steps.position })
    .get()
  return moved !== undefined
}

function statusOf(outcome: StepOutcome): StepStatus {
  switch (outcome.is) {
    case 'success':
      return 'success'
    case 'failed':
    case 'timed_out':
    case 'broken':
      return 'failure'
    case 'cancelled':
      return 'cancelled'
    case 'skipped':
      return 'skipped'
  }
}

function whyOf(outcome: StepOutcome): string | null {
  switch (outcome.is) {
    case 'broken':
      return outcome.why
    case 'timed_out':
      return `Ended after ${Math.round(outcome.afterMs / 1000)} s, the most a step may take.`
    default:
      return null
  }
}
