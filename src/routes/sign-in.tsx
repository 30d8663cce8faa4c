import { z } from 'zod'
import {
  handshakeCookie,
  handshakeCookieName,
  noHandshakeCookie,
} from '../auth/handshake-cookie.ts'
import { safeNext } from '../auth/next.ts'
import { sessionCookie } from '../auth/session-cookie.ts'
import type { SignInLimit } from '../auth/sign-in-limit.ts'
import { beginSignIn } from '../core/sign-in/begin.ts'
import { findDoor, listDoors } from '../core/sign-in/doors.ts'
import { finishSignIn, nextOfTrip } from '../core/sign-in/finish.ts'
import { signInCallbackPath, type SignInProviderKey, signInProviders } from '../core/users/user.ts'
import { minutes } from '../lib/clock.ts'
import { OoreError } from '../lib/errors.ts'
import { GoOnPage } from '../views/session/go-on.tsx'
import { LoginPage } from '../views/session/login.tsx'
import { type Answer, goTo, showPage } from './lib/answer.ts'
import { callerOf, isHttps, sessionOf } from './lib/caller.ts'
import { requestLimit } from './lib/request-limit.ts'
import { type Call, type Route, route } from './lib/route.ts'

/** Each leaves a row behind for ten minutes, and anybody may ask. */
const tripsMax = 60
const tripsWindowMs = minutes(15)

const wish = z.object({
  instance: z.string().max(300),
  next: z.string().max(2000).optional(),
  remember: z.string().optional(),
})

/** RFC 6749, 4.1.2, and RFC 9207. More may come along, and is overlooked. */
const answer = z.object({
  code: z.string().max(2000).optional(),
  state: z.string().max(200).optional(),
  error: z.string().max(200).optional(),
  iss: z.string().max(300).optional(),
})

type SignInParts = { limit: SignInLimit; forget: (cookie: string) => void }

/** Signing in with an account at a forge: off to there, and back. */
export function signInRoutes(parts: SignInParts): Route[] {
  const trips = requestLimit({ requestsMax: tripsMax, windowMs: tripsWindowMs })
  return signInProviders.flatMap((provider) => [
    route({
      method: 'POST',
      path: `/login/${provider}`,
      guard: 'open',
      does: 'Go to a forge to sign in there',
      body: wish,
      run: async ({ ctx, body, address }) => {
        await trips.count(address)
        const next = safeNext(body.next, ctx.config.baseUrl)
        const { name } = await findDoor(ctx, provider, body.instance)
        const remember = body.remember !== undefined
        const trip = await beginSignIn(ctx, { provider, instance: body.instance, next, remember })
        return { ...trip, name }
      },
      // Not a redirect: the page's policy would hold for wherever the forge leads on from there.
      page: ({ url, cookie, name }, call) => ({
        ...showPage(<GoOnPage shell={call.shell()} name={name} url={url.href} />),
        cookies: [handshakeCookie(isHttps(call), cookie)],
      }),
      refused: (error, values, call) =>
        loginPage(call, error, safeNext(values['next'], call.ctx.config.baseUrl)),
    }),
    route({
      method: 'GET',
      path: signInCallbackPath(provider),
      guard: 'open',
      does: 'Where a forge sends back who signs in there',
      query: answer,
      run: (call) => finish(call, provider, parts.limit),
      page: ({ next, cookie, remembered }, call) => {
        const before = sessionOf(call)
        if (before !== undefined) parts.forget(before)
        return {
          ...goTo(safeNext(next, call.ctx.config.baseUrl)),
          cookies: [
            sessionCookie(isHttps(call), cookie, remembered),
            noHandshakeCookie(isHttps(call)),
          ],
        }
      },
      refused: async (error, _, call) => {
        const { searchParams } = new URL(call.path, call.ctx.config.baseUrl)
        const next = await nextOfTrip(call.ctx, searchParams.get('state') ?? undefined)
        return loginPage(call, error, safeNext(next, call.ctx.config.baseUrl))
      },
    }),
  ])
}

function finish(
  call: Call<z.infer<typeof answer>>,
  provider: SignInProviderKey,
  limit: SignInLimit,
): ReturnType<typeof finishSignIn> {
  // A look ahead at the address must not use the code up.
  if (call.method === 'HEAD') {
    throw new OoreError('not_allowed', 'HEAD is not possible here; GET is.')
  }
  const { query, ctx } = call
  return limit.attempt(call.address, () =>
    finishSignIn(ctx, {
      provider,
      state: query.state,
      code: query.code,
      error: query.error,
      issuer: query.iss,
      cookie: call.cookie(handshakeCookieName(isHttps(call))),
      caller: callerOf(call),
    }),
  )
}

/** Everything that can be done to sign in, and what went wrong. */
export async function loginPage(
  call: Call,
  error: OoreError | null,
  next: string,
): Promise<Answer> {
  const doors = await listDoors(call.ctx)
  return showPage(
    <LoginPage
      shell={call.shell()}
      error={error?.message ?? null}
      next={next}
      doors={doors.map(({ provider, instance, name }) => ({ provider, instance, name }))}
    />,
  )
}
