import { createPublicKey, type KeyObject } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import { jwtVerify } from 'jose'
import forge from 'node-forge'
import { days } from '../../../src/lib/clock.ts'
import { profileOf, type Signer, team } from '../apple-files.ts'

/*
 * App Store Connect's API as Apple documents it, as far as provisioning goes: it checks the token of
 * every call, the shape of every body and the ids in it, and really issues what it is asked for.
 */

const perPageMax = 200
const tokenSecondsMax = 20 * 60
const certificatesMax = 2
const profileTypes: Record<string, { needsDevices: boolean; certificate: string }> = {
  IOS_APP_DEVELOPMENT: { needsDevices: true, certificate: 'DEVELOPMENT' },
  IOS_APP_ADHOC: { needsDevices: true, certificate: 'DISTRIBUTION' },
  IOS_APP_STORE: { needsDevices: false, certificate: 'DISTRIBUTION' },
  IOS_APP_INHOUSE: { needsDevices: false, certificate: 'DISTRIBUTION' },
}

type Attributes = Record<string, unknown>
type Row = { id: string; attributes: Attributes }
type Kind = 'devices' | 'bundleIds' | 'certificates' | 'profiles'

export type FakeApple = AsyncDisposable & {
  url: string
  /** What the team has. */
  has: Record<Kind, Row[]>
  /** Every call that was let in: `POST /v1/devices`. */
  calls: string[]
  /** The answer to the next calls, instead of the true one. */
  failWith(status: number, code?: string): void
  addBundleId(identifier: string): void
  addDevice(name: string, udid: string): void
}

class Refused extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly detail: string,
  ) {
    super(detail)
  }
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
  const has: Record<Kind, Row[]> = { devices: [], bundleIds: [], certificates: [], profiles: [] }
  const calls: string[] = []
  let failure: Refused | null = null
  let count = 0
  const idOf = (): string => `ID${String(++count).padStart(8, '0')}`
  const add = (kind: Kind, attributes: Attributes): Row => {
    const row = { id: idOf(), attributes }
    has[kind].push(row)
    return row
  }

  type Sent = { attributes: Attributes; relationships?: Record<string, { data: unknown }> }

  const create: Record<Kind, (sent: Sent) => Row> = {
    devices({ attributes }) {
      const { name, udid, platform } = attributes
      if (typeof name !== 'string' || typeof udid !== 'string' || platform !== 'IOS') {
        throw new Refused(409, 'ENTITY_ERROR.ATTRIBUTE.REQUIRED', 'name, udid and platform.')
      }
      if (has.devices.some((row) => row.attributes['udid'] === udid)) {
        throw new Refused(
          409,
          'ENTITY_ERROR.ATTRIBUTE.INVALID',
          `A device with number '${udid}' already exists on this team.`,
        )
      }
      return add('devices', {
        ...attributes,
        status: 'ENABLED',
        deviceClass: 'IPHONE',
        model: null,
      })
    },
    bundleIds: () => {
      throw new Refused(403, 'FORBIDDEN_ERROR', 'Not by this key.')
    },
    certificates({ attributes }) {
      const { certificateType, csrContent } = attributes
      if (certificateType !== 'DEVELOPMENT' && certificateType !== 'DISTRIBUTION') {
        throw new Refused(409, 'ENTITY_ERROR.ATTRIBUTE.INVALID', 'certificateType is another.')
      }
      const same = has.certificates.filter(
        (row) => row.attributes['certificateType'] === certificateType,
      )
      if (same.length >= certificatesMax) {
        throw new Refused(
          409,
          'ENTITY_ERROR',
          'You already have a current certificate or a pending certificate request.',
        )
      }
      const issued = issue(String(csrContent), certificateType, same.length, options.now())
      return add('certificates', { certificateType, platform: 'IOS', ...issued })
    },
    profiles({ attributes, relationships = {} }) {
      const { name, profileType } = attributes as { name: string; profileType: string }
      const type = profileTypes[profileType]
      if (type === undefined) throw new Refused(409, 'ENTITY_ERROR', `No '${profileType}' here.`)
      if (has.profiles.some((row) => row.attributes['name'] === name)) {
        throw new Refused(
          409,
          'ENTITY_ERROR',
          `Multiple profiles found with the name '${name}'. Please remove the duplicate profiles and try again.`,
        )
      }
      const related = (kind: Kind, of: string): Row[] => {
        const { data } = relationships[of] ?? {}
        const ids = (Array.isArray(data) ? data : data ? [data] : []) as {
          id: string
          type: string
        }[]
        return ids.map(({ id, type: sent }) => {
          const row = has[kind].find((each) => each.id === id)
          if (row !== undefined && sent === kind) return row
          throw new Refused(
            409,
            'ENTITY_ERROR.RELATIONSHIP.INVALID',
            `There is no ${kind} '${id}'.`,
          )
        })
      }
      const [app] = related('bundleIds', 'bundleId')
      const certificates = related('certificates', 'certificates')
      const devices = related('devices', 'devices')
      if (app === undefined || certificates.length === 0) {
        throw new Refused(409, 'ENTITY_ERROR.RELATIONSHIP.REQUIRED', 'bundleId and certificates.')
      }
      if (certificates.some((row) => row.attributes['certificateType'] !== type.certificate)) {
        throw new Refused(409, 'ENTITY_ERROR', 'A certificate is of another kind than the profile.')
      }
      if (type.needsDevices !== devices.length > 0) {
        throw new Refused(
          409,
          'ENTITY_ERROR.RELATIONSHIP.INVALID',
          'devices: not so for this kind.',
        )
      }
      return add('profiles', {
        name,
        profileType,
        platform: 'IOS',
        profileState: 'ACTIVE',
        ...madeProfile({ name, profileType, app, certificates, devices, now: options.now() }),
      })
    },
  }

  const server = createServer((request, response) => void answer(request, response))
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url,
    has,
    calls,
    failWith: (status, code = 'UNEXPECTED_ERROR') => {
      failure = new Refused(status, code, 'A made-up failure.')
    },
    addBundleId: (identifier) =>
      void add('bundleIds', { identifier, name: identifier, platform: 'IOS', seedId: team }),
    addDevice: (name, udid) =>
      void add('devices', {
        name,
        udid,
        platform: 'IOS',
        status: 'ENABLED',
        deviceClass: 'IPHONE',
      }),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((closed) => server.close(closed))
    },
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const send = (status: number, body: unknown) => {
      response.writeHead(status, { 'content-type': 'application/json' })
      response.end(body === null ? '' : JSON.stringify(body))
    }
    try {
      await checkToken(request, publicKey, options)
      const at = new URL(request.url ?? '/', url)
      calls.push(`${request.method} ${at.pathname}`)
      if (failure !== null) throw failure
      const { status, body } = await serve(request, at)
      send(status, body)
    } catch (error) {
      const { status, code, detail } =
        error instanceof Refused ? error : new Refused(500, 'UNEXPECTED_ERROR', String(error))
      send(status, { errors: [{ id: '1', status: String(status), code, title: code, detail }] })
    }
  }

  async function serve(
    request: IncomingMessage,
    at: URL,
  ): Promise<{ status: number; body: unknown }> {
    const [, version, kind, id] = at.pathname.split('/')
    if (version !== 'v1' || kind === undefined || !(kind in has)) {
      throw new Refused(404, 'NOT_FOUND', 'No such resource.')
    }
    const rows = has[kind as Kind]
    switch (request.method) {
      case 'GET':
        return { status: 200, body: list(kind as Kind, rows, at) }
      case 'POST': {
        const body = (await json(request)) as { data?: { type?: string } }
        if (body.data?.type !== kind) {
          throw new Refused(422, 'ENTITY_ERROR', `The type of the data must be '${kind}'.`)
        }
        const made = create[kind as Kind](body.data as never)
        return { status: 201, body: { data: { type: kind, ...made } } }
      }
      case 'DELETE': {
        const index = rows.findIndex((row) => row.id === id)
        if (index === -1)
          throw new Refused(404, 'NOT_FOUND', `There is no resource with id '${id}'.`)
        rows.splice(index, 1)
        return { status: 204, body: null }
      }
      default:
        throw new Refused(405, 'METHOD_NOT_ALLOWED', 'Not here.')
    }
  }

  function list(kind: Kind, rows: readonly Row[], at: URL) {
    const limit = Number(at.searchParams.get('limit') ?? 20)
    if (!(limit >= 1 && limit <= perPageMax)) {
      throw new Refused(400, 'PARAMETER_ERROR.INVALID', 'The limit is 1 to 200.')
    }
    const found = rows.filter(({ attributes }) =>
      [...at.searchParams].every(([name, value]) => {
        const field = /^filter\[(\w+)\]$/.exec(name)?.[1]
        if (field === undefined) return true
        const own = String(attributes[field])
        // Documented as a filter, and it takes whatever begins so.
        return kind === 'bundleIds' ? own.startsWith(value) : own === value
      }),
    )
    const size = Math.min(limit, options.perPage ?? perPageMax)
    const from = Number(at.searchParams.get('cursor') ?? 0)
    const next = new URL(at)
    next.searchParams.set('cursor', String(from + size))
    return {
      data: found.slice(from, from + size).map((row) => ({ type: kind, ...row })),
      links: { self: at.href, ...(from + size < found.length && { next: next.href }) },
      meta: { paging: { total: found.length, limit } },
    }
  }
}

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
      currentDate: new Date(now()),
    })
    const life = (payload.exp ?? Infinity) - (payload.iat ?? 0)
    if (protectedHeader.kid !== keyId || life > tokenSecondsMax) throw new Error('kid, or its life')
  } catch {
    throw new Refused(
      401,
      'NOT_AUTHORIZED',
      'Provide a properly configured and signed bearer token, and make sure that it has not expired.',
    )
  }
}

function issue(csrPem: string, type: string, count: number, now: number): Attributes {
  let request
  try {
    request = forge.pki.certificationRequestFromPem(csrPem)
    if (!request.verify()) throw new Error('its signature')
  } catch {
    throw new Refused(409, 'ENTITY_ERROR.ATTRIBUTE.INVALID', 'There is an issue with the CSR.')
  }
  const keys = forge.pki.rsa.generateKeyPair(1024)
  const certificate = forge.pki.createCertificate()
  certificate.publicKey = request.publicKey as forge.pki.PublicKey
  certificate.serialNumber = `0A${count}${Math.floor(now / 1000)
    .toString(16)
    .toUpperCase()}`
  certificate.validity = { notBefore: new Date(now - 60_000), notAfter: new Date(now + days(365)) }
  const word = type === 'DEVELOPMENT' ? 'Development' : 'Distribution'
  const name = `Apple ${word}: Lumen GmbH (${team})`
  certificate.setSubject([
    { name: 'commonName', value: name },
    { name: 'organizationalUnitName', value: team },
  ])
  certificate.setIssuer([{ name: 'commonName', value: 'Made-up WWDR' }])
  certificate.sign(keys.privateKey, forge.md.sha256.create())
  const der = forge.asn1.toDer(forge.pki.certificateToAsn1(certificate)).getBytes()
  return {
    name,
    displayName: 'Lumen GmbH',
    serialNumber: certificate.serialNumber.replace(/^0+/, ''),
    expirationDate: certificate.validity.notAfter.toISOString(),
    certificateContent: Buffer.from(der, 'binary').toString('base64'),
  }
}

type Making = {
  name: string
  profileType: string
  app: Row
  certificates: Row[]
  devices: Row[]
  now: number
}

function madeProfile({ name, profileType, app, certificates, devices, now }: Making): Attributes {
  const end = new Date(Math.floor((now + days(365)) / 1000) * 1000)
  const signers = certificates.map(({ attributes }) => ({
    der: Buffer.from(String(attributes['certificateContent']), 'base64'),
  })) as Signer[]
  const bytes = profileOf({
    bundleId: String(app.attributes['identifier']),
    certificates: signers,
    changes: {
      Name: name,
      ExpirationDate: end,
      ...(devices.length > 0 && {
        ProvisionedDevices: devices.map(({ attributes }) => String(attributes['udid'])),
      }),
    },
    entitlements: { 'get-task-allow': profileType === 'IOS_APP_DEVELOPMENT' },
  })
  const uuid = /<key>UUID<\/key>\s*<string>([^<]+)/.exec(bytes.toString('latin1'))?.[1]
  return { uuid, expirationDate: end.toISOString(), profileContent: bytes.toString('base64') }
}
