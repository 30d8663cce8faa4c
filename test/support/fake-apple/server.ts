import { createPublicKey, type KeyObject } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import { jwtVerify } from 'jose'
import { team as teamId } from '../apple-files.ts'
import { type FakeBuild, listBuilds, listVersions } from './builds.ts'
import { Refused } from './refused.ts'
import { type Kind, kinds, type Row, type Sent, Team } from './team.ts'

/*
 * App Store Connect's API as Apple documents it, as far as provisioning goes: it checks the token of
 * every call, the shape of every body and the ids in it, and really issues what it is asked for.
 */

const perPageDefault = 20
const perPageMax = 200
const tokenSecondsMax = 20 * 60

/** What Apple documents that lists may be asked with; anything else is refused. */
const filters: Record<Kind, readonly string[]> = {
  devices: ['id', 'name', 'platform', 'status', 'udid'],
  bundleIds: ['id', 'identifier', 'name', 'platform', 'seedId'],
  certificates: ['certificateType', 'displayName', 'id', 'serialNumber'],
  profiles: ['id', 'name', 'profileState', 'profileType'],
}

/** How the next call goes wrong. `lost` does what it is asked, and its answer never arrives. */
export type Failure =
  | { is: 'status'; status: number; code?: string; headers?: Record<string, string> }
  | { is: 'silent' }
  | { is: 'dropped' }
  | { is: 'lost' }
  | { is: 'garbled' }

export type FakeApple = AsyncDisposable & {
  url: string
  /** What the team has. */
  has: Record<Kind, Row[]>
  /** Every call that was let in: `POST /v1/devices`. */
  calls: string[]
  /** Makes calls of this method fail until it is told `null`; all calls where none is named. */
  fail(failure: Failure | null, method?: string): void
  /** What was uploaded to TestFlight, by the order of upload. */
  builds: FakeBuild[]
  addBundleId(identifier: string): void
  addDevice(name: string, udid: string, changes?: Row['attributes']): Row
}

type Options = {
  keyId: string
  issuerId: string
  privateKey: string
  now: () => number
  perPage?: number
}

/** Starts it for one team with one key, on this machine alone. */
export async function startFakeApple(options: Options): Promise<FakeApple> {
  const publicKey = createPublicKey(options.privateKey)
  const team = new Team(options.now)
  const calls: string[] = []
  const builds: FakeBuild[] = []
  let failing: { failure: Failure; method: string | undefined } | null = null

  const server = createServer((request, response) => void answer(request, response))
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url,
    has: team.has,
    calls,
    builds,
    fail: (failure, method) => {
      failing = failure && { failure, method }
    },
    addBundleId: (identifier) =>
      void team.add('bundleIds', {
        identifier,
        name: identifier,
        platform: 'IOS',
        seedId: teamId,
      }),
    addDevice: (name, udid, changes = {}) =>
      team.add('devices', {
        name,
        udid,
        platform: 'IOS',
        status: 'ENABLED',
        deviceClass: 'IPHONE',
        ...changes,
      }),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((closed) => server.close(closed))
    },
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const send = (status: number, body: unknown, headers: Record<string, string> = {}) => {
      response.writeHead(status, {
        'content-type': 'application/json',
        'x-rate-limit': 'user-hour-lim:3500;user-hour-rem:3499;',
        ...headers,
      })
      response.end(body === null ? '' : JSON.stringify(body))
    }
    const refuse = ({ status, code, detail, pointer }: Refused, headers = {}) => {
      const source = pointer === null ? {} : { source: { pointer } }
      const error = { id: '1', status: String(status), code, title: code, detail, ...source }
      send(status, { errors: [error] }, headers)
    }
    try {
      await checkToken(request, publicKey, options)
      const at = new URL(request.url ?? '/', url)
      calls.push(`${request.method} ${at.pathname}`)
      const isMeant = failing?.method === undefined || failing.method === request.method
      const failure = isMeant ? (failing?.failure ?? null) : null
      if (failure?.is === 'silent') return
      if (failure?.is === 'dropped') return void request.socket.destroy()
      if (failure?.is === 'status') {
        const { status, code = 'UNEXPECTED_ERROR', headers = {} } = failure
        return refuse(new Refused(status, code, 'A made-up failure.'), headers)
      }
      const { status, body } = await serve(request, at)
      if (failure?.is === 'lost') return void request.socket.destroy()
      if (failure?.is === 'garbled') return void response.writeHead(status).end('<html>')
      send(status, body)
    } catch (error) {
      refuse(error instanceof Refused ? error : new Refused(500, 'UNEXPECTED_ERROR', String(error)))
    }
  }

  async function serve(
    request: IncomingMessage,
    at: URL,
  ): Promise<{ status: number; body: unknown }> {
    const [, version, kind, id, of] = at.pathname.split('/')
    if (request.method === 'GET' && version === 'v1') {
      const query = at.searchParams
      if (kind === 'builds') return { status: 200, body: page(listBuilds(builds, query), at) }
      if (kind === 'apps' && of === 'appStoreVersions') {
        return { status: 200, body: page(listVersions(builds, id ?? '', query), at) }
      }
    }
    if (version !== 'v1' || !isKind(kind)) throw new Refused(404, 'NOT_FOUND', 'No such resource.')
    switch (request.method) {
      case 'GET':
        return { status: 200, body: list(kind, at) }
      case 'POST': {
        if (!/^application\/json\b/.test(request.headers['content-type'] ?? '')) {
          throw new Refused(415, 'UNSUPPORTED_MEDIA_TYPE', 'Send application/json.')
        }
        const { data } = (await json(request)) as { data?: Sent & { type?: string } }
        if (data?.type !== kind) {
          throw new Refused(409, 'ENTITY_ERROR.TYPE', `The type of the data must be '${kind}'.`)
        }
        return { status: 201, body: { data: team.shown(kind, team.create(kind, data)) } }
      }
      case 'DELETE':
        team.remove(kind, id ?? '')
        return { status: 204, body: null }
      default:
        throw new Refused(405, 'METHOD_NOT_ALLOWED', 'Not here.')
    }
  }

  function list(kind: Kind, at: URL) {
    const wanted = [...at.searchParams]
      .filter(([name]) => name !== 'limit' && name !== 'cursor')
      .map(([name, value]) => {
        const field = /^filter\[(\w+)\]$/.exec(name)?.[1] ?? ''
        if (filters[kind].includes(field)) return { field, value }
        throw new Refused(400, 'PARAMETER_ERROR.ILLEGAL', `The parameter '${name}' is none.`)
      })
    const found = team.has[kind]
      .map((row) => team.shown(kind, row))
      .filter(({ id, attributes }) =>
        wanted.every(({ field, value }) => {
          const own = String(field === 'id' ? id : (attributes as Row['attributes'])[field])
          // Documented as a filter, and it takes whatever begins so.
          return kind === 'bundleIds' ? own.startsWith(value) : value.split(',').includes(own)
        }),
      )
    return page({ data: found }, at)
  }

  /** What is included goes with the row of its place. */
  function page({ data, included }: { data: object[]; included?: object[] }, at: URL) {
    const limit = Number(at.searchParams.get('limit') ?? perPageDefault)
    if (!(limit >= 1 && limit <= perPageMax)) {
      throw new Refused(400, 'PARAMETER_ERROR.INVALID', 'The limit is 1 to 200.')
    }
    const size = Math.min(limit, options.perPage ?? perPageMax)
    const from = Number(at.searchParams.get('cursor') ?? 0)
    const next = new URL(at)
    next.searchParams.set('cursor', String(from + size))
    return {
      data: data.slice(from, from + size),
      ...(included && { included: included.slice(from, from + size) }),
      links: { self: at.href, ...(from + size < data.length && { next: next.href }) },
      meta: { paging: { total: data.length, limit } },
    }
  }
}

const isKind = (text: string | undefined): text is Kind => kinds.includes(text as Kind)

/** ES256, the key's id, the audience, and no token that is good for more than twenty minutes. */
async function checkToken(
  request: IncomingMessage,
  key: KeyObject,
  { keyId, issuerId, now }: Options,
): Promise<void> {
  try {
    const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? ''
    const { payload, protectedHeader } = await jwtVerify(token, key, {
      algorithms: ['ES256'],
      audience: 'appstoreconnect-v1',
      issuer: issuerId,
      requiredClaims: ['iat', 'exp'],
      currentDate: new Date(now()),
    })
    const left = (payload.exp ?? Infinity) - Math.floor(now() / 1000)
    if (protectedHeader.kid !== keyId || left > tokenSecondsMax) throw new Error('kid, or its life')
  } catch {
    throw new Refused(
      401,
      'NOT_AUTHORIZED',
      'Provide a properly configured and signed bearer token, and make sure that it has not expired.',
    )
  }
}
