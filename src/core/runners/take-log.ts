import { eq } from 'drizzle-orm'
import { schema } from '../../db/client.ts'
import type { Id } from '../../lib/ids.ts'
import { leaseMs, type Wanted } from '../../protocol/messages.ts'
import { may, refused } from '../access/may.ts'
import type { Ctx } from '../ctx.ts'
import { findLease, leaseEnd } from './lease.ts'

export type LogPlace = { buildId: Id; fence: number; position: number; offset: number }

/**
 * Takes in what a step said, as frames that begin at `offset`. Null where it was taken, or was
 * here before; the offset wanted where it came out of turn. Throws OoreError `gone` under an old
 * fence.
 */
export async function takeLog(
  ctx: Ctx,
  { buildId, fence, position, offset }: LogPlace,
  frames: Uint8Array,
): Promise<Wanted | null> {
  if (!may(ctx.actor, 'build.run')) throw refused(ctx.actor)
  const lease = await findLease(ctx, ctx.db.read, buildId, fence)
  const wanted = ctx.logs.append(buildId, position, offset, frames)
  // A step that talks without end sends no event, and must keep its lease all the same.
  if (lease.expiresAt < leaseEnd(ctx) - leaseMs / 2) {
    await ctx.db.write(async (tx) => {
      await tx
        .update(schema.leases)
        .set({ expiresAt: leaseEnd(ctx) })
        .where(eq(schema.leases.buildId, buildId))
    })
  }
  return wanted
}
