import { createPublicKey, generateKeyPairSync, randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { jwtVerify } from 'jose'

/*
 * Google's sign-in of service accounts, edits of the Play Developer API and releases of the Firebase
 * App Distribution API, as Google documents them: every token is checked, and every edit has to be
 * there, and is this account's only one for an app.
 */

const scopes = {
  play: 'https://www.googleapis.com/auth/androidpublisher',
  firebase: 'https://www.googleapis.com/auth/cloud-platform',
}
const assertionSecondsMax = 3600

export type FakeTrack = {
  track: string
  releases?: { name?: string; status: string; versionCodes?: string[] }[]
}
export type FakeRelease = { displayVersion: string; buildVersion: string; createTime: string }

/** How calls go wrong from now on, or how many of them. */
export type GoogleFailure =
  { status: number; times: number; retryAfter?: string } | 'dropped' | null

export type FakeGoogle = AsyncDisposable & {
  url: string
  /** The key of a service account that is invited, as Google Cloud hands it out. */
  account: string
  /** By package name. */
  tracks: Record<string, FakeTrack[]>
  bundles: Record<string, { versionCode: number; sha1: string; sha256: string }[]>
  /** By `projects/{number}/apps/{id}`. */
  releases: Record<string, FakeRelease[]>
  /** Edits that are open. */
  edits: Map<string, string>
  /** Packages that the account is not invited to. */
  forbidden: Set<string>
  calls: string[]
  fail(failure: GoogleFailure): void
}

class Refused extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message)
  }
}

/** Starts it for one service account, on this machine alone. */
export async function startFakeGoogle(): Promise<FakeGoogle> {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const email = 'oore@lumen.iam.gserviceaccount.example'
  const tokens = new Map<string, string>()
  const edits = new Map<string, string>()
  const forbidden = new Set<string>()
  const calls: string[] = []
  let failing: GoogleFailure = null

  const server = createServer((request, response) => void answer(request, response))
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const google: FakeGoogle = {
    url,
    account: JSON.stringify({
      type: 'service_account',
      project_id: 'lumen',
      private_key_id: 'key-1',
      private_key: privateKey.export({ format: 'pem', type: 'pkcs8' }),
      client_email: email,
      client_id: '1',
      token_uri: `${url}/token`,
    }),
    tracks: {},
    bundles: {},
    releases: {},
    edits,
    forbidden,
    calls,
    fail: (failure) => {
      failing = failure
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((closed) => server.close(closed))
    },
  }
  return google

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const send = (status: number, body: unknown, headers: Record<string, string> = {}) => {
      response.writeHead(status, { 'content-type': 'application/json', ...headers })
      response.end(body === null ? '' : JSON.stringify(body))
    }
    const at = new URL(request.url ?? '/', url)
    calls.push(`${request.method} ${at.pathname}`)
    if (failing === 'dropped') return void request.socket.destroy()
    if (failing !== null && failing.times > 0) {
      failing.times -= 1
      const { status, retryAfter } = failing
      const headers = retryAfter === undefined ? {} : { 'retry-after': retryAfter }
      return send(status, { error: { code: status, message: 'A made-up failure.' } }, headers)
    }
    try {
      if (at.pathname === '/token') return send(...(await signIn(request)))
      send(...serve(request, at))
    } catch (error) {
      const { status, message } = error instanceof Refused ? error : new Refused(500, String(error))
      send(status, { error: { code: status, message, status: 'SOME_STATUS' } })
    }
  }

  async function signIn(request: IncomingMessage): Promise<[number, unknown]> {
    const form = new URLSearchParams(await text(request))
    try {
      if (form.get('grant_type') !== 'urn:ietf:params:oauth:grant-type:jwt-bearer')
        throw new Error()
      const { payload, protectedHeader } = await jwtVerify(
        form.get('assertion') ?? '',
        createPublicKey(publicKey.export({ format: 'pem', type: 'spki' })),
        {
          algorithms: ['RS256'],
          issuer: email,
          audience: `${url}/token`,
          requiredClaims: ['iat', 'exp'],
        },
      )
      const life = (payload.exp ?? Infinity) - (payload.iat ?? 0)
      if (protectedHeader.kid !== 'key-1' || life > assertionSecondsMax) throw new Error()
      const token = randomUUID()
      tokens.set(token, String(payload['scope']))
      return [200, { access_token: token, expires_in: 3599, token_type: 'Bearer' }]
    } catch {
      return [400, { error: 'invalid_grant', error_description: 'Invalid JWT Signature.' }]
    }
  }

  function serve(request: IncomingMessage, at: URL): [number, unknown] {
    const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? ''
    const scope = tokens.get(token)
    const isFirebase = at.pathname.startsWith('/v1/projects/')
    if (scope === undefined) throw new Refused(401, 'Request had invalid credentials.')
    if (scope !== (isFirebase ? scopes.firebase : scopes.play)) {
      throw new Refused(403, 'Request had insufficient authentication scopes.')
    }
    return isFirebase ? releasesAt(request, at) : editsAt(request, at)
  }

  function editsAt(request: IncomingMessage, at: URL): [number, unknown] {
    const [, app = '', edit, of] =
      /^\/androidpublisher\/v3\/applications\/([^/]+)\/edits(?:\/([^/]+)(?:\/(\w+))?)?$/.exec(
        at.pathname,
      ) ?? []
    if (google.tracks[app] === undefined) throw new Refused(404, `Package not found: ${app}.`)
    if (forbidden.has(app)) throw new Refused(403, 'The caller does not have permission')
    if (edit === undefined && request.method === 'POST') {
      const id = randomUUID()
      // A new one ends the others of the account.
      for (const [other, of] of edits) if (of === app) edits.delete(other)
      edits.set(id, app)
      return [200, { id, expiryTimeSeconds: '9999999999' }]
    }
    if (edits.get(edit ?? '') !== app) throw new Refused(404, 'This Edit has expired.')
    if (of === undefined && request.method === 'DELETE') {
      edits.delete(edit ?? '')
      return [204, null]
    }
    if (request.method === 'GET' && of === 'tracks') {
      return [200, { kind: 'androidpublisher#tracksListResponse', tracks: google.tracks[app] }]
    }
    if (request.method === 'GET' && (of === 'bundles' || of === 'apks')) {
      const rows = of === 'bundles' ? google.bundles[app] : undefined
      // Google leaves empty lists out.
      return [200, rows === undefined ? { kind: 'list' } : { kind: 'list', [of]: rows }]
    }
    throw new Refused(404, 'Not found.')
  }

  function releasesAt(request: IncomingMessage, at: URL): [number, unknown] {
    const parent = /^\/v1\/(projects\/\d+\/apps\/[^/]+)\/releases$/.exec(
      decodeURIComponent(at.pathname),
    )?.[1]
    const rows = google.releases[parent ?? '']
    if (request.method !== 'GET' || rows === undefined) throw new Refused(404, 'No such app.')
    const size = Number(at.searchParams.get('pageSize') ?? 25)
    if (!(size >= 1 && size <= 100)) throw new Refused(400, 'pageSize is 1 to 100.')
    const from = Number(at.searchParams.get('pageToken') ?? 0)
    const sorted = rows.toSorted((one, other) => (one.createTime < other.createTime ? 1 : -1))
    const isMore = from + size < sorted.length
    return [
      200,
      {
        releases: sorted
          .slice(from, from + size)
          .map((each, index) => ({ name: `${parent}/releases/${from + index}`, ...each })),
        ...(isMore && { nextPageToken: String(from + size) }),
      },
    ]
  }
}
