import { and, eq } from 'drizzle-orm'
import { schema, type Writer } from '../../db/client.ts'
import { monotonicClock } from '../../lib/clock.ts'
import { OoreError } from '../../lib/errors.ts'
import type { Id } from '../../lib/ids.ts'
import { leaseMs } from '../../protocol/messages.ts'
import { may, refused } from '../access/may.ts'
import type { Ctx } from '../ctx.ts'

export type Lease = typeof schema.leases.$inferSelect

/**
 * The lease under which a runner speaks of a build. Throws OoreError `gone` where it has another
 * one now, or none: the runner then drops the build. Speaking keeps the lease.
 */
export async function findLease(
  ctx: Ctx,
  from: Pick<Writer, 'select'>,
  buildId: Id,
  fence: number,
): Promise<Lease> {
  if (!may(ctx.actor, 'build.run')) throw refused(ctx.actor)
  const { leases } = schema
  const runnerId = ctx.actor.is === 'runner' ? ctx.actor.runnerId : ''
  const lease = await from
    .select()
    .from(leases)
    .where(and(eq(leases.buildId, buildId), eq(leases.runnerId, runnerId)))
    .get()
  if (!lease || lease.fence !== fence) throw leaseIsGone()
  noteHeard(ctx, buildId)
  return lease
}

export const leaseIsGone = (): OoreError =>
  new OoreError('gone', 'This build is no longer leased to this runner. Drop it.')

/** Notes that the runner of a build has spoken of it just now. */
export function noteHeard(ctx: Ctx, buildId: Id): void {
  ctx.life.heard.set(buildId, monotonicClock())
}

/**
 * Has nothing been heard of a build for the length of a lease? The silence is measured from when
 * this server first looked, and by a clock that only goes forward: neither a restart, nor a jump of
 * the clock, nor a machine that slept ends a build.
 */
export function isSilent(ctx: Ctx, buildId: Id): boolean {
  const heard = ctx.life.heard.get(buildId)
  if (heard === undefined) noteHeard(ctx, buildId)
  return heard !== undefined && monotonicClock() - heard > leaseMs
}
