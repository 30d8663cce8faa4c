import { and, eq } from 'drizzle-orm'
import { exchangeCode, OAuthRefused, type Tokens } from '../../auth/oauth.ts'
import { schema } from '../../db/client.ts'
import { sha256Hex } from '../../lib/crypto.ts'
import { OoreError } from '../../lib/errors.ts'
import { NoAnswer } from '../../lib/safe-fetch.ts'
import type { Ctx } from '../ctx.ts'
import { type EntryRule } from '../entry-rules/rule.ts'
import { rulesOf } from '../entry-rules/list.ts'
import { change } from '../events/change.ts'
import { type Arrived, arrive } from '../handshakes/end.ts'
import { type Caller, openSession, type OpenedSession } from '../sessions/open.ts'
import type { SignInProviderKey } from '../users/user.ts'
import { admit } from './admit.ts'
import { findDoor } from './doors.ts'
import type { Door, ForgePerson } from './provider.ts'

/** What a browser brings back from a forge. */
export type Return = {
  provider: SignInProviderKey
  state: string | undefined
  code: string | undefined
  /** OAuth's word where the forge or the person said no. */
  error: string | undefined
  /** Who says so (RFC 9207), where the forge tells. */
  issuer: string | undefined
  /** The cookie of `beginSignIn`. */
  cookie: string | undefined
  caller: Caller
}

/**
 * Signs somebody in who comes back from a forge: asks it who they are and whose members, and lets them
 * in where an administrator decided so. Throws OoreError `malformed` where the way back is not the way
 * that was begun (security.md OA-01, OA-03, OA-05), `forbidden` for everyone who may not enter, `gone`
 * for an invitation that is too old, `unavailable` where the forge is away.
 */
export async function finishSignIn(
  ctx: Ctx,
  back: Return,
): Promise<OpenedSession & { next: string }> {
  const { state, cookie, provider } = back
  const trip = await arrive(ctx, { purpose: 'sign_in', state, cookie })
  if (trip.data['provider'] !== provider) {
    throw new OoreError('malformed', 'This was begun at another forge. Begin again.')
  }
  const door = await findDoor(ctx, provider, trip.data['instance'] ?? '')
  checkAnswer(door, back)
  const token = await tokenFor(door, trip, back.code ?? '')
  const person = await door.forge.person(token)
  const rules = await applying(ctx, door, { person, token })
  const remember = trip.data['remember'] !== null
  const done = await change(ctx, async (tx, record) => {
    const admitted = await admit(ctx, tx, record, { door, person, rules })
    if (admitted.is !== 'in') return admitted
    const session = await openSession(ctx, tx, record, back.caller, remember, admitted.user.id)
    return { is: 'in' as const, session }
  })
  if (done.is === 'in') return { ...done.session, next: trip.data['next'] ?? '/' }
  ctx.log.warn(
    { provider, instance: door.instance, account: person.externalId, ip: back.caller.ip },
    'somebody may not enter and was told so',
  )
  throw done.is === 'too_late' ? tooLate() : mayNotEnter(door, person)
}

/** Where a trip that did not end well was to lead: for the next try. */
export async function nextOfTrip(ctx: Ctx, state: string | undefined): Promise<string> {
  const { handshakes: h } = schema
  const row =
    state === undefined
      ? undefined
      : await ctx.db.read
          .select({ data: h.data })
          .from(h)
          .where(and(eq(h.stateHash, sha256Hex(state)), eq(h.purpose, 'sign_in')))
          .get()
  return row?.data['next'] ?? '/'
}

function checkAnswer(door: Door, { code, error, issuer }: Return): void {
  if (issuer !== undefined && !isOf(door, issuer)) {
    throw new OoreError('malformed', `The answer is not of ${door.name}. Begin again.`)
  }
  if (error === 'access_denied') {
    throw new OoreError(
      'malformed',
      `You did not allow it at ${door.name}, so nothing happened. Try again.`,
    )
  }
  if (error !== undefined || code === undefined || code === '') {
    throw new OoreError(
      'malformed',
      `${door.name} did not let this sign-in happen. Try again; if it stays so, tell an administrator.`,
    )
  }
}

const isOf = ({ app }: Door, issuer: string): boolean =>
  URL.canParse(issuer) && new URL(issuer).origin === new URL(app.authorizeUrl).origin

async function tokenFor(
  door: Door,
  { verifier }: Arrived,
  code: string,
): Promise<Tokens['accessToken']> {
  if (verifier === null) throw new Error('a trip to sign in has no verifier')
  try {
    return (await exchangeCode(door.app, { code, verifier })).accessToken
  } catch (error) {
    if (error instanceof OAuthRefused) {
      const why = `${door.name} does not take its own answer back. Begin again.`
      throw new OoreError('malformed', why, { cause: error })
    }
    if (error instanceof NoAnswer) {
      const why = `${door.name} cannot be asked now: ${error.message} Try again.`
      throw new OoreError('unavailable', why, { cause: error })
    }
    throw error
  }
}

/** Asked for everyone, known or not, so that a refusal takes as long for one as for another. */
async function applying(
  ctx: Ctx,
  door: Door,
  who: { person: ForgePerson; token: Tokens['accessToken'] },
): Promise<EntryRule[]> {
  const rules = await rulesOf(ctx, door)
  const fits = await Promise.all(rules.map((rule) => door.forge.isMember(rule, who)))
  return rules.filter((_, index) => fits[index])
}

/** The same for who was never invited, who is disabled, and who is no member any more. */
function mayNotEnter(door: Door, { login, verifiedEmail }: ForgePerson): OoreError {
  const unverified =
    verifiedEmail === null ? ` ${door.name} has no verified e-mail address of yours to go by.` : ''
  return new OoreError(
    'forbidden',
    `${login} of ${door.name} may not enter here now.${unverified} An administrator of this server ` +
      `decides: ask to be invited, or to be made a member of a ${door.groupWord} that may enter.`,
  )
}

const tooLate = (): OoreError =>
  new OoreError('gone', 'Your invitation is too old. Ask an administrator to invite you again.')
