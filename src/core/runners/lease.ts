import { and, eq } from 'drizzle-orm'
import { schema, type Writer } from '../../db/client.ts'
import { OoreError } from '../../lib/errors.ts'
import type { Id } from '../../lib/ids.ts'
import { leaseMs } from '../../protocol/messages.ts'
import { may, refused } from '../access/may.ts'
import type { Ctx } from '../ctx.ts'

export type Lease = typeof schema.leases.$inferSelect

/**
 * The lease under which a runner speaks of a build. Throws OoreError `gone` where it has another
 * one now, or none: the runner then drops the build.
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
  return lease
}

export const leaseIsGone = (): OoreError =>
  new OoreError('gone', 'This build is no longer leased to this runner. Drop it.')

/** When a lease that is spoken under now runs out. */
export const leaseEnd = (ctx: Ctx): number => ctx.clock() + leaseMs
