import { and, asc, eq, inArray, isNull } from 'drizzle-orm'
import { schema } from '../../db/client.ts'
import { OoreError } from '../../lib/errors.ts'
import { type Id, isId } from '../../lib/ids.ts'
import { may, refused } from '../access/may.ts'
import type { Ctx } from '../ctx.ts'
import type { Identity, User } from './user.ts'

export type UserRow = typeof schema.users.$inferSelect
type IdentityRow = typeof schema.identities.$inferSelect

/** The stored row of a person who was not removed. Throws OoreError `not_found`. */
export async function findUserRow(
  ctx: Ctx,
  id: Id,
  db: Pick<Ctx['db']['read'], 'select'> = ctx.db.read,
): Promise<UserRow> {
  const { users: u } = schema
  const row = isId(id)
    ? await db
        .select()
        .from(u)
        .where(and(eq(u.id, id), eq(u.organizationId, ctx.organizationId), isNull(u.removedAt)))
        .get()
    : undefined
  if (!row)
    throw new OoreError('not_found', 'There is no such person. `GET /api/users` lists them.')
  return row
}

/** One person. Throws OoreError `not_found`. */
export async function showUser(ctx: Ctx, id: Id): Promise<User> {
  if (!may(ctx.actor, 'person.read')) throw refused(ctx.actor, 'person.read')
  const [user] = await withIdentities(ctx, [await findUserRow(ctx, id)])
  return user!
}

/** The person who asks; null for who shows the admin token, which is nobody's. */
export async function showOwnUser(ctx: Ctx): Promise<User | null> {
  if (!may(ctx.actor, 'self.use')) throw refused(ctx.actor, 'self.use')
  if (ctx.actor.is !== 'user') return null
  const [user] = await withIdentities(ctx, [await findUserRow(ctx, ctx.actor.userId)])
  return user!
}

/** People of these rows, in their order, with what they sign in with. */
export async function withIdentities(ctx: Ctx, rows: readonly UserRow[]): Promise<User[]> {
  const { identities: i } = schema
  const ids = rows.map(({ id }) => id)
  const all =
    ids.length === 0
      ? []
      : await ctx.db.read.select().from(i).where(inArray(i.userId, ids)).orderBy(asc(i.id)).all()
  return rows.map((row) =>
    userOf(
      row,
      all.filter(({ userId }) => userId === row.id),
    ),
  )
}

const userOf = (row: UserRow, identities: readonly IdentityRow[]): User => ({
  id: row.id,
  name: row.name,
  email: row.email,
  role: row.role,
  isRoleFixed: row.isRoleFixed,
  isInvited: row.invitedRole !== null,
  state: row.state,
  invitationEndsAt: row.invitationEndsAt,
  lastSignedInAt: row.lastSignedInAt,
  createdAt: row.createdAt,
  updatedAt: row.updatedAt,
  identities: identities.map(identityOf),
})

const identityOf = (row: IdentityRow): Identity => ({
  provider: row.provider,
  instance: row.instance,
  externalId: row.externalId,
  login: row.login,
  email: row.email,
  lastSignedInAt: row.lastSignedInAt,
})
