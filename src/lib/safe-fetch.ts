import { lookup } from 'node:dns'
import { BlockList, isIP, type LookupFunction } from 'node:net'
import { rootCertificates } from 'node:tls'
import type * as Undici from 'undici'
import { type Millis, seconds } from './clock.ts'
import { messageOf } from './errors.ts'
import { MiB } from './sizes.ts'

/*
 * The one way out: every call that the server makes to somebody else's host. It speaks http to the
 * address that it checked, so that a name which resolves anew cannot lead elsewhere; it follows no
 * redirect, waits no longer than it is told to and reads no more than it is told to.
 */

const timeoutMsDefault = seconds(10)
const answerBytesMaxDefault = 4 * MiB
const connectMs = seconds(5)
const keepAliveMs = seconds(10)

/** What of the network may be spoken to, and how its certificates are held to be good. */
export type Reach = {
  /** Private networks and this machine itself: for addresses that the operator gave. */
  isPrivateAllowed: boolean
  /** CIDRs that may be reached though they are private. */
  allowedCidrs: readonly string[]
  /** Certificates in PEM that are believed besides the well-known ones. */
  ca: string | null
  /** Takes any certificate. Only where an administrator said so, and it is shown all the time. */
  isTlsUnchecked: boolean
}

/** Public addresses by well-known certificates. */
export const publicReach: Reach = {
  isPrivateAllowed: false,
  allowedCidrs: [],
  ca: null,
  isTlsUnchecked: false,
}

/** An address that the operator gave, wherever it is. */
export const operatorReach: Reach = { ...publicReach, isPrivateAllowed: true }

export type SafeRequest = {
  method?: string
  headers?: Record<string, string>
  body?: string
  reach: Reach
  /** In all, from the connection to the last byte. */
  timeoutMs?: Millis
  /** Beyond this the answer is not read on. */
  answerBytesMax?: number
  signal?: AbortSignal | undefined
}

export type SafeAnswer = {
  status: number
  headers: Headers
  /** The body as text, cut at `answerBytesMax`. */
  text: string
  isCut: boolean
}

/** No answer came, or the address may not be reached. `message` is a sentence without secrets. */
export class NoAnswer extends Error {
  /** The request may have arrived all the same: repeat only what may be repeated. */
  readonly isUnsure: boolean
  readonly kind: 'refused' | 'certificate' | 'timeout' | 'network'

  constructor(kind: NoAnswer['kind'], message: string, isUnsure: boolean, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'NoAnswer'
    this.kind = kind
    this.isUnsure = isUnsure
  }
}

/**
 * Sends one request and reads its answer, whatever its status; redirects are answers too. Throws
 * NoAnswer where none came, and the reason of `signal` once that is aborted.
 */
export async function safeFetch(address: string | URL, request: SafeRequest): Promise<SafeAnswer> {
  const url = new URL(address)
  const { reach, timeoutMs = timeoutMsDefault } = request
  const refusal = refusalOf(url, reach)
  if (refusal !== null) throw new NoAnswer('refused', refusal, false)
  // Only where something is asked: it is large, and servers start without. In the bundle a package of
  // CommonJS has its default export alone.
  const { default: undici } = await import('undici')
  const timeout = AbortSignal.timeout(timeoutMs)
  const init: Undici.RequestInit = {
    method: request.method ?? 'GET',
    redirect: 'manual',
    dispatcher: agentFor(undici, reach),
    signal: request.signal ? AbortSignal.any([request.signal, timeout]) : timeout,
    headers: { 'user-agent': 'Oore', ...request.headers },
    ...(request.body === undefined ? {} : { body: request.body }),
  }
  try {
    const answer = await undici.fetch(url, init)
    const { text, isCut } = await textOf(
      answer.body,
      request.answerBytesMax ?? answerBytesMaxDefault,
    )
    return { status: answer.status, headers: new Headers([...answer.headers]), text, isCut }
  } catch (error) {
    request.signal?.throwIfAborted()
    throw noAnswer(url, error, timeoutMs)
  }
}

async function textOf(
  body: AsyncIterable<Uint8Array> | null,
  bytesMax: number,
): Promise<{ text: string; isCut: boolean }> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of body ?? []) {
    chunks.push(chunk)
    size += chunk.byteLength
    // Leaving the loop gives the connection up: the rest is not waited for.
    if (size > bytesMax) break
  }
  const text = Buffer.concat(chunks).subarray(0, bytesMax).toString('utf8')
  return { text, isCut: size > bytesMax }
}

/**
 * Why an address may not be spoken to, as a sentence; null where it may, as far as its text tells.
 * What its name resolves to is looked at when the connection is made.
 */
export function refusalOf(url: URL, reach: Reach): string | null {
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    return `${url.protocol}// is not an address that is called; write https://.`
  }
  if (url.username !== '' || url.password !== '') {
    return 'An address that is called holds no user name and no password.'
  }
  const host = hostOf(url)
  if (isIP(host) !== 0 && !isReachable(host, reach)) return privateAddress(host)
  if (/(^|\.)localhost\.?$/i.test(host) && !isReachable('127.0.0.1', reach)) {
    return privateAddress(host)
  }
  return null
}

const hostOf = (url: URL): string => url.hostname.replace(/^\[|\]$/g, '')

const privateAddress = (host: string): string =>
  `${host} is an address of a private network or of this machine, which may not be called from here.`

/** Is this address public, or one that may be reached all the same? */
export function isReachable(address: string, reach: Reach): boolean {
  if (reach.isPrivateAllowed) return true
  const plain = withoutMapping(address)
  return !contains(privateNetworks, plain) || contains(listOf(reach.allowedCidrs), plain)
}

/** An IPv4 address in the clothes of IPv6 is the IPv4 address. */
function withoutMapping(address: string): string {
  const dotted = /^::(?:ffff:)?(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1]
  if (dotted !== undefined) return dotted
  const [, high, low] =
    /^(?:::ffff:|64:ff9b::)([0-9a-f]{1,4}):([0-9a-f]{1,4})$/i.exec(address) ?? []
  if (high === undefined || low === undefined) return address
  const [a, b] = [Number.parseInt(high, 16), Number.parseInt(low, 16)]
  return [a >> 8, a & 255, b >> 8, b & 255].join('.')
}

const contains = (list: BlockList, address: string): boolean =>
  list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')

/** iana.org, special-purpose address registries: what is not globally reachable. */
const privateNetworks = listOf([
  ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16'],
  ...['172.16.0.0/12', '192.0.0.0/24', '192.0.2.0/24', '192.168.0.0/16', '198.18.0.0/15'],
  ...['198.51.100.0/24', '203.0.113.0/24', '224.0.0.0/4', '240.0.0.0/4'],
  ...['::/128', '::1/128', '64:ff9b:1::/48', '100::/64', '2001:db8::/32', 'fc00::/7', 'fe80::/10'],
  'ff00::/8',
])

function listOf(cidrs: readonly string[]): BlockList {
  const list = new BlockList()
  for (const cidr of cidrs) {
    const [address = '', bits] = cidr.split('/')
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4'
    list.addSubnet(address, Number(bits ?? (family === 'ipv6' ? 128 : 32)), family)
  }
  return list
}

/** Connections are kept open for the next call of the same reach, and of no other. */
const agents = new Map<string, Undici.Agent>()
const agentsMax = 50

function agentFor({ Agent: HttpAgent }: typeof Undici.default, reach: Reach): Undici.Agent {
  const key = JSON.stringify(reach)
  const known = agents.get(key)
  if (known) return known
  if (agents.size >= agentsMax) {
    for (const agent of agents.values()) void agent.close()
    agents.clear()
  }
  const agent = new HttpAgent({
    keepAliveTimeout: keepAliveMs,
    connect: {
      timeout: connectMs,
      lookup: lookupWithin(reach),
      // What is given here takes the place of the well-known ones, so they go along.
      ...(reach.ca === null ? {} : { ca: [...rootCertificates, reach.ca] }),
      rejectUnauthorized: !reach.isTlsUnchecked,
    },
  })
  agents.set(key, agent)
  return agent
}

class NotReachable extends Error {}

/** Resolves a name to what may be reached of its addresses; the connection is made to these. */
function lookupWithin(reach: Reach): LookupFunction {
  return (host, options, done) => {
    lookup(host, { ...options, all: true }, (error, found) => {
      if (error) return done(error, '')
      const addresses = found.filter(({ address }) => isReachable(address, reach))
      const [first] = addresses
      if (!first) return done(new NotReachable(privateAddress(host)), '')
      if (options.all) return done(null, addresses)
      return done(null, first.address, first.family)
    })
  }
}

function noAnswer(url: URL, error: unknown, timeoutMs: Millis): NoAnswer {
  const chain = causesOf(error)
  const unreachable = chain.find((each) => each instanceof NotReachable)
  if (unreachable) return new NoAnswer('refused', unreachable.message, false, error)
  const code = chain.map(codeOf).find((each) => each !== null) ?? ''
  const { host } = url
  if (chain.some((each) => each instanceof Error && each.name === 'TimeoutError')) {
    return new NoAnswer(
      'timeout',
      `${host} did not answer within ${timeoutMs / 1000} seconds.`,
      true,
      error,
    )
  }
  if (certificateCodes.test(code)) {
    const message = `The certificate of ${host} is not believed (${code.toLowerCase().replaceAll('_', ' ')}).`
    return new NoAnswer('certificate', message, false, error)
  }
  const said = connectionCodes[code]
  if (said !== undefined) return new NoAnswer('network', `${host} ${said}.`, false, error)
  const why = messageOf(chain.at(-1))
  return new NoAnswer('network', `${host} did not answer (${why}).`, true, error)
}

const certificateCodes =
  /CERT|SELF_SIGNED|UNABLE_TO_(GET_ISSUER|VERIFY)|ERR_TLS|DEPTH_ZERO|HOSTNAME_MISMATCH/

const connectionCodes: Record<string, string> = {
  ENOTFOUND: 'is a name that nobody knows',
  EAI_AGAIN: 'is a name that cannot be looked up now',
  ECONNREFUSED: 'refuses connections',
  EHOSTUNREACH: 'cannot be reached',
  ENETUNREACH: 'cannot be reached',
  UND_ERR_CONNECT_TIMEOUT: 'does not take connections',
}

/** An error and what it comes of: the last is the one that says something. */
function causesOf(error: unknown): unknown[] {
  const chain: unknown[] = [error]
  for (let each = error; each instanceof Error && each.cause !== undefined; each = each.cause) {
    chain.push(each.cause)
  }
  return chain
}

function codeOf(thrown: unknown): string | null {
  const code = thrown instanceof Error ? (thrown as Error & { code?: unknown }).code : null
  return typeof code === 'string' ? code : null
}
