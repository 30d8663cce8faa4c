import { CodeChallengeMethod, generateCodeVerifier, OAuth2Client, OAuth2Tokens } from 'arctic'
import { type Millis, seconds } from '../lib/clock.ts'
import { oneLine } from '../lib/one-line.ts'
import { type Reach, safeFetch } from '../lib/safe-fetch.ts'
import { Secret } from '../lib/secret.ts'
import { KiB } from '../lib/sizes.ts'

/*
 * OAuth 2.0 with PKCE (RFC 6749, RFC 7636). arctic makes the addresses and reads the answers; the
 * calls themselves are our own, because arctic's know no timeout, no certificates of one's own and
 * no limits of where they go.
 */

const answerBytesMax = 64 * KiB
const timeoutMs = seconds(15)
const descriptionLengthMax = 300

/** An application as it is registered at a forge. */
export type OAuthApp = {
  authorizeUrl: string
  tokenUrl: string
  clientId: string
  clientSecret: Secret
  /** Where the browser comes back to; the same in both steps. */
  redirectUri: string
  reach: Reach
}

export type Tokens = {
  accessToken: Secret
  /** Null where the forge gives none. A new one takes the place of the old, which is void then. */
  refreshToken: Secret | null
  /** Null where it does not expire. */
  expiresInMs: Millis | null
  /** Null where the forge does not say. */
  scopes: string[] | null
}

/** The forge said no. `code` is OAuth's own word, such as `invalid_grant`. */
export class OAuthRefused extends Error {
  readonly code: string

  constructor(code: string, description: string) {
    super(description === '' ? code : `${code}: ${description}`)
    this.name = 'OAuthRefused'
    this.code = code
  }
}

/** A fresh code verifier of PKCE: kept here, never in an address. */
export const newVerifier = (): Secret => new Secret(generateCodeVerifier())

/** The address that a browser is sent to, to authorize. */
export function authorizationUrl(
  app: OAuthApp,
  { state, verifier, scopes }: { state: Secret; verifier: Secret; scopes: readonly string[] },
): URL {
  return clientOf(app).createAuthorizationURLWithPKCE(
    app.authorizeUrl,
    state.reveal(),
    CodeChallengeMethod.S256,
    verifier.reveal(),
    [...scopes],
  )
}

/** Tokens for the code that came back. Throws OAuthRefused, or NoAnswer of lib/safe-fetch.ts. */
export const exchangeCode = (
  app: OAuthApp,
  { code, verifier }: { code: string; verifier: Secret },
): Promise<Tokens> =>
  askForTokens(app, {
    grant_type: 'authorization_code',
    code,
    code_verifier: verifier.reveal(),
    redirect_uri: app.redirectUri,
  })

/** New tokens for a refresh token, which is void once this is answered. Throws as exchangeCode. */
export const refreshTokens = (app: OAuthApp, refreshToken: Secret): Promise<Tokens> =>
  askForTokens(app, {
    grant_type: 'refresh_token',
    refresh_token: refreshToken.reveal(),
    redirect_uri: app.redirectUri,
  })

/**
 * Tells the forge that a token is not needed any more (RFC 7009). True where it took that. Throws
 * NoAnswer of lib/safe-fetch.ts.
 */
export async function revokeToken(
  app: OAuthApp,
  revokeUrl: string,
  token: Secret,
): Promise<boolean> {
  const { status } = await safeFetch(revokeUrl, {
    ...formTo(app, { token: token.reveal() }),
    reach: app.reach,
  })
  return status === 200
}

async function askForTokens(app: OAuthApp, fields: Record<string, string>): Promise<Tokens> {
  const { status, text } = await safeFetch(app.tokenUrl, {
    ...formTo(app, fields),
    reach: app.reach,
  })
  const json = objectIn(text)
  // GitHub answers 200 with an error in it.
  if (typeof json['error'] === 'string') {
    const description =
      typeof json['error_description'] === 'string' ? json['error_description'] : ''
    throw new OAuthRefused(json['error'], oneLine(description, descriptionLengthMax))
  }
  if (status !== 200 || typeof json['access_token'] !== 'string') {
    throw new OAuthRefused('unreadable', `the answer of status ${status} holds no token`)
  }
  return tokensIn(new OAuth2Tokens(json))
}

/** A form with what proves that the application itself sends it. */
const formTo = (app: OAuthApp, fields: Record<string, string>) => ({
  method: 'POST',
  timeoutMs,
  answerBytesMax,
  headers: { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' },
  body: new URLSearchParams({
    ...fields,
    client_id: app.clientId,
    client_secret: app.clientSecret.reveal(),
  }).toString(),
})

const tokensIn = (read: OAuth2Tokens): Tokens => ({
  accessToken: new Secret(read.accessToken()),
  refreshToken: read.hasRefreshToken() ? new Secret(read.refreshToken()) : null,
  expiresInMs: 'expires_in' in read.data ? seconds(read.accessTokenExpiresInSeconds()) : null,
  scopes: read.hasScopes() ? read.scopes() : null,
})

function objectIn(text: string): Record<string, unknown> {
  try {
    const json: unknown = JSON.parse(text)
    return typeof json === 'object' && json !== null ? (json as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}

const clientOf = ({ clientId, clientSecret, redirectUri }: OAuthApp): OAuth2Client =>
  new OAuth2Client(clientId, clientSecret.reveal(), redirectUri)
