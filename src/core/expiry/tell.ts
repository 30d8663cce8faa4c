import { and, eq, isNotNull, lte } from 'drizzle-orm'
import { schema } from '../../db/client.ts'
import { isoTime, hours } from '../../lib/clock.ts'
import { Waiter } from '../../lib/bell.ts'
import { may, refused } from '../access/may.ts'
import { expiryDays, expiryStage } from '../credentials/credential.ts'
import type { Ctx } from '../ctx.ts'
import { change } from '../events/change.ts'
import { soonMs } from './list.ts'

const everyMs = hours(1)

/** Tells of what ends, every hour, until the signal aborts. */
export async function workExpiry(ctx: Ctx, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await tellExpiries(ctx)
    await new Waiter().wait(everyMs, signal)
  }
}

/**
 * Writes down, once each, that a credential ends in 30, 14, 3 and 0 days, as the facts
 * `certificate.expiring` and so on, and in the operator's log. What was away for longer tells the
 * nearest of those alone. Renewed, it is told of anew.
 */
export async function tellExpiries(ctx: Ctx): Promise<void> {
  if (!may(ctx.actor, 'system.maintain')) throw refused(ctx.actor)
  const { signingCredentials: c, expiryNotices: n } = schema
  const now = ctx.clock()
  const ending = await ctx.db.read
    .select({ id: c.id, kind: c.kind, name: c.name, expiresAt: c.expiresAt })
    .from(c)
    .where(and(isNotNull(c.expiresAt), lte(c.expiresAt, now + soonMs)))
    .all()
  for (const { id, kind, name, expiresAt } of ending) {
    if (expiresAt === null || kind === 'app_store_key') continue
    const stage = expiryStage(expiresAt, now)
    if (stage === null) continue
    const told = await ctx.db.read
      .select({ days: n.days })
      .from(n)
      .where(and(eq(n.subjectId, id), eq(n.expiresAt, expiresAt)))
      .all()
    if (told.some(({ days }) => days <= stage)) continue
    await change(ctx, async (tx, record) => {
      const passed = expiryDays.filter((days) => days >= stage)
      await tx
        .insert(n)
        .values(passed.map((days) => ({ subjectId: id, expiresAt, days, toldAt: now })))
        .onConflictDoNothing()
      record(`${kind}.expiring`, id, { name, days: stage, expires_at: isoTime(expiresAt) })
    })
    const said = { credential: id, kind, name, expires_at: isoTime(expiresAt) }
    ctx.log.warn(said, stage === 0 ? 'a credential has expired' : 'a credential expires soon')
  }
}
