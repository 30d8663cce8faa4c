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
 * was opened with an admin token that has been changed since, or is of a person who may not enter any
 * more. Slides the idle time.
 */
export async function readSession(ctx: Ctx, cookie: string): Promise<Actor | null> {
  const { sessions, users } = schema
  const tokenHash = sha256Hex(cookie)
  const found = await ctx.db.read
    .select({ row: sessions, user: users })
    .from(sessions)
    .leftJoin(users, eq(users.id, sessions.userId))
    .where(eq(sessions.tokenHash, tokenHash))
    .get()
  const now = ctx.clock()
  if (!found || found.row.idleUntil <= now || found.row.endsAt <= now) return null
  const { row, user } = found
  const actor = row.userId === null ? adminOf(ctx, row) : personOf(user)
  if (actor === null) return null
  if (now - row.lastSeenAt > slideAfterMs) {
    await ctx.db.write(async (tx) => {
      await tx
        .update(sessions)
        .set({ lastSeenAt: now, idleUntil: now + row.idleMs })
        .where(eq(sessions.tokenHash, tokenHash))
    })
  }
  return actor
}

const adminOf = (ctx: Ctx, { adminTokenHash }: { adminTokenHash: string }): Actor | null =>
  sameSecret(adminTokenHash, sha256Hex(adminTokenOf(ctx).reveal()))
    ? { is: 'admin', via: 'session' }
    : null

/** With the role they have now, whatever it was when they signed in. */
const personOf = (user: typeof schema.users.$inferSelect | null): Actor | null =>
  user === null || user.state !== 'active' || user.removedAt !== null
    ? null
    : { is: 'user', userId: user.id, name: user.name, role: user.role }
