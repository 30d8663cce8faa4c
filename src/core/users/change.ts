import { eq } from 'drizzle-orm'
import { schema } from '../../db/client.ts'
import { OoreError } from '../../lib/errors.ts'
import type { Id } from '../../lib/ids.ts'
import type { Role } from '../access/actor.ts'
import { may, refused } from '../access/may.ts'
import type { Ctx } from '../ctx.ts'
import { change } from '../events/change.ts'
import { findUserRow, type UserRow, withIdentities } from './find.ts'
import { invitationLifeMs } from './invitation.ts'
import { checkMayMake, checkNotLastOwner } from './owners.ts'
import type { User } from './user.ts'

export type UserChanges = {
  /** Another than before is from then on changed by no rule. */
  role?: Role | undefined
  state?: 'active' | 'disabled' | undefined
  name?: string | undefined
}

/**
 * Changes what is given of a person, at once: who is disabled is signed out everywhere. Throws
 * OoreError `forbidden` where it is about an owner and takes one, `conflict` for the last owner.
 */
export async function changeUser(ctx: Ctx, id: Id, changes: UserChanges): Promise<User> {
  if (!may(ctx.actor, 'person.change')) throw refused(ctx.actor, 'person.change')
  const name = changes.name === undefined ? undefined : checkName(changes.name)
  const row = await change(ctx, async (tx, record) => {
    const before = await findUserRow(ctx, id, tx)
    const after = { ...valuesOf(ctx, before, changes), ...(name === undefined ? {} : { name }) }
    const isPower =
      (after.role !== undefined && after.role !== before.role) ||
      (after.state !== undefined && after.state !== before.state)
    if (isPower) checkMayMake(ctx, before.role, after.role)
    const isOwnerStill =
      (after.role ?? before.role) === 'owner' && (after.state ?? before.state) === 'active'
    if (!isOwnerStill) await checkNotLastOwner(ctx, tx, before)
    const { users: u, sessions: s } = schema
    if (after.state === 'disabled') await tx.delete(s).where(eq(s.userId, id))
    const changed = await tx
      .update(u)
      .set({ ...after, updatedAt: ctx.clock() })
      .where(eq(u.id, id))
      .returning()
      .get()
    record('user.changed', id, {
      ...(after.role === undefined ? {} : { from: before.role, role: after.role }),
      ...(after.state === undefined ? {} : { state: after.state }),
    })
    return changed
  })
  const [user] = await withIdentities(ctx, [row])
  return user!
}

/** Changes the name that a person goes by here. Throws OoreError `conflict` for the admin token. */
export async function changeOwnName(ctx: Ctx, given: string): Promise<User> {
  const { actor } = ctx
  if (!may(actor, 'self.use')) throw refused(actor, 'self.use')
  if (actor.is !== 'user') {
    throw new OoreError('conflict', 'The admin token is no person and has no name to change.')
  }
  const name = checkName(given)
  const row = await change(ctx, async (tx, record) => {
    await findUserRow(ctx, actor.userId, tx)
    record('user.changed', actor.userId)
    return tx
      .update(schema.users)
      .set({ name, updatedAt: ctx.clock() })
      .where(eq(schema.users.id, actor.userId))
      .returning()
      .get()
  })
  const [user] = await withIdentities(ctx, [row])
  return user!
}

function valuesOf(ctx: Ctx, row: UserRow, { role, state }: UserChanges): Partial<UserRow> {
  const values: Partial<UserRow> = {}
  // A form sends the role along, whether or not somebody chose another.
  if (role !== undefined && role !== row.role) Object.assign(values, { role, isRoleFixed: true })
  if (state === 'disabled') values.state = state
  // Who never came is invited again, and not simply in.
  if (state === 'active' && row.state === 'disabled') {
    values.state = row.lastSignedInAt === null ? 'invited' : 'active'
    if (row.lastSignedInAt === null) values.invitationEndsAt = ctx.clock() + invitationLifeMs
  }
  return values
}

const nameLengthMax = 200

/** A name as it is kept: one line. Throws OoreError `invalid`. */
export function checkName(text: string): string {
  const name = text.trim()
  if (name !== '' && name.length <= nameLengthMax && !/[\p{Cc}]/u.test(name)) return name
  throw new OoreError('invalid', 'The name cannot be used.', {
    fields: [{ field: 'name', message: `must be one line of 1 to ${nameLengthMax} characters` }],
  })
}
