import { authorizationUrl, newVerifier } from '../../auth/oauth.ts'
import type { Secret } from '../../lib/secret.ts'
import type { Ctx } from '../ctx.ts'
import { beginHandshake, bindHandshake } from '../handshakes/begin.ts'
import type { SignInProviderKey } from '../users/user.ts'
import { findDoor } from './doors.ts'

export type SignInWish = {
  provider: SignInProviderKey
  instance: string
  /** A path of this server. */
  next: string
  remember: boolean
}

/**
 * Sends this browser off to a forge to sign in: where it has to go, and the cookie that it has to
 * come back with within ten minutes. Throws OoreError `not_found` where that is not connected.
 */
export async function beginSignIn(
  ctx: Ctx,
  wish: SignInWish,
): Promise<{ url: URL; cookie: Secret }> {
  const door = await findDoor(ctx, wish.provider, wish.instance)
  const verifier = newVerifier()
  const { state } = await beginHandshake(ctx, {
    purpose: 'sign_in',
    data: {
      provider: wish.provider,
      instance: wish.instance,
      next: wish.next,
      remember: wish.remember ? 'true' : null,
    },
    verifier,
  })
  const { cookie } = await bindHandshake(ctx, state.reveal())
  return { url: authorizationUrl(door.app, { state, verifier, scopes: door.scopes }), cookie }
}
