import { and, eq, isNull } from 'drizzle-orm'
import { schema, type Writer } from '../../db/client.ts'
import { OoreError } from '../../lib/errors.ts'
import { newId } from '../../lib/ids.ts'
import { type Role, actorText } from '../access/actor.ts'
import { may, refused } from '../access/may.ts'
import type { Ctx } from '../ctx.ts'
import { change } from '../events/change.ts'
import { chooseDoor } from '../sign-in/doors.ts'
import type { Door, ForgeAccount } from '../sign-in/provider.ts'
import { checkName } from './change.ts'
import { findUserRow, type UserRow, withIdentities } from './find.ts'
import { invitationLifeMs } from './invitation.ts'
import { checkMayMake } from './owners.ts'
import { comparableEmail, type SignInProviderKey, type User } from './user.ts'

/** Either an e-mail address, or an account at a forge by its name there. */
export type NewInvitation = {
  email?: string | undefined
  provider?: SignInProviderKey | undefined
  /** Which of the provider's hosts; may be left out where there is one. */
  instance?: string | undefined
  login?: string | undefined
  role?: Role | undefined
  name?: string | undefined
}

/**
 * Invites somebody: whoever signs in within two weeks with that verified e-mail address, or with that
 * account, is in. A login is looked up now and kept as the forge's number of the account, so that
 * nobody gets in by taking the name over. Inviting again gives two weeks more. Throws OoreError
 * `invalid` by field, `conflict` where they are here already, `unavailable` where the forge is away.
 */
export async function inviteUser(
  ctx: Ctx,
  given: NewInvitation,
): Promise<{ user: User; isNew: boolean }> {
  if (!may(ctx.actor, 'person.change')) throw refused(ctx.actor, 'person.change')
  const role = given.role ?? 'viewer'
  checkMayMake(ctx, role)
  const name = given.name === undefined ? null : checkName(given.name)
  const whom = await readWhom(ctx, given)
  const { row, isNew } = await change(ctx, async (tx, record) => {
    const known = await findKnown(ctx, tx, whom)
    if (known !== null && known.state !== 'invited') throw alreadyHere(known)
    checkMayMake(ctx, known?.role)
    const row = known
      ? await renew(ctx, tx, known, { role, name })
      : await add(ctx, tx, whom, { role, name })
    record('user.invited', row.id, { role })
    return { row, isNew: known === null }
  })
  const [user] = await withIdentities(ctx, [row])
  return { user: user!, isNew }
}

type Whom = { by: 'email'; email: string } | { by: 'account'; door: Door; account: ForgeAccount }

async function readWhom(
  ctx: Ctx,
  { email, provider, instance, login }: NewInvitation,
): Promise<Whom> {
  if ((email === undefined) === (login === undefined)) {
    const message = 'is missing: write an e-mail address, or a provider and a login, and not both'
    throw invalid(email === undefined ? 'email' : 'login', message)
  }
  if (email !== undefined) {
    const comparable = comparableEmail(email)
    if (comparable !== null) return { by: 'email', email: comparable }
    throw invalid('email', 'must be an e-mail address like mara@example.com')
  }
  const door = await chooseDoor(ctx, provider, instance)
  const asked = (login ?? '').trim().replace(/^@/, '')
  const account = /^[\w.-]{1,255}$/.test(asked) ? await door.forge.findAccount(asked) : null
  if (account === null) {
    throw invalid('login', `is no person’s account that ${door.name} knows: look it up there`)
  }
  return { by: 'account', door, account }
}

async function findKnown(ctx: Ctx, tx: Writer, whom: Whom): Promise<UserRow | null> {
  const { users: u, identities: i } = schema
  if (whom.by === 'email') {
    const row = await tx
      .select()
      .from(u)
      .where(
        and(eq(u.organizationId, ctx.organizationId), eq(u.email, whom.email), isNull(u.removedAt)),
      )
      .get()
    return row ?? null
  }
  const { door, account } = whom
  const identity = await tx
    .select({ userId: i.userId })
    .from(i)
    .where(
      and(
        eq(i.organizationId, ctx.organizationId),
        eq(i.provider, door.provider),
        eq(i.instance, door.instance),
        eq(i.externalId, account.externalId),
      ),
    )
    .get()
  return identity ? findUserRow(ctx, identity.userId, tx) : null
}

type Given = { role: Role; name: string | null }

async function renew(
  ctx: Ctx,
  tx: Writer,
  known: UserRow,
  { role, name }: Given,
): Promise<UserRow> {
  const now = ctx.clock()
  return tx
    .update(schema.users)
    .set({
      role,
      invitedRole: role,
      invitationEndsAt: now + invitationLifeMs,
      invitedBy: actorText(ctx.actor),
      updatedAt: now,
      ...(name === null ? {} : { name }),
    })
    .where(eq(schema.users.id, known.id))
    .returning()
    .get()
}

async function add(ctx: Ctx, tx: Writer, whom: Whom, { role, name }: Given): Promise<UserRow> {
  const now = ctx.clock()
  const row = await tx
    .insert(schema.users)
    .values({
      id: newId(),
      organizationId: ctx.organizationId,
      name: name ?? (whom.by === 'email' ? whom.email : whom.account.login),
      email: whom.by === 'email' ? whom.email : null,
      role,
      invitedRole: role,
      state: 'invited',
      invitedBy: actorText(ctx.actor),
      invitationEndsAt: now + invitationLifeMs,
      createdAt: now,
      updatedAt: now,
    })
    .returning()
    .get()
  if (whom.by === 'account') {
    const { door, account } = whom
    await tx.insert(schema.identities).values({
      id: newId(),
      organizationId: ctx.organizationId,
      userId: row.id,
      provider: door.provider,
      instance: door.instance,
      externalId: account.externalId,
      login: account.login,
      createdAt: now,
    })
  }
  return row
}

const alreadyHere = ({ name, state }: UserRow): OoreError =>
  new OoreError(
    'conflict',
    state === 'disabled'
      ? `${name} is disabled here. Enable them instead of inviting them again.`
      : `${name} is here already.`,
  )

const invalid = (field: string, message: string): OoreError =>
  new OoreError('invalid', `The ${field} ${message}.`, { fields: [{ field, message }] })
