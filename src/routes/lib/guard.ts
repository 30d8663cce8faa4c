import { bearerOf, provesAdmin } from '../../auth/bearer.ts'
import { sessionCookieName } from '../../auth/session-cookie.ts'
import type { Actor } from '../../core/access/actor.ts'
import { OoreError } from '../../lib/errors.ts'
import { isLoopback } from './host.ts'
import type { Call, Guard } from './route.ts'
import type { SessionReader } from './session-reader.ts'

export type Caller = { actor: Actor; byToken: boolean }

const stranger: Caller = { actor: { is: 'stranger' }, byToken: false }

/**
 * Who is asking: by a token in the header, else by a session cookie. A header that proves nothing
 * makes a stranger, whatever cookie comes with it.
 */
export async function callerOf(call: Call, sessions: SessionReader): Promise<Caller> {
  const { config } = call.ctx
  const presented = call.header('authorization')
  if (presented !== undefined) {
    const token = bearerOf(presented)
    const proven =
      token !== null && config.adminToken !== null && provesAdmin(token, config.adminToken)
    return proven ? { actor: { is: 'admin', via: 'token' }, byToken: true } : stranger
  }
  const cookie = call.cookie(sessionCookieName(config.baseUrl.protocol === 'https:'))
  if (cookie === undefined || cookie === '') return stranger
  const actor = await sessions.read(call.ctx, cookie)
  return actor === null ? stranger : { actor, byToken: false }
}

/** Lets the caller pass, or throws `unauthenticated`. */
export function pass(guard: Guard, caller: Caller, call: Call): void {
  if (mayPass(guard, caller, call)) return
  throw new OoreError(
    'unauthenticated',
    guard === 'token'
      ? 'Send the admin token: Authorization: Bearer <token>.'
      : 'Sign in, or send a token: Authorization: Bearer <token>.',
  )
}

function mayPass(guard: Guard, { actor, byToken }: Caller, call: Call): boolean {
  switch (guard) {
    case 'open':
    case 'hook':
    case 'probe':
      return true
    case 'signed-in':
      return actor.is !== 'stranger'
    case 'token':
      return byToken
    case 'scraper':
      return byToken || isFromHere(call)
  }
}

/**
 * Does the request come from this machine itself? One that a proxy passed on may not, though the
 * proxy runs here: unless it is a trusted one, which tells the true address.
 */
export function isFromHere({ address, ctx, header }: Call): boolean {
  const isPassedOn = ['x-forwarded-for', 'forwarded'].some((name) => header(name) !== undefined)
  return isLoopback(address) && (!isPassedOn || ctx.config.trustedProxies.length > 0)
}
