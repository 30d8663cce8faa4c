import { z } from 'zod'
import { safeNext } from '../auth/next.ts'
import { noSessionCookie, sessionCookie } from '../auth/session-cookie.ts'
import { signInLimit } from '../auth/sign-in-limit.ts'
import { createLoginLink, useLoginLink } from '../core/sessions/links.ts'
import { type OpenedSession, signIn, signOut } from '../core/sessions/open.ts'
import { isoTime } from '../lib/clock.ts'
import { OoreError } from '../lib/errors.ts'
import { missing } from '../lib/wording.ts'
import { paths } from '../views/paths.ts'
import { type Answer, goTo, showJson } from './lib/answer.ts'
import { callerOf, isHttps, sessionOf } from './lib/caller.ts'
import { isFromHere } from './lib/guard.ts'
import { type Call, type Route, route } from './lib/route.ts'
import { loginPage, signInRoutes } from './sign-in.tsx'

const nextQuery = z.object({ next: z.string().optional() })
const signInForm = z.object({
  token: z.string({ error: missing('the value of OORE_ADMIN_TOKEN') }).max(1000),
  remember: z.string().optional(),
  next: z.string().optional(),
})
const onceQuery = z.object({ code: z.string().max(100).optional() })
const linkBody = z.strictObject({ next: z.string().max(2000).optional() })

/** Signing in and out. `forget` makes the frame notice at once that a session has ended. */
export function sessionRoutes(forget: (cookie: string) => void): Route[] {
  const limit = signInLimit()

  const opened = (
    call: Call,
    { cookie, remembered }: OpenedSession,
    next: string | undefined,
  ): Answer => {
    const before = sessionOf(call)
    if (before !== undefined) forget(before)
    const setCookie = sessionCookie(isHttps(call), cookie, remembered)
    return goTo(safeNext(next, baseUrlOf(call)), { 'set-cookie': setCookie })
  }

  return [
    route({
      method: 'GET',
      path: '/login',
      guard: 'open',
      does: 'Where people sign in',
      query: nextQuery,
      run: ({ query, ctx }) => safeNext(query.next, ctx.config.baseUrl),
      page: (next, call) =>
        call.ctx.actor.is !== 'stranger' ? goTo(next) : loginPage(call, null, next),
    }),
    route({
      method: 'POST',
      path: '/login',
      guard: 'open',
      does: 'Sign in with the admin token',
      body: signInForm,
      run: (call) =>
        limit.attempt(call.address, () =>
          signIn(call.ctx, {
            token: call.body.token.trim(),
            remember: call.body.remember !== undefined,
            ...callerOf(call),
          }),
        ),
      page: (session, call) => opened(call, session, call.body.next),
      refused: (error, values, call) =>
        loginPage(call, error, safeNext(values['next'], baseUrlOf(call))),
    }),
    route({
      method: 'GET',
      path: '/login/once',
      guard: 'open',
      does: 'Sign this browser in with a code that is good once, on this machine',
      query: onceQuery,
      run: (call) => {
        if (!isFromHere(call)) throw onlyHere()
        // A look ahead at the address must not use the code up.
        if (call.method === 'HEAD') throw onlyByGet()
        return useLoginLink(call.ctx, call.query.code ?? '', callerOf(call))
      },
      page: ({ next, ...session }, call) => opened(call, session, next),
    }),
    // With a limit of its own: who gets in there has not proved to know the token.
    ...signInRoutes({ limit: signInLimit(), forget }),
    route({
      method: 'POST',
      path: '/login-links',
      guard: 'token',
      asks: 'session.link',
      does: 'Make a link that signs one browser on this machine in, once, within five minutes',
      body: linkBody,
      run: ({ ctx, body }) =>
        createLoginLink(ctx, { next: safeNext(body.next, ctx.config.baseUrl) }),
      api: ({ code, expiresAt }, { ctx }) => {
        const url = new URL('/login/once', ctx.config.baseUrl)
        // The code itself once, to who made it.
        url.searchParams.set('code', code.reveal())
        return showJson({ url: url.href, expires_at: isoTime(expiresAt) }, 201)
      },
    }),
    route({
      method: 'POST',
      path: '/logout',
      guard: 'open',
      does: 'Sign out',
      run: async (call) => {
        const cookie = sessionOf(call)
        if (cookie === undefined) return
        await signOut(call.ctx, cookie)
        forget(cookie)
      },
      page: (_, call) => goTo(paths.login(), { 'set-cookie': noSessionCookie(isHttps(call)) }),
    }),
  ]
}

const baseUrlOf = (call: Call): URL => call.ctx.config.baseUrl

const onlyByGet = (): OoreError =>
  new OoreError('not_allowed', 'HEAD is not possible here; GET is.')

const onlyHere = (): OoreError =>
  new OoreError('forbidden', 'Such a link works only on the machine that Oore runs on. Sign in.')
