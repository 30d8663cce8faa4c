import { randomBytes } from 'node:crypto'
import { type Call, type Refused, type Reply, type Route, textIn } from '../forge.ts'
import { basicLogin } from '../git-request.ts'
import { button, page } from '../page.ts'
import { faultOfChallenge, fitsChallenge } from '../pkce.ts'
import { refuse, type Scene } from './bearer.ts'
import { ok } from './pages.ts'
import type { OauthApp, Token } from './world.ts'

const codeMs = 600_000
const tokenSeconds = 7200

/** OAuth 2.0 as docs.gitlab.com, "OAuth 2.0 identity provider API" has it, with PKCE. */
export function oauthRoutes(scene: Scene, approval: { byHand: boolean }): Route[] {
  const { world } = scene
  const breach = (what: string) => void scene.breaches.push(`oauth: ${what}`)

  function authorize(call: Call, decision: string | null): Reply {
    const { query } = call
    const app = world.apps.find((one) => one.clientId === query.get('client_id'))
    const redirectUri = query.get('redirect_uri')
    if (app === undefined) {
      breach(`client_id is ${query.get('client_id')}`)
      return page(401, 'An error has occurred', '<p>Client authentication failed.</p>')
    }
    // GitLab compares the whole address, and never sends anyone to another.
    if (redirectUri === null || !app.redirectUris.includes(redirectUri)) {
      breach(`redirect_uri is ${redirectUri}`)
      return page(400, 'An error has occurred', '<p>The redirect URI included is not valid.</p>')
    }
    const state = query.get('state')
    if (state === null) breach('there is no state')
    const fault = faultOfChallenge(query.get('code_challenge'), query.get('code_challenge_method'))
    if (fault !== null) breach(fault)
    const back = (fields: Record<string, string>): Reply => {
      const to = new URL(redirectUri)
      for (const [name, value] of Object.entries(fields)) to.searchParams.set(name, value)
      if (state !== null) to.searchParams.set('state', state)
      return { status: 302, headers: { location: to.href }, text: '' }
    }
    if (query.get('response_type') !== 'code') {
      breach(`response_type is ${query.get('response_type')}`)
      return back({ error: 'unsupported_response_type' })
    }
    const scopes = (query.get('scope') ?? app.scopes[0] ?? '').split(' ')
    if (!scopes.every((scope) => app.scopes.includes(scope))) {
      breach(`scope is ${scopes.join(' ')}`)
      const words = 'The requested scope is invalid, unknown, or malformed.'
      return back({ error: 'invalid_scope', error_description: words })
    }
    const username = world.currentPerson
    if (approval.byHand && decision === null && username !== null) {
      const people = world.people.map((person) =>
        button(call.path, `Continue as ${person.username}`, {
          username: person.username,
          decision: 'allow',
        }),
      )
      const cancel = button(call.path, 'Cancel', { decision: 'deny' }, '<hr>')
      return page(200, `Authorize ${app.name}`, people.join('') + cancel)
    }
    if (username === null || decision === 'deny') {
      const words = 'The resource owner or authorization server denied the request.'
      return back({ error: 'access_denied', error_description: words })
    }
    const code = randomBytes(32).toString('hex')
    const challenge = query.get('code_challenge')
    const untilMs = scene.now() + codeMs
    world.codes.push({ code, appId: app.id, username, redirectUri, scopes, challenge, untilMs })
    return back({ code })
  }

  function clientOf(call: Call): OauthApp {
    const basic = basicLogin(call.headers['authorization'])
    const id = basic?.username ?? textIn(call.fields, 'client_id')
    const secret = basic?.password ?? textIn(call.fields, 'client_secret')
    const app = world.apps.find((one) => one.clientId === id)
    if (app !== undefined && app.clientSecret === secret) return app
    breach('client_id or client_secret is wrong')
    throw refuse(401, {
      error: 'invalid_client',
      error_description:
        'Client authentication failed due to unknown client, no client authentication included, or unsupported authentication method.',
    })
  }

  function invalidGrant(why: string): Refused {
    breach(why)
    return refuse(400, {
      error: 'invalid_grant',
      error_description:
        'The provided authorization grant is invalid, expired, revoked, does not match the redirection URI used in the authorization request, or was issued to another client.',
    })
  }

  function newToken(app: OauthApp, username: string, scopes: string[]): Reply {
    const token: Token = {
      is: 'oauth',
      token: randomBytes(32).toString('hex'),
      refreshToken: randomBytes(32).toString('hex'),
      appId: app.id,
      username,
      scopes,
      expiresAtMs: scene.now() + tokenSeconds * 1000,
      isRevoked: false,
    }
    world.tokens.push(token)
    return ok({
      access_token: token.token,
      token_type: 'Bearer',
      expires_in: tokenSeconds,
      refresh_token: token.refreshToken,
      scope: scopes.join(' '),
      created_at: Math.floor(scene.now() / 1000),
    })
  }

  function exchange(call: Call): Reply {
    const app = clientOf(call)
    const { fields } = call
    const at = world.codes.findIndex((one) => one.code === textIn(fields, 'code'))
    const [code] = at < 0 ? [] : world.codes.splice(at, 1)
    if (code === undefined || code.appId !== app.id)
      throw invalidGrant('the code is unknown or used')
    if (code.untilMs <= scene.now()) throw invalidGrant('the code is too old')
    if (code.redirectUri !== textIn(fields, 'redirect_uri')) {
      throw invalidGrant(`redirect_uri is ${textIn(fields, 'redirect_uri')}`)
    }
    if (!fitsChallenge(code.challenge, textIn(fields, 'code_verifier'))) {
      throw invalidGrant('the code_verifier is wrong')
    }
    return newToken(app, code.username, code.scopes)
  }

  /** Both tokens are new, and the old ones are good no more. */
  function refresh(call: Call): Reply {
    const app = clientOf(call)
    const old = world.tokens.find(
      (one) => one.refreshToken === textIn(call.fields, 'refresh_token'),
    )
    if (!old || old.isRevoked || old.appId !== app.id || old.username === null) {
      throw invalidGrant('the refresh token is unknown, used or revoked')
    }
    old.isRevoked = true
    return newToken(app, old.username, old.scopes)
  }

  return [
    { method: 'GET', path: '/oauth/authorize', answer: (call) => authorize(call, null) },
    {
      method: 'POST',
      path: '/oauth/authorize',
      answer(call) {
        const username = textIn(call.fields, 'username')
        if (username !== null) world.currentPerson = username
        return authorize(call, textIn(call.fields, 'decision') ?? 'deny')
      },
    },
    {
      method: 'POST',
      path: '/oauth/token',
      answer(call) {
        const grant = textIn(call.fields, 'grant_type')
        if (grant === 'authorization_code') return exchange(call)
        if (grant === 'refresh_token') return refresh(call)
        breach(`grant_type is ${grant}`)
        throw refuse(400, {
          error: 'unsupported_grant_type',
          error_description:
            'The authorization grant type is not supported by the authorization server.',
        })
      },
    },
    {
      method: 'POST',
      path: '/oauth/revoke',
      answer(call) {
        const app = clientOf(call)
        const text = textIn(call.fields, 'token')
        const found = world.tokens.find(
          (one) => one.appId === app.id && (one.token === text || one.refreshToken === text),
        )
        if (found !== undefined) found.isRevoked = true
        return ok({})
      },
    },
  ]
}
