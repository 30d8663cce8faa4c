import { randomBytes } from 'node:crypto'
import { type Call, type Reply, type Route, textIn } from '../forge.ts'
import { button, page } from '../page.ts'
import { faultOfChallenge, fitsChallenge } from '../pkce.ts'
import { notAccessible, userOf, type Scene } from './bearer.ts'
import type { Approval } from './manifest.ts'
import { goTo, ok, paged } from './pages.ts'
import { accountShape, organizationShape } from './shapes.ts'
import { type App, isName, type Token, type World } from './world.ts'

const codeMs = 600_000
const userTokenSeconds = 28_800
const refreshTokenSeconds = 15_897_600

/** Signing in on the web: docs.github.com, "Generating a user access token for a GitHub App". */
export function signInRoutes(scene: Scene, approval: Approval): Route[] {
  const { world } = scene
  const breach = (what: string) => void scene.breaches.push(`sign-in: ${what}`)

  function authorize(call: Call, decision: string | null): Reply {
    const { query } = call
    const app = world.apps.find((one) => one.clientId === query.get('client_id'))
    if (app === undefined) {
      breach(`client_id is ${query.get('client_id')}`)
      return page(404, 'Not found', '<p>No App has this client_id.</p>')
    }
    const redirectUri = query.get('redirect_uri') ?? app.callbackUrls[0] ?? null
    const state = query.get('state')
    if (state === null) breach('there is no state')
    const fault = faultOfChallenge(query.get('code_challenge'), query.get('code_challenge_method'))
    if (fault !== null) breach(fault)
    if (redirectUri === null || !isCallback(app, redirectUri)) {
      breach(`redirect_uri is ${redirectUri}, which is no callback URL of the App`)
      return back(app.callbackUrls[0] ?? scene.url(), {
        error: 'redirect_uri_mismatch',
        error_description: 'The redirect_uri is not associated with this application.',
        error_uri: 'https://docs.github.com/apps/managing-oauth-apps/troubleshooting',
        state,
      })
    }
    const login = world.currentPerson
    if (approval.byHand && decision === null && login !== null) {
      return page(200, `Authorize ${app.name}`, choices(world, call.path))
    }
    if (login === null || decision === 'deny') {
      return back(redirectUri, {
        error: 'access_denied',
        error_description: 'The user has denied your application access.',
        error_uri: 'https://docs.github.com/apps/managing-oauth-apps/troubleshooting',
        state,
      })
    }
    const code = randomBytes(10).toString('hex')
    const untilMs = scene.now() + codeMs
    const challenge = query.get('code_challenge')
    const clientId = app.clientId
    world.codes.push({ is: 'sign-in', code, login, clientId, redirectUri, challenge, untilMs })
    return back(redirectUri, { code, state })
  }

  function tokenReply(call: Call): Record<string, string | number> {
    const { fields } = call
    const app = world.apps.find((one) => one.clientId === textIn(fields, 'client_id'))
    if (app === undefined || app.clientSecret !== textIn(fields, 'client_secret')) {
      breach('client_id or client_secret is wrong')
      return failure(
        'incorrect_client_credentials',
        'The client_id and/or client_secret passed are incorrect.',
      )
    }
    if (textIn(fields, 'grant_type') === 'refresh_token') return refreshed(app, fields)
    const at = world.codes.findIndex(
      (one) => one.is === 'sign-in' && one.code === textIn(fields, 'code'),
    )
    const [code] = at < 0 ? [] : world.codes.splice(at, 1)
    const isGood =
      code?.is === 'sign-in' &&
      code.clientId === app.clientId &&
      code.untilMs > scene.now() &&
      fitsChallenge(code.challenge, textIn(fields, 'code_verifier'))
    if (!isGood) {
      breach('the code is unknown, used, too old, or its verifier is wrong')
      return failure('bad_verification_code', 'The code passed is incorrect or expired.')
    }
    const redirectUri = textIn(fields, 'redirect_uri')
    if (redirectUri !== null && redirectUri !== code.redirectUri) {
      breach(`redirect_uri is ${redirectUri}`)
      return failure(
        'redirect_uri_mismatch',
        'The redirect_uri MUST match the registered callback URL for this application.',
      )
    }
    return newToken(app, code.login)
  }

  function refreshed(app: App, fields: Record<string, unknown>): Record<string, string | number> {
    const at = world.tokens.findIndex(
      (one) => one.is === 'user' && one.refreshToken === textIn(fields, 'refresh_token'),
    )
    const [token] = at < 0 ? [] : world.tokens.splice(at, 1)
    if (token?.is !== 'user' || token.appId !== app.id) {
      return failure('bad_refresh_token', 'The refresh token passed is incorrect or expired.')
    }
    return newToken(app, token.login)
  }

  function newToken(app: App, login: string): Record<string, string | number> {
    const token: Token = {
      is: 'user',
      token: `ghu_${randomBytes(18).toString('hex')}`,
      refreshToken: `ghr_${randomBytes(38).toString('hex')}`,
      login,
      appId: app.id,
      expiresAtMs: scene.now() + userTokenSeconds * 1000,
    }
    world.tokens.push(token)
    return {
      access_token: token.token,
      expires_in: userTokenSeconds,
      refresh_token: token.refreshToken,
      refresh_token_expires_in: refreshTokenSeconds,
      // A GitHub App's tokens have no scopes: what they may do are the App's permissions.
      scope: '',
      token_type: 'bearer',
    }
  }

  return [
    {
      method: 'GET',
      path: '/login/oauth/authorize',
      answer: (call) => authorize(call, null),
    },
    {
      method: 'POST',
      path: '/login/oauth/authorize',
      answer(call) {
        const login = textIn(call.fields, 'login')
        if (login !== null) world.currentPerson = login
        return authorize(call, textIn(call.fields, 'decision') ?? 'deny')
      },
    },
    {
      method: 'POST',
      path: '/login/oauth/access_token',
      answer(call) {
        const json = tokenReply(call)
        if ((call.headers['accept'] ?? '').includes('json')) return ok(json)
        const form = new URLSearchParams(Object.entries(json).map(([k, v]) => [k, String(v)]))
        const type = 'application/x-www-form-urlencoded; charset=utf-8'
        return { status: 200, headers: { 'content-type': type }, text: form.toString() }
      },
    },
  ]
}

/** What a person's token reads of the person. */
export function userRoutes(scene: Scene): Route[] {
  const { world } = scene
  const personOf = (call: Call) => {
    const { login, app } = userOf(call, scene)
    const person = world.people.find((one) => isName(one.login, login))
    if (person === undefined) throw notAccessible()
    return { person, app }
  }
  return [
    {
      method: 'GET',
      path: '/user',
      answer(call) {
        const { person } = personOf(call)
        return ok({
          ...accountShape(scene, person.login),
          name: person.name,
          company: null,
          // Public only where the person chose to show it: most have not.
          email: null,
          two_factor_authentication: true,
        })
      },
    },
    {
      method: 'GET',
      path: '/user/emails',
      answer(call) {
        const { person, app } = personOf(call)
        // The App's form calls it `emails`, the API's description `email_addresses`.
        const { emails, email_addresses: addresses } = app.permissions
        if (emails === undefined && addresses === undefined) throw notAccessible()
        const { page: shown, headers } = paged(call, person.emails, scene.url())
        return ok(
          shown.map((one) => ({ ...one, visibility: one.primary ? 'private' : null })),
          headers,
        )
      },
    },
    {
      method: 'GET',
      path: '/user/orgs',
      answer(call) {
        const { person, app } = personOf(call)
        // A GitHub App's token sees the organizations on which the App is.
        const all = world.orgs.filter(
          (org) =>
            org.members[person.login]?.state === 'active' &&
            world.installations.some(
              (one) => one.appId === app.id && isName(one.account, org.login),
            ),
        )
        const { page: shown, headers } = paged(call, all, scene.url())
        return ok(
          shown.map((org) => organizationShape(scene, org.login)),
          headers,
        )
      },
    },
  ]
}

/** GitHub lets a path below a callback URL be asked for, and on loopback any port. */
function isCallback(app: App, redirectUri: string): boolean {
  if (!URL.canParse(redirectUri)) return false
  const wanted = new URL(redirectUri)
  return app.callbackUrls.some((text) => {
    const url = new URL(text)
    const isLoopback = url.hostname === '127.0.0.1' || url.hostname === '[::1]'
    const isHost = isLoopback ? url.hostname === wanted.hostname : url.host === wanted.host
    const below = url.pathname.endsWith('/') ? url.pathname : `${url.pathname}/`
    const isPath = wanted.pathname === url.pathname || wanted.pathname.startsWith(below)
    return isHost && isPath && url.protocol === wanted.protocol
  })
}

function back(to: string, fields: Record<string, string | null>): Reply {
  const url = new URL(to)
  for (const [name, value] of Object.entries(fields)) {
    if (value !== null) url.searchParams.set(name, value)
  }
  return goTo(url.href)
}

const failure = (error: string, description: string): Record<string, string> => ({
  error,
  error_description: description,
  error_uri: 'https://docs.github.com/apps/managing-oauth-apps/troubleshooting',
})

const choices = (world: World, path: string): string =>
  world.people
    .map(({ login }) => button(path, `Continue as ${login}`, { login, decision: 'allow' }))
    .join('') + button(path, 'Cancel', { decision: 'deny' }, '<hr>')
