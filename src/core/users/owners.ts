import { and, count, eq, isNull, ne } from 'drizzle-orm'
import { schema, type Writer } from '../../db/client.ts'
import { OoreError } from '../../lib/errors.ts'
import type { Role } from '../access/actor.ts'
import { may, refused } from '../access/may.ts'
import type { Ctx } from '../ctx.ts'
import type { UserRow } from './find.ts'

/** Throws `forbidden` where somebody is or would be an owner, and the actor may not say so. */
export function checkMayMake(ctx: Ctx, ...concerned: readonly (Role | undefined)[]): void {
  if (!concerned.includes('owner') || may(ctx.actor, 'owner.change')) return
  throw refused(ctx.actor, 'owner.change')
}

/**
 * Throws `conflict` where this is the last owner who can enter, who is about to be none: people would
 * lock themselves out. Only the admin token, which needs no owner, may do that.
 */
export async function checkNotLastOwner(ctx: Ctx, tx: Writer, row: UserRow): Promise<void> {
  if (row.role !== 'owner' || row.state !== 'active' || ctx.actor.is === 'admin') return
  const { users: u } = schema
  const others = await tx
    .select({ count: count() })
    .from(u)
    .where(
      and(
        eq(u.organizationId, ctx.organizationId),
        eq(u.role, 'owner'),
        eq(u.state, 'active'),
        isNull(u.removedAt),
        ne(u.id, row.id),
      ),
    )
    .get()
  if ((others?.count ?? 0) > 0) return
  throw new OoreError(
    'conflict',
    `${row.name} is the last owner. Make somebody else an owner first, or use the admin token.`,
  )
}
