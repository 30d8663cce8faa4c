import { z } from 'zod'
import { disconnectGithub } from '../core/github/disconnect.ts'
import { beginGithubSetup, showGithubSetup } from '../core/github/setup.ts'
import { showGithub } from '../core/github/show.ts'
import { syncGithub } from '../core/github/sync.ts'
import { resetGithubWebhook } from '../core/github/webhook.ts'
import { isId } from '../lib/ids.ts'
import { OoreError } from '../lib/errors.ts'
import { DisconnectGithubPage } from '../views/github/disconnect.tsx'
import { GithubPage } from '../views/github/page.tsx'
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
import {
  githubJson,
  installationJson,
  setupBegunJson,
  setupJson,
  syncedJson,
} from './lib/github-json.ts'
import { type Call, type Route, route } from './lib/route.ts'
import { told } from './lib/told.ts'
import { withoutEmpty } from './lib/without-empty.ts'

const setupBody = z.strictObject({
  organization: z.string().max(200).optional(),
  replace: z.boolean().optional(),
})
const setupForm = setupBody.pick({ organization: true })
const setupQuery = z.object({ id: z.string().max(40).optional() })

/** The connection to GitHub: its settings, and what programs may do with it. */
export const githubRoutes = (): Route[] => [
  route({
    method: 'GET',
    path: '/settings/github',
    guard: 'signed-in',
    asks: 'connection.read',
    does: 'The GitHub App: whether it works, and who has it',
    run: ({ ctx }) => showGithub(ctx),
    page: (_, call) => showSettings(call),
  }),
  route({
    method: 'POST',
    path: '/settings/github/connect',
    guard: 'signed-in',
    asks: 'connection.change',
    does: 'Begin to connect GitHub',
    body: setupForm,
    form: withoutEmpty,
    run: ({ ctx, body }) => beginGithubSetup(ctx, body),
    page: ({ url }) => {
      const { pathname, search } = new URL(url)
      return goTo(`${pathname}${search}`)
    },
    refused: (error, values, call) => showSettings(call, error, values),
  }),
  route({
    method: 'POST',
    path: '/settings/github/sync',
    guard: 'signed-in',
    asks: 'connection.change',
    does: 'Fetch all installations and repositories anew',
    run: ({ ctx }) => syncGithub(ctx),
    page: () => goTo(paths.github()),
    refused: (error, values, call) => showSettings(call, error, values),
  }),
  route({
    method: 'POST',
    path: '/settings/github/webhook',
    guard: 'signed-in',
    asks: 'connection.change',
    does: 'Set the address of the App’s webhook at GitHub, and a new secret',
    run: ({ ctx }) => resetGithubWebhook(ctx),
    page: () => goTo(paths.github()),
    refused: (error, values, call) => showSettings(call, error, values),
  }),
  route({
    method: 'GET',
    path: '/settings/github/disconnect',
    guard: 'signed-in',
    asks: 'connection.change',
    does: 'Asks before GitHub is disconnected',
    run: ({ ctx }) => showGithub(ctx),
    page: (github, { shell }) => showPage(<DisconnectGithubPage shell={shell()} github={github} />),
  }),
  route({
    method: 'POST',
    path: '/settings/github/disconnect',
    guard: 'signed-in',
    asks: 'connection.change',
    does: 'Disconnect GitHub',
    run: ({ ctx }) => disconnectGithub(ctx),
    page: () => goTo(paths.github()),
  }),

  route({
    method: 'GET',
    path: '/github',
    guard: 'signed-in',
    asks: 'connection.read',
    does: 'The GitHub App: whether it works, and what it lacks',
    run: ({ ctx }) => showGithub(ctx),
    api: (github) => showJson(githubJson(github)),
  }),
  route({
    method: 'DELETE',
    path: '/github',
    guard: 'signed-in',
    asks: 'connection.change',
    does: 'Disconnect GitHub: its repositories stay, paused',
    run: ({ ctx }) => disconnectGithub(ctx),
    api: () => showNothing(),
  }),
  route({
    method: 'POST',
    path: '/github/setup',
    guard: 'signed-in',
    asks: 'connection.change',
    does: 'Begin to connect GitHub: a browser goes to the address in the answer',
    body: setupBody,
    run: ({ ctx, body }) => beginGithubSetup(ctx, body),
    api: (begun) => showCreated(setupBegunJson(begun), `/api/github/setup/status?id=${begun.id}`),
  }),
  route({
    method: 'GET',
    path: '/github/setup/status',
    guard: 'signed-in',
    asks: 'connection.read',
    does: 'How a setup of GitHub stands: the newest, or the one of this id',
    query: setupQuery,
    run: async ({ ctx, query }) => {
      if (query.id !== undefined && !isId(query.id)) {
        throw new OoreError('not_found', 'There is no such setup under way. Begin again.')
      }
      const setup = await showGithubSetup(ctx, query.id ?? null)
      return { setup, github: await showGithub(ctx) }
    },
    api: ({ setup, github }) => showJson(setupJson(setup, github.app)),
  }),
  route({
    method: 'GET',
    path: '/github/installations',
    guard: 'signed-in',
    asks: 'connection.read',
    does: 'The accounts that have the GitHub App',
    run: ({ ctx }) => showGithub(ctx),
    api: ({ installations }, call) =>
      showList({ data: installations, nextCursor: null }, installationJson, call),
  }),
  route({
    method: 'POST',
    path: '/github/sync',
    guard: 'signed-in',
    asks: 'connection.change',
    does: 'Fetch all installations and repositories anew',
    run: ({ ctx }) => syncGithub(ctx),
    api: (synced) => showJson(syncedJson(synced)),
  }),
  route({
    method: 'POST',
    path: '/github/webhook/reset',
    guard: 'signed-in',
    asks: 'connection.change',
    does: 'Set the address of the App’s webhook at GitHub, and a new secret',
    run: async ({ ctx }) => {
      await resetGithubWebhook(ctx)
      return showGithub(ctx)
    },
    api: (github) => showJson(githubJson(github)),
  }),
]

async function showSettings(
  call: Call,
  error: OoreError | null = null,
  values: Record<string, string> = {},
): Promise<Answer> {
  const page = (
    <GithubPage
      shell={call.shell()}
      github={await showGithub(call.ctx)}
      organization={values['organization'] ?? ''}
      errors={error === null ? [] : told(error, values)}
      now={call.now}
    />
  )
  return showPage(page)
}
