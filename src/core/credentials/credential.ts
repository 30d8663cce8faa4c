import type { Id } from '../../lib/ids.ts'
import { days, type Millis } from '../../lib/clock.ts'
import type { CredentialKind, Described } from '../../signing/credential.ts'

export { type CredentialKind, credentialKinds } from '../../signing/credential.ts'

/** Something to sign with, as people see it: nothing secret is in it. */
export type Credential<K extends CredentialKind = CredentialKind> = {
  [Each in CredentialKind]: {
    id: Id
    kind: Each
    name: string
    described: Described[Each]
    /** Null where it never expires. */
    expiresAt: Millis | null
    /** Did Oore have it made at Apple's? */
    isMadeHere: boolean
    /** The key of App Store Connect that it was had by, and is renewed by; null where it was uploaded. */
    appleKey: Id | null
    lastUsed: { buildId: Id; at: Millis } | null
    createdBy: string
    createdAt: Millis
    updatedAt: Millis
  }
}[K]

/** How each kind is called in sentences. */
export const kindNames: Record<CredentialKind, string> = {
  certificate: 'certificate',
  profile: 'profile',
  keystore: 'keystore',
  app_store_key: 'App Store Connect key',
}

/** The noun of each kind in addresses. */
export const credentialNouns: Record<CredentialKind, string> = {
  certificate: 'certificates',
  profile: 'profiles',
  keystore: 'keystores',
  app_store_key: 'app-store-keys',
}

/** Days before an expiry at which people are told. */
export const expiryDays = [30, 14, 3, 0] as const
export type ExpiryDays = (typeof expiryDays)[number]

/** The nearest of those that has been reached; null while it is further away than any. */
export function expiryStage(expiresAt: Millis, now: Millis): ExpiryDays | null {
  const left = expiresAt - now
  const reached = expiryDays.filter((each) => left <= days(each))
  return reached.at(-1) ?? null
}

const daysOfYear = 365
/** From here on days say nothing to people. */
const inYearsFrom = 2 * daysOfYear

/** `expires in 12 days`, `expires in 24 years`, `expires today`, `expired 3 days ago`. */
export function expiryText(expiresAt: Millis, now: Millis): string {
  const left = Math.floor((expiresAt - now) / days(1))
  if (left >= inYearsFrom) return `expires in ${Math.floor(left / daysOfYear)} years`
  if (expiresAt <= now) {
    const ago = Math.floor((now - expiresAt) / days(1))
    return ago === 0 ? 'expired today' : `expired ${ago === 1 ? 'yesterday' : `${ago} days ago`}`
  }
  return left === 0 ? 'expires today' : `expires in ${left === 1 ? 'one day' : `${left} days`}`
}

export const credentialNameLengthMax = 100
/** What names may be made of: they are written in configurations, and in addresses. */
export const credentialNamePattern = /^[\p{L}\p{N}][\p{L}\p{N} ._()@+-]{0,99}$/u
export const credentialNameRule =
  'up to 100 letters, digits, blanks and . _ - + @ ( ), beginning with a letter or digit'
