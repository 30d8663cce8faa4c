import { sessionCookieName } from '../../auth/session-cookie.ts'
import type { Caller } from '../../core/sessions/open.ts'
import type { Call } from './route.ts'

/** Do people reach this server by https? Their cookies then say so. */
export const isHttps = ({ ctx }: Call): boolean => ctx.config.baseUrl.protocol === 'https:'

/** The session cookie that came along. */
export const sessionOf = (call: Call): string | undefined =>
  call.cookie(sessionCookieName(isHttps(call))) || undefined

/** Where a sign-in comes from. */
export const callerOf = (call: Call): Caller => ({
  previous: sessionOf(call),
  ip: call.address,
  userAgent: call.header('user-agent') ?? '',
})
