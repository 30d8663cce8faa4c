import { z } from 'zod'
import {
  handshakeCookie,
  handshakeCookieName,
  noHandshakeCookie,
} from '../auth/handshake-cookie.ts'
import { takeCreatedApp } from '../core/github/created.ts'
import { type Installed, takeInstalledApp } from '../core/github/installed.ts'
import { prepareGithubApp } from '../core/github/setup.ts'
import { OoreError } from '../lib/errors.ts'
import {
  GithubInstalledPage,
  GithubSetupFailedPage,
  minutesUntil,
  NewGithubAppPage,
} from '../views/github/setup.tsx'
import { type Answer, goTo, showPage } from './lib/answer.ts'
import { statusOf } from './lib/errors.tsx'
import { mayPostTo } from './lib/headers.ts'
import { type Call, type Route, route } from './lib/route.ts'

const text = z.string().max(1000).optional()
const newQuery = z.object({ state: text })
const callbackQuery = z.object({ code: text, state: text, error: text })
const installedQuery = z.object({ installation_id: text, setup_action: text, state: text })

/**
 * Where a browser passes on its way to GitHub and back. They are open: whoever begins in a terminal
 * need not be signed in where the browser is. The state in the address is the proof.
 */
export const githubSetupRoutes = (): Route[] => [
  route({
    method: 'GET',
    path: '/setup/github/new',
    guard: 'open',
    does: 'Sends a browser to GitHub, to create the App',
    query: newQuery,
    run: (call) => {
      onlyByGet(call)
      return orTrouble(() =>
        prepareGithubApp(call.ctx, { state: call.query.state ?? '', held: heldBy(call) }),
      )
    },
    page: (form, call) => {
      if (form instanceof OoreError) return showFailed(form, call)
      const page = (
        <NewGithubAppPage
          shell={call.shell()}
          action={form.action}
          manifest={JSON.stringify(form.manifest)}
          name={form.manifest.name}
          permissions={form.manifest.default_permissions}
          organization={form.organization}
          warning={form.warning}
          minutesLeft={minutesUntil(form.endsAt, call.now)}
        />
      )
      const answer = showPage(page)
      const cookie = handshakeCookie(isHttps(call), form.cookie)
      const headers = { ...mayPostTo(new URL(form.action).origin), 'set-cookie': cookie }
      return { ...answer, headers: { ...answer.headers, ...headers } }
    },
  }),
  route({
    method: 'GET',
    path: '/setup/github/callback',
    guard: 'open',
    does: 'Takes a browser in that created the App on GitHub, and sends it on to install it',
    query: callbackQuery,
    run: (call) => {
      onlyByGet(call)
      const { code, state, error } = call.query
      return orTrouble(() => takeCreatedApp(call.ctx, { code, state, error, cookie: heldBy(call) }))
    },
    page: (created, call) =>
      created instanceof OoreError
        ? showFailed(created, call)
        : goTo(created.installUrl, {
            'set-cookie': handshakeCookie(isHttps(call), created.cookie),
          }),
  }),
  route({
    method: 'GET',
    path: '/setup/github/installed',
    guard: 'open',
    does: 'Takes a browser in that installed the App on GitHub',
    query: installedQuery,
    run: (call) => {
      onlyByGet(call)
      const { installation_id: installationId, setup_action: setupAction, state } = call.query
      return orTrouble(() =>
        takeInstalledApp(call.ctx, { installationId, setupAction, state, cookie: heldBy(call) }),
      )
    },
    page: (installed, call) => {
      if (installed instanceof OoreError) return showFailed(installed, call)
      const answer = showPage(<GithubInstalledPage shell={call.shell()} {...wordsOf(installed)} />)
      if (!call.query.state) return answer
      const headers = { ...answer.headers, 'set-cookie': noHandshakeCookie(isHttps(call)) }
      return { ...answer, headers }
    },
  }),
]

function wordsOf(installed: Installed): {
  title: string
  text: string
  kind: 'success' | 'info' | 'warning'
} {
  switch (installed.is) {
    case 'synced': {
      const { account, repositories: count } = installed
      const what = count === 1 ? '1 repository is' : `${count} repositories are`
      return {
        title: 'GitHub is connected',
        text: `${what} here from ${account}. Push to one of them, and it is built.`,
        kind: 'success',
      }
    }
    case 'later':
      return {
        title: 'The GitHub App is installed',
        text: `The repositories of ${installed.account} come as soon as GitHub answers. ${installed.why}`,
        kind: 'warning',
      }
    case 'requested':
      return {
        title: 'An owner has to agree',
        text: 'You asked for the GitHub App. When an owner of the organization agrees, its repositories appear here by themselves.',
        kind: 'info',
      }
    case 'shown':
      return {
        title: 'Saved on GitHub',
        text: 'GitHub tells Oore by itself which repositories were chosen; they appear here within moments.',
        kind: 'info',
      }
    default:
      return installed satisfies never
  }
}

/** What people can do something about becomes a page that says so; all else is a bug. */
async function orTrouble<T>(work: () => Promise<T>): Promise<T | OoreError> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof OoreError) return error
    throw error
  }
}

const showFailed = (error: OoreError, call: Call): Answer =>
  showPage(
    <GithubSetupFailedPage shell={call.shell()} message={error.message} />,
    statusOf[error.trouble],
  )

/** A look ahead at the address must not use the state up. */
function onlyByGet(call: Call): void {
  if (call.method !== 'HEAD') return
  throw new OoreError('not_allowed', 'HEAD is not possible here; GET is.')
}

const isHttps = ({ ctx }: Call): boolean => ctx.config.baseUrl.protocol === 'https:'
const heldBy = (call: Call): string | undefined => call.cookie(handshakeCookieName(isHttps(call)))
