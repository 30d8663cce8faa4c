import { and, asc, eq, gt } from 'drizzle-orm'
import { schema } from '../../db/client.ts'
import { decodeCursor, encodeCursor } from '../../lib/cursor.ts'
import { OoreError } from '../../lib/errors.ts'
import { type Id, isId } from '../../lib/ids.ts'
import type { Page, PageRequest } from '../../lib/page.ts'
import { may, refused } from '../access/may.ts'
import type { Ctx } from '../ctx.ts'
import type { SignInProviderKey } from '../users/user.ts'
import type { EntryRule } from './rule.ts'

type RuleRow = typeof schema.entryRules.$inferSelect

/** Whose members may enter, in the order in which it was decided. */
export async function listEntryRules(ctx: Ctx, page: PageRequest): Promise<Page<EntryRule>> {
  if (!may(ctx.actor, 'person.read')) throw refused(ctx.actor, 'person.read')
  const { entryRules: r } = schema
  const rows = await ctx.db.read
    .select()
    .from(r)
    .where(
      and(
        eq(r.organizationId, ctx.organizationId),
        page.cursor ? gt(r.id, decodeCursor(page.cursor, ['text'])[0]) : undefined,
      ),
    )
    .orderBy(asc(r.id))
    .limit(page.limit + 1)
    .all()
  const data = rows.slice(0, page.limit).map(ruleOf)
  const last = data.at(-1)
  return { data, nextCursor: rows.length > page.limit && last ? encodeCursor([last.id]) : null }
}

/** One rule. Throws OoreError `not_found`. */
export async function showEntryRule(ctx: Ctx, id: Id): Promise<EntryRule> {
  if (!may(ctx.actor, 'person.read')) throw refused(ctx.actor, 'person.read')
  const { entryRules: r } = schema
  const row = isId(id)
    ? await ctx.db.read
        .select()
        .from(r)
        .where(and(eq(r.id, id), eq(r.organizationId, ctx.organizationId)))
        .get()
    : undefined
  if (!row) throw new OoreError('not_found', 'There is no such rule.')
  return ruleOf(row)
}

/** The rules that speak of a forge's instance: for deciding who enters, and for nobody to see. */
export async function rulesOf(
  ctx: Ctx,
  { provider, instance }: { provider: SignInProviderKey; instance: string },
): Promise<EntryRule[]> {
  const { entryRules: r } = schema
  const rows = await ctx.db.read
    .select()
    .from(r)
    .where(
      and(
        eq(r.organizationId, ctx.organizationId),
        eq(r.provider, provider),
        eq(r.instance, instance),
      ),
    )
    .orderBy(asc(r.id))
    .all()
  return rows.map(ruleOf)
}

export const ruleOf = (row: RuleRow): EntryRule => ({
  id: row.id,
  provider: row.provider,
  instance: row.instance,
  externalId: row.externalId,
  name: row.name,
  role: row.role,
  createdAt: row.createdAt,
})
