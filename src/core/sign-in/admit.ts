import { and, eq, isNull } from 'drizzle-orm'
import { schema, type Writer } from '../../db/client.ts'
import { newId } from '../../lib/ids.ts'
import type { Role } from '../access/actor.ts'
import type { Ctx } from '../ctx.ts'
import type { EntryRule } from '../entry-rules/rule.ts'
import type { Recorder } from '../events/change.ts'
import type { UserRow } from '../users/find.ts'
import { comparableEmail, highestRole } from '../users/user.ts'
import type { Door, ForgePerson } from './provider.ts'

export type Arrival = {
  door: Door
  /** As the forge itself has just told. */
  person: ForgePerson
  /** The rules that let them in, now. */
  rules: readonly EntryRule[]
}

export type Admission = { is: 'in'; user: UserRow } | { is: 'out' } | { is: 'too_late' }

/**
 * Decides whether somebody may enter, in the caller's transaction: who was invited, by this account or
 * by its verified e-mail address, and who is a member where members may. It is the forge's number that
 * is known again: a name or an address that moved on opens nothing. Who may enter no more is signed
 * out everywhere.
 */
export async function admit(
  ctx: Ctx,
  tx: Writer,
  record: Recorder,
  arrival: Arrival,
): Promise<Admission> {
  const known = await findKnown(ctx, tx, arrival)
  const roles = arrival.rules.map(({ role }) => role)
  if (known === null) {
    const role = highestRole(roles)
    return role === null ? { is: 'out' } : join(ctx, tx, record, arrival, role)
  }
  if (known.state === 'disabled') return { is: 'out' }
  const isLate = known.state === 'invited' && (known.invitationEndsAt ?? 0) <= ctx.clock()
  const invitedRole = isLate ? null : known.invitedRole
  const role = highestRole(invitedRole === null ? roles : [...roles, invitedRole])
  if (role === null) {
    if (isLate) return { is: 'too_late' }
    await tx.delete(schema.sessions).where(eq(schema.sessions.userId, known.id))
    record('user.shut_out', known.id)
    return { is: 'out' }
  }
  return enter(ctx, tx, record, arrival, {
    ...known,
    invitedRole,
    role: known.isRoleFixed ? known.role : role,
  })
}

/** By the account they came with before, else by an invitation to their verified address. */
async function findKnown(ctx: Ctx, tx: Writer, { door, person }: Arrival): Promise<UserRow | null> {
  const { users: u, identities: i } = schema
  const byAccount = await tx
    .select({ user: u })
    .from(i)
    .innerJoin(u, eq(u.id, i.userId))
    .where(and(isAccount(ctx, door, person), isNull(u.removedAt)))
    .get()
  if (byAccount) return byAccount.user
  const email = person.verifiedEmail === null ? null : comparableEmail(person.verifiedEmail)
  if (email === null) return null
  const invited = await tx
    .select()
    .from(u)
    .where(
      and(
        eq(u.organizationId, ctx.organizationId),
        eq(u.email, email),
        // Once somebody has come by an invitation it is used up: their account is known from then on.
        eq(u.state, 'invited'),
        isNull(u.removedAt),
      ),
    )
    .get()
  return invited ?? null
}

const isAccount = (ctx: Ctx, door: Door, { externalId }: ForgePerson) => {
  const { identities: i } = schema
  return and(
    eq(i.organizationId, ctx.organizationId),
    eq(i.provider, door.provider),
    eq(i.instance, door.instance),
    eq(i.externalId, externalId),
  )
}

/** Somebody new, by a rule alone. */
async function join(
  ctx: Ctx,
  tx: Writer,
  record: Recorder,
  arrival: Arrival,
  role: Role,
): Promise<Admission> {
  const now = ctx.clock()
  const user = await tx
    .insert(schema.users)
    .values({
      id: newId(),
      organizationId: ctx.organizationId,
      name: nameOf(arrival.person),
      role,
      state: 'active',
      createdAt: now,
      updatedAt: now,
    })
    .returning()
    .get()
  record('user.joined', user.id, { role, rules: arrival.rules.map(({ id }) => id) })
  return enter(ctx, tx, record, arrival, user)
}

async function enter(
  ctx: Ctx,
  tx: Writer,
  record: Recorder,
  { door, person }: Arrival,
  user: UserRow,
): Promise<Admission> {
  const { users: u, identities: i } = schema
  const now = ctx.clock()
  const email = person.verifiedEmail === null ? null : comparableEmail(person.verifiedEmail)
  const account = { login: person.login, email, lastSignedInAt: now }
  const again = await tx
    .update(i)
    .set(account)
    .where(and(isAccount(ctx, door, person), eq(i.userId, user.id)))
    .returning({ id: i.id })
    .get()
  if (!again) {
    await tx.insert(i).values({
      id: newId(),
      organizationId: ctx.organizationId,
      userId: user.id,
      provider: door.provider,
      instance: door.instance,
      externalId: person.externalId,
      createdAt: now,
      ...account,
    })
  }
  const isFirst = user.lastSignedInAt === null
  const entered = await tx
    .update(u)
    .set({
      role: user.role,
      invitedRole: user.invitedRole,
      state: 'active',
      invitationEndsAt: null,
      lastSignedInAt: now,
      updatedAt: now,
      ...(email === null ? {} : { email }),
      // Until they came they were called by what the invitation knew of them.
      ...(isFirst && [user.email, person.login].includes(user.name)
        ? { name: nameOf(person) }
        : {}),
    })
    .where(eq(u.id, user.id))
    .returning()
    .get()
  record('user.signed_in', user.id, { provider: door.provider, instance: door.instance })
  return { is: 'in', user: entered }
}

const nameOf = ({ name, login }: ForgePerson): string => name || login
