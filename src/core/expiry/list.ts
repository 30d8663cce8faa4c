import { and, asc, eq, isNotNull, lte, gt, or } from 'drizzle-orm'
import { schema } from '../../db/client.ts'
import { days, type Millis } from '../../lib/clock.ts'
import { decodeCursor, encodeCursor } from '../../lib/cursor.ts'
import type { Page, PageRequest } from '../../lib/page.ts'
import { may, refused } from '../access/may.ts'
import { type Credential, expiryDays } from '../credentials/credential.ts'
import { credentialOf } from '../credentials/find.ts'
import type { Ctx } from '../ctx.ts'

/** So far ahead people are told. */
export const soonMs: Millis = days(expiryDays[0])
const soonMax = 20

/** All that ends, the nearest first; what has ended comes before. */
export async function listExpiries(ctx: Ctx, page: PageRequest): Promise<Page<Credential>> {
  if (!may(ctx.actor, 'signing.read')) throw refused(ctx.actor, 'signing.read')
  const { signingCredentials: c } = schema
  const rows = await ctx.db.read
    .select()
    .from(c)
    .where(
      and(
        eq(c.organizationId, ctx.organizationId),
        isNotNull(c.expiresAt),
        page.cursor ? after(page.cursor) : undefined,
      ),
    )
    .orderBy(asc(c.expiresAt), asc(c.id))
    .limit(page.limit + 1)
    .all()
  const shown = rows.slice(0, page.limit)
  const last = shown.at(-1)
  return {
    data: shown.map((row) => credentialOf(row)),
    nextCursor: rows.length > page.limit && last ? encodeCursor([last.expiresAt, last.id]) : null,
  }
}

function after(cursor: string) {
  const { signingCredentials: c } = schema
  const [at, id] = decodeCursor(cursor, ['number', 'text'])
  return or(gt(c.expiresAt, at), and(eq(c.expiresAt, at), gt(c.id, id)))
}

/** The same as `expiringSoon`, for whoever asks. */
export async function showExpiringSoon(ctx: Ctx): Promise<Credential[]> {
  if (!may(ctx.actor, 'signing.read')) throw refused(ctx.actor, 'signing.read')
  return expiringSoon(ctx)
}

/** What has ended or will within 30 days, the nearest first, at most 20. */
export async function expiringSoon(ctx: Ctx): Promise<Credential[]> {
  const { signingCredentials: c } = schema
  const rows = await ctx.db.read
    .select()
    .from(c)
    .where(and(eq(c.organizationId, ctx.organizationId), lte(c.expiresAt, ctx.clock() + soonMs)))
    .orderBy(asc(c.expiresAt), asc(c.id))
    .limit(soonMax)
    .all()
  return rows.map((row) => credentialOf(row))
}
