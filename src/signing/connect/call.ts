import { createPrivateKey, type KeyObject } from 'node:crypto'
import { SignJWT } from 'jose'
import { type Clock, minutes, seconds } from '../../lib/clock.ts'
import { OoreError } from '../../lib/errors.ts'
import { oneLine } from '../../lib/one-line.ts'
import { NoAnswer, type Reach, type SafeAnswer, safeFetch } from '../../lib/safe-fetch.ts'
import type { Secret } from '../../lib/secret.ts'
import { MiB } from '../../lib/sizes.ts'

/** Apple’s provisioning calls take their time. */
const answerMs = seconds(30)
const answerBytesMax = 16 * MiB
/** Apple takes twenty minutes at most ("Generating tokens for API requests"). */
const tokenMs = minutes(10)
/** Apple's clock may be behind ours. */
const driftMs = seconds(30)
const wordsLengthMax = 300
/** More is told of nothing; a request has few fields. */
const reasonsMax = 5
/** Apple counts over a rolling hour, and often does not say when to come back. */
const retryAfterSecondsDefault = 60

/** Apple's own address; any other was given by the operator. */
export const connectHost = 'api.appstoreconnect.apple.com'

/** Where the API is, how it may be reached, and the key that speaks. */
export type Connect = {
  baseUrl: URL
  reach: Reach
  keyId: string
  issuerId: string
  /** PKCS#8 in PEM. */
  privateKey: Secret
  clock: Clock
}

export type ConnectCall = {
  method?: 'GET' | 'POST' | 'DELETE'
  /** Below the API's address, or a whole address of the same API, as `links.next` names them. */
  path: string
  query?: Record<string, string>
  body?: unknown
  signal?: AbortSignal | undefined
}

/** One of the reasons that Apple gives, as JSON:API has them and Apple documents as ErrorResponse. */
type Reason = { code: string; words: string }

/** Apple said no: asking again the same way changes nothing. */
export class ConnectRefused extends Error {
  readonly status: number
  /** Apple's own code of the first reason: `ENTITY_ERROR.ATTRIBUTE.INVALID`. */
  readonly code: string
  /** All reasons, one after another. */
  readonly words: string

  constructor(status: number, reasons: readonly Reason[]) {
    const words = wordsOf(reasons)
    super(`App Store Connect refused it (status ${status}${words === '' ? '' : `: ${words}`}).`)
    this.name = 'ConnectRefused'
    this.status = status
    this.code = reasons[0]?.code ?? ''
    this.words = words
  }
}

/**
 * Asks the App Store Connect API. Throws ConnectRefused; OoreError `conflict` where the key is not
 * taken or may not do this, `unavailable` where Apple does not answer, or wants to be left alone.
 */
export async function askConnect(connect: Connect, call: ConnectCall): Promise<unknown> {
  const { method = 'GET', body, signal } = call
  const answer = await safeFetch(addressOf(connect, call), {
    method,
    reach: connect.reach,
    timeoutMs: answerMs,
    answerBytesMax,
    signal,
    headers: {
      accept: 'application/json',
      authorization: `Bearer ${await tokenOf(connect)}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  }).catch((error: unknown) => {
    if (!(error instanceof NoAnswer)) throw error
    throw new OoreError('unavailable', `App Store Connect cannot be asked now: ${error.message}`, {
      cause: error,
    })
  })
  return read(answer)
}

/** A token is for the API that it is of, and nobody else. */
function addressOf({ baseUrl }: Connect, { path, query = {} }: ConnectCall): URL {
  const base = baseUrl.href.replace(/\/$/, '')
  const url = path.startsWith('/') ? new URL(`${base}${path}`) : new URL(path)
  if (url.origin !== baseUrl.origin) {
    throw new ConnectRefused(0, [{ code: 'OTHER_HOST', words: `it sends on to ${url.origin}` }])
  }
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value)
  return url
}

/** "Generating tokens for API requests" of Apple's documentation: ES256, the key's id, no longer than 20 minutes. */
function tokenOf({ keyId, issuerId, privateKey, clock }: Connect): Promise<string> {
  const now = clock()
  return new SignJWT({})
    .setProtectedHeader({ alg: 'ES256', kid: keyId, typ: 'JWT' })
    .setIssuer(issuerId)
    .setIssuedAt(Math.floor((now - driftMs) / 1000))
    .setExpirationTime(Math.floor((now + tokenMs) / 1000))
    .setAudience('appstoreconnect-v1')
    .sign(keyOf(privateKey))
}

function keyOf(privateKey: Secret): KeyObject {
  try {
    return createPrivateKey(privateKey.reveal())
  } catch (cause) {
    throw new OoreError(
      'conflict',
      'The stored key of App Store Connect is none. Store it again.',
      {
        cause,
      },
    )
  }
}

function read({ status, headers, text, isCut }: SafeAnswer): unknown {
  const json = jsonIn(text)
  if (status >= 200 && status < 300 && !isCut && (json !== null || text === '')) return json
  const reasons = reasonsIn(json)
  if (status === 429) throw rateLimited(headers)
  if (status === 401) {
    throw new OoreError(
      'conflict',
      'App Store Connect does not take this key: it was revoked, or its key id or issuer id is another, or the clock of this server is wrong.',
    )
  }
  if (status === 403) throw new OoreError('conflict', forbidden(reasons))
  if (status >= 500 || status < 300) {
    throw new OoreError('unavailable', `App Store Connect cannot answer now (status ${status}).`)
  }
  throw new ConnectRefused(status, reasons)
}

/** "Identifying Rate Limits" of Apple's documentation: `user-hour-lim:3500;user-hour-rem:0;`. */
function rateLimited(headers: Headers): OoreError {
  const limit = /user-hour-lim:(\d{1,9})/.exec(headers.get('x-rate-limit') ?? '')?.[1]
  const after = headers.get('retry-after') ?? ''
  return new OoreError(
    'unavailable',
    limit === undefined
      ? 'App Store Connect has rate limited this key.'
      : `App Store Connect has rate limited this key: it may ask ${limit} times an hour.`,
    { retryAfterSeconds: /^\d{1,5}$/.test(after) ? Number(after) : retryAfterSecondsDefault },
  )
}

function forbidden(reasons: readonly Reason[]): string {
  if (reasons.some(({ code }) => code.includes('REQUIRED_AGREEMENTS'))) {
    return 'An agreement of Apple’s has to be accepted first: the Account Holder finds it in App Store Connect under Business.'
  }
  const words = wordsOf(reasons)
  return `This key may not do that${words === '' ? '' : ` (${words})`}. A key with the role Admin or App Manager may.`
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

function reasonsIn(json: unknown): Reason[] {
  const { errors } = (json ?? {}) as { errors?: unknown }
  return (Array.isArray(errors) ? errors : []).slice(0, reasonsMax).map((each) => {
    const { code, title, detail, source } = (each ?? {}) as Record<string, unknown>
    const said = textOf(detail) || textOf(title)
    const { pointer, parameter } = (source ?? {}) as Record<string, unknown>
    const where = textOf(pointer) || textOf(parameter)
    // `/data/attributes/udid` is what the sentence is about, where it does not say so itself.
    const [, field = where] = /([^/]+)$/.exec(where) ?? []
    const words = field === '' || said.includes(field) ? said : `${said} (${field})`
    return { code: textOf(code), words: oneLine(words, wordsLengthMax) }
  })
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')

const wordsOf = (reasons: readonly Reason[]): string =>
  [...new Set(reasons.map(({ words }) => words).filter((words) => words !== ''))].join(' ')
