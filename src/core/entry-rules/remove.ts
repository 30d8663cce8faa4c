import { and, eq, inArray, isNull, ne, or } from 'drizzle-orm'
import { schema } from '../../db/client.ts'
import { OoreError } from '../../lib/errors.ts'
import { type Id, isId } from '../../lib/ids.ts'
import { may, refused } from '../access/may.ts'
import type { Ctx } from '../ctx.ts'
import { change } from '../events/change.ts'
import { checkMayMake } from '../users/owners.ts'

/**
 * Takes a rule away. Whoever is here, or has their role, by rules of that forge's instance is signed
 * out: the rules that are left decide when they come back. Throws OoreError `not_found`.
 */
export async function removeEntryRule(ctx: Ctx, id: Id): Promise<void> {
  if (!may(ctx.actor, 'person.change')) throw refused(ctx.actor, 'person.change')
  const { entryRules: r, identities: i, users: u, sessions: s } = schema
  await change(ctx, async (tx, record) => {
    const row = isId(id)
      ? await tx
          .select()
          .from(r)
          .where(and(eq(r.id, id), eq(r.organizationId, ctx.organizationId)))
          .get()
      : undefined
    if (!row) throw new OoreError('not_found', 'There is no such rule.')
    checkMayMake(ctx, row.role)
    await tx.delete(r).where(eq(r.id, id))
    const byRules = tx
      .select({ id: u.id })
      .from(u)
      .innerJoin(i, eq(i.userId, u.id))
      .where(
        and(
          eq(i.organizationId, ctx.organizationId),
          eq(i.provider, row.provider),
          eq(i.instance, row.instance),
          // Invited, their role may still be one that a rule raised.
          or(isNull(u.invitedRole), and(eq(u.isRoleFixed, false), ne(u.invitedRole, u.role))),
        ),
      )
    await tx.delete(s).where(inArray(s.userId, byRules))
    record('entry_rule.removed', id, { name: row.name })
  })
}
