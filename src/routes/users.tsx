import { z } from 'zod'
import { roles } from '../core/access/actor.ts'
import { listDoors } from '../core/sign-in/doors.ts'
import { changeUser } from '../core/users/change.ts'
import { showUser } from '../core/users/find.ts'
import { inviteUser } from '../core/users/invite.ts'
import { listUsers } from '../core/users/list.ts'
import { removeUser } from '../core/users/remove.ts'
import { signInProviders } from '../core/users/user.ts'
import type { OoreError } from '../lib/errors.ts'
import { InvitePage, type InviteValues } from '../views/people/invite.tsx'
import { PeoplePage } from '../views/people/list.tsx'
import { PersonPage, RemovePersonPage } from '../views/people/person.tsx'
import { paths } from '../views/paths.ts'
import {
  type Answer,
  goTo,
  showCreated,
  showJson,
  showList,
  showNothing,
  showPage,
} from './lib/answer.ts'
import { doorFields, roleIn } from './lib/door-fields.ts'
import { userJson } from './lib/people-json.ts'
import { pageOf, userFiltersOf, userQuery } from './lib/queries.ts'
import { type Call, type Route, route } from './lib/route.ts'
import { told } from './lib/told.ts'

const nameLengthMax = 1000
const role = z.enum(roles)

const invitation = z.strictObject({
  email: z.string().max(300).optional(),
  provider: z.enum(signInProviders).optional(),
  instance: z.string().max(300).optional(),
  login: z.string().max(300).optional(),
  role: role.optional(),
  name: z.string().max(nameLengthMax).optional(),
})

// Strict: whatever else a person has is not for a request to say (security.md AZ-07).
const changes = z.strictObject({
  role: role.optional(),
  state: z.enum(['active', 'disabled']).optional(),
  name: z.string().max(nameLengthMax).optional(),
})

/** People: who may enter, for programs and on pages. */
export const userRoutes = (): Route[] => [
  route({
    method: 'GET',
    path: '/users',
    guard: 'signed-in',
    asks: 'person.read',
    does: 'People, by name',
    query: userQuery,
    run: ({ ctx, query }) => listUsers(ctx, userFiltersOf(query), pageOf(query)),
    api: (page, call) => showList(page, userJson, call),
  }),
  route({
    method: 'POST',
    path: '/users',
    guard: 'signed-in',
    asks: 'person.change',
    does: 'Invite somebody by e-mail address, or by their account at a forge; again: for two weeks more',
    body: invitation,
    run: ({ ctx, body }) => inviteUser(ctx, body),
    api: ({ user, isNew }) =>
      isNew ? showCreated(userJson(user), `/api/users/${user.id}`) : showJson(userJson(user)),
  }),
  route({
    method: 'GET',
    path: '/users/:id',
    guard: 'signed-in',
    asks: 'person.read',
    does: 'One person',
    run: (call) => showUser(call.ctx, call.id()),
    api: (user) => showJson(userJson(user)),
  }),
  route({
    method: 'PATCH',
    path: '/users/:id',
    guard: 'signed-in',
    asks: 'person.change',
    does: 'Change the role, the state or the name of a person, at once',
    body: changes,
    run: (call) => changeUser(call.ctx, call.id(), call.body),
    api: (user) => showJson(userJson(user)),
  }),
  route({
    method: 'DELETE',
    path: '/users/:id',
    guard: 'signed-in',
    asks: 'person.change',
    does: 'Remove a person',
    run: (call) => removeUser(call.ctx, call.id()),
    api: () => showNothing(),
  }),
  ...peoplePages(),
]

const peoplePages = (): Route[] => [
  route({
    method: 'GET',
    path: '/settings/people',
    guard: 'signed-in',
    asks: 'person.read',
    does: 'People, by name',
    query: userQuery,
    run: ({ ctx, query }) => listUsers(ctx, userFiltersOf(query), pageOf(query)),
    page: (page, { shell, query, now }) =>
      showPage(
        <PeoplePage
          shell={shell()}
          page={page}
          filters={userFiltersOf(query)}
          cursor={query.cursor ?? null}
          now={now}
        />,
      ),
  }),
  route({
    method: 'GET',
    path: '/settings/people/invite',
    guard: 'signed-in',
    asks: 'person.change',
    does: 'The form that invites somebody',
    run: () => ({ email: '', door: '', login: '', role: 'developer' }) as const,
    page: (values, call) => showInvite(call, values, null),
  }),
  route({
    method: 'POST',
    path: '/settings/people/invite',
    guard: 'signed-in',
    asks: 'person.change',
    does: 'Invite somebody',
    body: invitation,
    form: ({ email = '', login = '', door = '', ...fields }) => ({
      ...(fields['role'] ? { role: fields['role'] } : {}),
      ...(email.trim() === '' ? {} : { email }),
      ...(login.trim() === '' ? {} : { login, ...doorFields(door) }),
    }),
    run: ({ ctx, body }) => inviteUser(ctx, body),
    page: ({ user }) => goTo(paths.person(user.id)),
    refused: (error, values, call) => {
      const { email = '', door = '', login = '' } = values
      const typed = { email, door, login, role: roleIn(values['role']) }
      return showInvite(call, typed, { error, values })
    },
  }),
  route({
    method: 'GET',
    path: '/settings/people/:id',
    guard: 'signed-in',
    asks: 'person.read',
    does: 'One person',
    run: (call) => showUser(call.ctx, call.id()),
    page: (user, { shell, now }) =>
      showPage(<PersonPage shell={shell()} user={user} errors={[]} now={now} />),
  }),
  route({
    method: 'POST',
    path: '/settings/people/:id',
    guard: 'signed-in',
    asks: 'person.change',
    does: 'Change the role or the name of a person',
    body: changes.omit({ state: true }),
    run: (call) => changeUser(call.ctx, call.id(), call.body),
    page: (user) => goTo(paths.person(user.id)),
    refused: showPersonAgain,
  }),
  ...(['disable', 'enable'] as const).map((verb) =>
    route({
      method: 'POST',
      path: `/settings/people/:id/${verb}`,
      guard: 'signed-in',
      asks: 'person.change',
      does: verb === 'disable' ? 'Keep a person out, at once' : 'Let a person in again',
      run: (call) =>
        changeUser(call.ctx, call.id(), { state: verb === 'disable' ? 'disabled' : 'active' }),
      page: (user) => goTo(paths.person(user.id)),
      refused: showPersonAgain,
    }),
  ),
  route({
    method: 'GET',
    path: '/settings/people/:id/remove',
    guard: 'signed-in',
    asks: 'person.change',
    does: 'Asks before a person is removed',
    run: (call) => showUser(call.ctx, call.id()),
    page: (user, { shell, now }) =>
      showPage(<RemovePersonPage shell={shell()} user={user} errors={[]} now={now} />),
  }),
  route({
    method: 'POST',
    path: '/settings/people/:id/remove',
    guard: 'signed-in',
    asks: 'person.change',
    does: 'Remove a person',
    run: (call) => removeUser(call.ctx, call.id()),
    page: () => goTo(paths.people()),
    refused: async (error, values, call) =>
      showPage(
        <RemovePersonPage
          shell={call.shell()}
          user={await showUser(call.ctx, call.id())}
          errors={told(error, values)}
          now={call.now}
        />,
      ),
  }),
]

async function showPersonAgain(
  error: OoreError,
  values: Record<string, string>,
  call: Call,
): Promise<Answer> {
  const user = await showUser(call.ctx, call.id())
  const errors = told(error, values)
  return showPage(<PersonPage shell={call.shell()} user={user} errors={errors} now={call.now} />)
}

async function showInvite(
  call: Call,
  values: InviteValues,
  wrong: { error: OoreError; values: Record<string, string> } | null,
): Promise<Answer> {
  const doors = await listDoors(call.ctx)
  const errors = wrong === null ? [] : told(wrong.error, wrong.values)
  return showPage(<InvitePage shell={call.shell()} doors={doors} values={values} errors={errors} />)
}
