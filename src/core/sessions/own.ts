import { and, desc, eq, gt, isNull } from 'drizzle-orm'
import { schema } from '../../db/client.ts'
import { sha256Hex } from '../../lib/crypto.ts'
import { may, refused } from '../access/may.ts'
import type { Ctx } from '../ctx.ts'
import { change } from '../events/change.ts'
import type { OwnSession } from './session.ts'

/** The newest of them; nobody needs to see more. */
const shownMax = 50
/** Enough to tell sessions apart, and far too little to guess one. */
const idLength = 12

/** Where one is signed in: a person's own sessions, or those that the admin token opened. */
export async function listOwnSessions(ctx: Ctx, cookie: string | undefined): Promise<OwnSession[]> {
  if (!may(ctx.actor, 'self.use')) throw refused(ctx.actor, 'self.use')
  const { sessions: s } = schema
  const now = ctx.clock()
  const rows = await ctx.db.read
    .select()
    .from(s)
    .where(and(ofActor(ctx), gt(s.endsAt, now), gt(s.idleUntil, now)))
    .orderBy(desc(s.lastSeenAt), desc(s.createdAt))
    .limit(shownMax)
    .all()
  const here = cookie === undefined ? null : sha256Hex(cookie)
  return rows.map((row) => ({
    id: row.tokenHash.slice(0, idLength),
    ip: row.ip,
    userAgent: row.userAgent,
    isThis: row.tokenHash === here,
    createdAt: row.createdAt,
    lastSeenAt: row.lastSeenAt,
    endsAt: Math.min(row.endsAt, row.idleUntil),
  }))
}

/** Signs out everywhere, here too; at once. */
export async function endOwnSessions(ctx: Ctx): Promise<void> {
  if (!may(ctx.actor, 'self.use')) throw refused(ctx.actor, 'self.use')
  await change(ctx, async (tx, record) => {
    await tx.delete(schema.sessions).where(ofActor(ctx))
    record('session.all_closed', ctx.actor.is === 'user' ? ctx.actor.userId : 'admin')
  })
}

function ofActor({ actor, organizationId }: Ctx) {
  const { sessions: s } = schema
  return and(
    eq(s.organizationId, organizationId),
    actor.is === 'user' ? eq(s.userId, actor.userId) : isNull(s.userId),
  )
}
