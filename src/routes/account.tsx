import { z } from 'zod'
import { nameOf, roleOf } from '../core/access/actor.ts'
import { endOwnSessions, listOwnSessions } from '../core/sessions/own.ts'
import { changeOwnName } from '../core/users/change.ts'
import { showOwnUser } from '../core/users/find.ts'
import { leave } from '../core/users/remove.ts'
import { noSessionCookie } from '../auth/session-cookie.ts'
import type { FieldError } from '../lib/errors.ts'
import { AccountPage } from '../views/account/page.tsx'
import { paths } from '../views/paths.ts'
import { type Answer, goTo, showJson, showList, showNothing, showPage } from './lib/answer.ts'
import { isHttps, sessionOf } from './lib/caller.ts'
import { ownSessionJson, userJson } from './lib/people-json.ts'
import { type Call, type Route, route } from './lib/route.ts'
import { told } from './lib/told.ts'

// Strict: nobody gives themselves a role (security.md AZ-07).
const ownChanges = z.strictObject({ name: z.string().max(1000) })

/** What everyone may see and do of themselves. */
export const accountRoutes = (): Route[] => [
  route({
    method: 'GET',
    path: '/users/me',
    guard: 'signed-in',
    asks: 'self.use',
    does: 'Who asks, and with which role',
    run: async ({ ctx }) => ({ user: await showOwnUser(ctx), actor: ctx.actor }),
    api: ({ user, actor }) =>
      showJson(user ? userJson(user) : { id: null, name: nameOf(actor), role: roleOf(actor) }),
  }),
  route({
    method: 'PATCH',
    path: '/users/me',
    guard: 'signed-in',
    asks: 'self.use',
    does: 'Change one’s own name',
    body: ownChanges,
    run: ({ ctx, body }) => changeOwnName(ctx, body.name),
    api: (user) => showJson(userJson(user)),
  }),
  route({
    method: 'DELETE',
    path: '/users/me',
    guard: 'signed-in',
    asks: 'self.use',
    does: 'Leave: the account here is removed',
    run: ({ ctx }) => leave(ctx),
    api: () => showNothing(),
  }),
  route({
    method: 'GET',
    path: '/users/me/sessions',
    guard: 'signed-in',
    asks: 'self.use',
    does: 'Where one is signed in',
    run: (call) => listOwnSessions(call.ctx, sessionOf(call)),
    api: (data, call) => showList({ data, nextCursor: null }, ownSessionJson, call),
  }),
  route({
    method: 'DELETE',
    path: '/users/me/sessions',
    guard: 'signed-in',
    asks: 'self.use',
    does: 'Sign out everywhere',
    run: ({ ctx }) => endOwnSessions(ctx),
    api: () => showNothing(),
  }),
  route({
    method: 'GET',
    path: '/account',
    guard: 'signed-in',
    asks: 'self.use',
    does: 'One’s own account',
    run: () => null,
    page: (_, call) => showAccount(call, []),
  }),
  route({
    method: 'POST',
    path: '/account',
    guard: 'signed-in',
    asks: 'self.use',
    does: 'Change one’s own name',
    body: ownChanges,
    run: ({ ctx, body }) => changeOwnName(ctx, body.name),
    page: () => goTo(paths.account()),
    refused: (error, values, call) => showAccount(call, told(error, values)),
  }),
  route({
    method: 'POST',
    path: '/account/sign-out-everywhere',
    guard: 'signed-in',
    asks: 'self.use',
    does: 'Sign out everywhere',
    run: ({ ctx }) => endOwnSessions(ctx),
    page: (_, call) => goTo(paths.login(), { 'set-cookie': noSessionCookie(isHttps(call)) }),
  }),
]

async function showAccount(call: Call, errors: readonly FieldError[]): Promise<Answer> {
  const { ctx, shell, now } = call
  const page = (
    <AccountPage
      shell={shell()}
      user={await showOwnUser(ctx)}
      role={roleOf(ctx.actor) ?? 'viewer'}
      sessions={await listOwnSessions(ctx, sessionOf(call))}
      errors={errors}
      now={now}
    />
  )
  return showPage(page)
}
