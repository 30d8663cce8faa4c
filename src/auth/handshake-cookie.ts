import { minutes } from '../lib/clock.ts'
import type { Secret } from '../lib/secret.ts'

const lifeMs = minutes(10)

/** The cookie that marks the browser which set out to a forge, until it is back. */
export const handshakeCookieName = (https: boolean): string =>
  https ? '__Host-oore-handshake' : 'oore_handshake'

/** `Set-Cookie` for it. `Lax`, because it has to come along when the forge sends the browser back. */
export const handshakeCookie = (https: boolean, value: Secret): string =>
  `${handshakeCookieName(https)}=${value.reveal()}${attributes(https)}; Max-Age=${lifeMs / 1000}`

/** `Set-Cookie` that takes it away. */
export const noHandshakeCookie = (https: boolean): string =>
  `${handshakeCookieName(https)}=${attributes(https)}; Max-Age=0`

const attributes = (https: boolean): string =>
  `; Path=/; HttpOnly; SameSite=Lax${https ? '; Secure' : ''}`
