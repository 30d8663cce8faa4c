import { and, eq, inArray } from 'drizzle-orm'
import { schema, type Writer } from '../../db/client.ts'
import type { Id } from '../../lib/ids.ts'
import type { RunnerEvent, Wanted } from '../../protocol/messages.ts'
import { may, refused } from '../access/may.ts'
import { announceArtifact } from '../artifacts/take.ts'
import type { BuildStatus, FailureKind } from '../builds/build.ts'
import { sourcesOf } from '../builds/build.ts'
import type { Ctx } from '../ctx.ts'
import { change, type Recorder } from '../events/change.ts'
import { finishStep, startStep } from '../steps/move.ts'
import { takeTests } from '../tests/take.ts'
import { findLease } from './lease.ts'

/**
 * Takes in what a runner says of a build, in order: what was taken before is passed over, and a
 * gap is answered with the number wanted. Throws OoreError `gone` under an old fence.
 */
export async function takeEvents(
  ctx: Ctx,
  buildId: Id,
  fence: number,
  events: readonly RunnerEvent[],
): Promise<Wanted | null> {
  if (!may(ctx.actor, 'build.run')) throw refused(ctx.actor)
  const wanted = await change(ctx, async (tx, record) => {
    const lease = await findLease(ctx, tx, buildId, fence)
    let next = lease.nextEvent
    for (const event of events) {
      if (event.seq < next) continue
      if (event.seq > next) return { wanted: next }
      await take(ctx, tx, record, buildId, event)
      next += 1
    }
    await tx
      .update(schema.leases)
      .set({ nextEvent: next })
      .where(eq(schema.leases.buildId, buildId))
    return null
  })
  // All that a step said is here before its end is told, so its files can be let go.
  for (const event of events) {
    if (event.type === 'step.finished') ctx.logs.finish(buildId, event.position)
    if (event.type === 'build.finished') ctx.life.heard.delete(buildId)
  }
  return wanted
}

async function take(
  ctx: Ctx,
  tx: Writer,
  record: Recorder,
  buildId: Id,
  event: RunnerEvent,
): Promise<void> {
  switch (event.type) {
    case 'step.started':
      return startStep(tx, record, buildId, event)
    case 'step.finished':
      return finishStep(tx, record, buildId, event)
    case 'tests.found':
      return takeTests(tx, record, buildId, event)
    case 'artifact.found':
      return announceArtifact(ctx, tx, buildId, event)
    case 'build.finished':
      return finishBuild(tx, record, buildId, event)
  }
}

type Finished = Extract<RunnerEvent, { type: 'build.finished' }>

async function finishBuild(
  tx: Writer,
  record: Recorder,
  buildId: Id,
  { outcome, at }: Finished,
): Promise<void> {
  const { builds } = schema
  const build = await tx.select().from(builds).where(eq(builds.id, buildId)).get()
  const { status, failureKind, errorMessage } = endOf(outcome, build?.errorMessage ?? null)
  const startedAt = build?.startedAt ?? at
  // The runner's clock may be behind the server's; an end before the start would be nonsense.
  const finishedAt = Math.max(at, startedAt)
  const moved = await tx
    .update(builds)
    .set({ status, failureKind, errorMessage, finishedAt, durationMs: finishedAt - startedAt })
    .where(and(eq(builds.id, buildId), inArray(builds.status, sourcesOf(status))))
    .returning({ id: builds.id })
    .get()
  if (moved) record('build.finished', buildId, { status })
}

type End = { status: BuildStatus; failureKind: FailureKind | null; errorMessage: string | null }

/** `asked` is why a cancel was asked for, where someone said so. */
function endOf(outcome: Finished['outcome'], asked: string | null): End {
  switch (outcome.is) {
    case 'success':
      return { status: 'success', failureKind: null, errorMessage: null }
    case 'failed':
      return { status: 'failure', failureKind: 'step', errorMessage: outcome.why }
    case 'timed_out':
      return { status: 'failure', failureKind: 'timeout', errorMessage: outcome.why }
    case 'cancelled':
      return {
        status: 'cancelled',
        failureKind: null,
        errorMessage: asked ?? 'Cancelled while it ran.',
      }
    case 'broken':
      return { status: 'failure', failureKind: outcome.kind, errorMessage: outcome.why }
  }
}
