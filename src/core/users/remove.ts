import { eq } from 'drizzle-orm'
import { schema, type Writer } from '../../db/client.ts'
import { OoreError } from '../../lib/errors.ts'
import type { Id } from '../../lib/ids.ts'
import { may, refused } from '../access/may.ts'
import type { Ctx } from '../ctx.ts'
import { change } from '../events/change.ts'
import { findUserRow } from './find.ts'
import { checkMayMake, checkNotLastOwner } from './owners.ts'

/**
 * Takes a person out, at once and everywhere. What they did keeps their name; their accounts may be
 * invited anew. Throws OoreError `forbidden` for an owner, unless an owner asks, and `conflict` for
 * the last of them.
 */
export async function removeUser(ctx: Ctx, id: Id): Promise<void> {
  if (!may(ctx.actor, 'person.change')) throw refused(ctx.actor, 'person.change')
  await change(ctx, async (tx, record) => {
    const row = await findUserRow(ctx, id, tx)
    checkMayMake(ctx, row.role)
    await checkNotLastOwner(ctx, tx, row)
    await takeOut(ctx, tx, id)
    record('user.removed', id)
  })
}

/**
 * Somebody leaves by themselves. Throws OoreError `conflict` for the last owner, and for the admin
 * token, which is nobody.
 */
export async function leave(ctx: Ctx): Promise<void> {
  const { actor } = ctx
  if (!may(actor, 'self.use')) throw refused(actor, 'self.use')
  if (actor.is !== 'user') {
    throw new OoreError('conflict', 'The admin token is no person, and cannot leave.')
  }
  await change(ctx, async (tx, record) => {
    const row = await findUserRow(ctx, actor.userId, tx)
    await checkNotLastOwner(ctx, tx, row)
    await takeOut(ctx, tx, row.id)
    record('user.removed', row.id)
  })
}

async function takeOut(ctx: Ctx, tx: Writer, id: Id): Promise<void> {
  const { users: u, identities: i, sessions: s } = schema
  await tx.delete(s).where(eq(s.userId, id))
  await tx.delete(i).where(eq(i.userId, id))
  await tx
    .update(u)
    .set({ removedAt: ctx.clock(), email: null, invitationEndsAt: null })
    .where(eq(u.id, id))
}
