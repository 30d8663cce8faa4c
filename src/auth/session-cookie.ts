import { days, hours, type Millis } from '../lib/clock.ts'
import type { Secret } from '../lib/secret.ts'

/** How long a session lasts: unused, and in all. */
export type Lifetime = { idleMs: Millis; absoluteMs: Millis }

const remembered: Lifetime = { idleMs: days(7), absoluteMs: days(30) }
const forNow: Lifetime = { idleMs: hours(12), absoluteMs: hours(24) }

export const lifetimeOf = (remember: boolean): Lifetime => (remember ? remembered : forNow)

/**
 * The cookie's name. Over https the `__Host-` prefix makes the browser refuse it from subdomains
 * and without `Secure`; plain http cannot have that.
 */
export const sessionCookieName = (https: boolean): string =>
  https ? '__Host-oore' : 'oore_session'

/** `Set-Cookie` for a session. One that is not remembered ends with the browser. */
export function sessionCookie(https: boolean, value: Secret, remember: boolean): string {
  const age = remember ? `; Max-Age=${remembered.absoluteMs / 1000}` : ''
  return `${sessionCookieName(https)}=${value.reveal()}${attributes(https)}${age}`
}

/** `Set-Cookie` that takes the session away. */
export const noSessionCookie = (https: boolean): string =>
  `${sessionCookieName(https)}=${attributes(https)}; Max-Age=0`

const attributes = (https: boolean): string =>
  `; Path=/; HttpOnly; SameSite=Lax${https ? '; Secure' : ''}`
