import type { Id } from '../../lib/ids.ts'
import type { Wanted } from '../../protocol/messages.ts'
import { may, refused } from '../access/may.ts'
import type { Ctx } from '../ctx.ts'
import { findLease } from './lease.ts'

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
  await findLease(ctx, ctx.db.read, buildId, fence)
  return ctx.logs.append(buildId, position, offset, frames)
}
