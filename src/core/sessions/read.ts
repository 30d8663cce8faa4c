import { eq } from 'drizzle-orm'
import { schema } from '../../db/client.ts'
import { minutes } from '../../lib/clock.ts'
import { sameSecret, sha256Hex } from '../../lib/crypto.ts'
import type { Actor } from '../access/actor.ts'
import type { Ctx } from '../ctx.ts'
import { adminTokenOf } from './admin-token.ts'

// The idle time slides, but not with every request: a row is written once in a while.
const slideAfterMs = minutes(1)

/**
 * Who a cookie's bearer is, or null where its session is unknown, idle for too long, past its end,
 * or was opened with an admin token that has been changed since. Slides the idle time.
 */
export async function readSession(ctx: Ctx, cookie: string): Promise<Actor | null> {
  const { sessions } = schema
  const tokenHash = sha256Hex(cookie)
  const row = await ctx.db.read
    .select()
    .from(sessions)
    .where(eq(sessions.tokenHash, tokenHash))
    .get()
  const now = ctx.clock()
  if (!row || row.idleUntil <= now || row.endsAt <= now) return null
  if (!sameSecret(row.adminTokenHash, sha256Hex(adminTokenOf(ctx).reveal()))) return null
  if (now - row.lastSeenAt > slideAfterMs) {
    await ctx.db.write(async (tx) => {
      await tx
        .update(sessions)
        .set({ lastSeenAt: now, idleUntil: now + row.idleMs })
        .where(eq(sessions.tokenHash, tokenHash))
    })
  }
  return { is: 'admin', via: 'session' }
}
