import { and, eq, inArray, isNull } from 'drizzle-orm'
import { schema, type Writer } from '../../db/client.ts'
import { OoreError } from '../../lib/errors.ts'
import type { Id } from '../../lib/ids.ts'
import { may, refused } from '../access/may.ts'
import type { Ctx } from '../ctx.ts'
import { change, type Recorder } from '../events/change.ts'
import type { Build } from './build.ts'
import { sourcesOf } from './build.ts'
import { findBuild } from './find.ts'

/**
 * Ends a build. One that waits is cancelled at once; one that runs is asked to end, and its runner
 * ends its processes. Asking twice is asking once. Throws OoreError `conflict` when it has ended.
 */
export async function cancelBuild(ctx: Ctx, id: Id, why?: string): Promise<Build> {
  const build = await findBuild(ctx, id)
  if (!may(ctx.actor, 'build.cancel', { repositoryId: build.repositoryId }))
    throw refused(ctx.actor)
  await change(ctx, async (tx, record) => {
    if (await cancelWaiting(ctx, tx, record, id, why)) return
    if (await askRunning(ctx, tx, record, id, why)) return
    const now = await tx
      .select({ status: schema.builds.status })
      .from(schema.builds)
      .where(eq(schema.builds.id, id))
      .get()
    if (now?.status === 'running') return
    throw new OoreError('conflict', `Build #${build.number} has ended already (${now?.status}).`)
  })
  return findBuild(ctx, id)
}

/** Ends a build that has not started, in the caller's transaction; false where it has. */
export async function cancelWaiting(
  ctx: Ctx,
  tx: Writer,
  record: Recorder,
  id: Id,
  why: string | undefined,
): Promise<boolean> {
  const { builds, steps } = schema
  const now = ctx.clock()
  const waiting = sourcesOf('cancelled').filter((status) => status !== 'running')
  const moved = await tx
    .update(builds)
    .set({
      status: 'cancelled',
      errorMessage: why ?? 'Cancelled before it started.',
      finishedAt: now,
      cancelRequestedAt: now,
    })
    .where(and(eq(builds.id, id), inArray(builds.status, waiting)))
    .returning({ id: builds.id })
    .get()
  if (!moved) return false
  await tx.update(steps).set({ status: 'skipped' }).where(eq(steps.buildId, id))
  record('build.finished', id, { status: 'cancelled' })
  return true
}

async function askRunning(
  ctx: Ctx,
  tx: Writer,
  record: Recorder,
  id: Id,
  why: string | undefined,
): Promise<boolean> {
  const { builds } = schema
  const asked = await tx
    .update(builds)
    .set({ cancelRequestedAt: ctx.clock(), errorMessage: why ?? null })
    .where(and(eq(builds.id, id), eq(builds.status, 'running'), isNull(builds.cancelRequestedAt)))
    .returning({ id: builds.id })
    .get()
  if (!asked) return false
  record('build.cancel_requested', id)
  return true
}
