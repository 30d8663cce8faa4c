import type { Id } from '../../lib/ids.ts'
import type { Millis } from '../../lib/clock.ts'
import { type Role, roles } from '../access/actor.ts'

/** Where people may sign in, besides with the admin token. */
export const signInProviders = ['github', 'gitlab'] as const
export type SignInProviderKey = (typeof signInProviders)[number]

/** Where a forge sends back who signs in: one of the redirect URIs of its application. */
export const signInCallbackPath = (provider: SignInProviderKey): string =>
  `/login/${provider}/callback`

/** `invited` have not come yet, and `disabled` may come no more. */
export const userStates = ['invited', 'active', 'disabled'] as const
export type UserState = (typeof userStates)[number]

/** An account at a forge that a person signs in with. */
export type Identity = {
  provider: SignInProviderKey
  /** The forge's host. */
  instance: string
  /** The forge's number of the account: names there change hands, numbers do not. */
  externalId: string
  login: string
  email: string | null
  /** Null while an invitation names it and nobody has come. */
  lastSignedInAt: Millis | null
}

/** Somebody who may enter, or might once. */
export type User = {
  id: Id
  name: string
  email: string | null
  role: Role
  /** An administrator chose the role by hand, so that no rule changes it. */
  isRoleFixed: boolean
  /** By an invitation; else by a rule, for as long as that applies. */
  isInvited: boolean
  state: UserState
  invitationEndsAt: Millis | null
  lastSignedInAt: Millis | null
  createdAt: Millis
  updatedAt: Millis
  identities: Identity[]
}

/** What the list of people may be narrowed by. */
export type UserFilters = { q: string | null; role: Role | null; state: UserState | null }

export const noUserFilters: UserFilters = { q: null, role: null, state: null }

/** The most powerful of these roles; null where there are none. */
export const highestRole = (given: readonly Role[]): Role | null =>
  roles.find((role) => given.includes(role)) ?? null

/**
 * An e-mail address as it is compared: in lower case, and ASCII alone, because letters from elsewhere
 * may become the same in lower case. Null where it is none that can be compared.
 */
export function comparableEmail(text: string): string | null {
  const email = text.trim().toLowerCase()
  const fits =
    /^[\x21-\x7e]+$/.test(text.trim()) &&
    email.length <= emailLengthMax &&
    /^[^@\s<>()[\]\\,;:"]+@[a-z0-9-]+(\.[a-z0-9-]+)+$/.test(email)
  return fits ? email : null
}

/** RFC 5321 has room for no more. Characters. */
const emailLengthMax = 254
