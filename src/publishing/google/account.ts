import { createPrivateKey } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { SignJWT } from 'jose'
import { z } from 'zod'
import { type Clock, minutes, seconds } from '../../lib/clock.ts'
import { OoreError } from '../../lib/errors.ts'
import { oneLine } from '../../lib/one-line.ts'
import { NoAnswer, type Reach, type SafeAnswer, safeFetch } from '../../lib/safe-fetch.ts'
import { Secret } from '../../lib/secret.ts'
import { MiB } from '../../lib/sizes.ts'

const answerMs = seconds(30)
const answerBytesMax = 16 * MiB
/** Google takes an hour at most. */
const assertionMs = minutes(10)
const tokenUriDefault = 'https://oauth2.googleapis.com/token'
/** How often a question is asked in all while Google cannot answer, and how long is waited between. */
const askedMaxDefault = 4
const waitMs = [seconds(1), seconds(2), seconds(4)]
const waitMsMax = seconds(30)
const wordsLengthMax = 300

/** A service account's key, as Google Cloud hands it out ("JSON"). */
export type ServiceAccount = {
  email: string
  keyId: string | null
  /** PKCS#8 in PEM. */
  privateKey: Secret
  tokenUri: URL
}

/** One of Google's APIs, and who asks it. */
export type Google = {
  baseUrl: URL
  reach: Reach
  account: ServiceAccount
  /** `https://www.googleapis.com/auth/androidpublisher` */
  scope: string
  clock: Clock
}

export type GoogleCall = {
  method?: 'GET' | 'POST' | 'DELETE'
  /** Below the API's address. */
  path: string
  query?: Record<string, string>
  body?: unknown
  /** How often it is asked at most; some times while Google cannot answer, where that is not said. */
  askedMax?: number
}

/** Google said no: asking again the same way changes nothing. */
export class GoogleRefused extends Error {
  readonly status: number

  constructor(status: number, words: string) {
    super(`Google refused it (status ${status}${words === '' ? '' : `: ${words}`}).`)
    this.name = 'GoogleRefused'
    this.status = status
  }
}

const keyFile = z.object({
  type: z.literal('service_account'),
  client_email: z.string().min(3),
  private_key: z.string(),
  private_key_id: z.string().optional(),
  token_uri: z.url().default(tokenUriDefault),
})

/** Reads the key of a service account. Throws OoreError `invalid` that says what it is instead. */
export function readServiceAccount(text: string): ServiceAccount {
  const read = keyFile.safeParse(jsonIn(text.trim()))
  if (!read.success) {
    const [issue] = read.error.issues
    const where = issue?.path.join('.') || 'it is no JSON'
    throw new OoreError(
      'invalid',
      `This is no key of a service account (${where}). Google Cloud makes one under IAM → Service accounts → Keys, as JSON.`,
    )
  }
  const { client_email: email, private_key: key, private_key_id: keyId, token_uri: uri } = read.data
  try {
    createPrivateKey(key)
  } catch (cause) {
    throw new OoreError(
      'invalid',
      'The private_key in the key of the service account cannot be read. Download the key anew.',
      { cause },
    )
  }
  return {
    email,
    keyId: keyId ?? null,
    privateKey: new Secret(key),
    tokenUri: new URL(uri),
  }
}

/** Signs in for one run of questions. */
export async function signInToGoogle(google: Google): Promise<Secret> {
  const { account, reach, scope, clock } = google
  const now = clock()
  const assertion = await new SignJWT({ scope })
    .setProtectedHeader({ alg: 'RS256', typ: 'JWT', ...(account.keyId && { kid: account.keyId }) })
    .setIssuer(account.email)
    .setAudience(account.tokenUri.href)
    .setIssuedAt(Math.floor(now / 1000))
    .setExpirationTime(Math.floor((now + assertionMs) / 1000))
    .sign(createPrivateKey(account.privateKey.reveal()))
  // "Using OAuth 2.0 for Server to Server Applications" of Google's documentation.
  const form = { grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion }
  const answer = await answered(() =>
    safeFetch(account.tokenUri, {
      method: 'POST',
      reach,
      timeoutMs: answerMs,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams(form).toString(),
    }),
  )
  const json = jsonIn(answer.text)
  const token = z.object({ access_token: z.string().min(1) }).safeParse(json)
  if (answer.status === 200 && token.success) return new Secret(token.data.access_token)
  throw new OoreError(
    'conflict',
    `Google does not take the key of ${account.email} (${wordsIn(json) || `status ${answer.status}`}). It was deleted, or the clock of this machine is wrong.`,
  )
}

/**
 * Asks one of Google's APIs. Throws GoogleRefused; OoreError `unavailable` where it does not answer, for
 * as often as it is asked again.
 */
export async function askGoogle(google: Google, token: Secret, call: GoogleCall): Promise<unknown> {
  const { method = 'GET', path, query = {}, body, askedMax = askedMaxDefault } = call
  const url = new URL(`${google.baseUrl.href.replace(/\/$/, '')}${path}`)
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value)
  const { status, text } = await answered(
    () =>
      safeFetch(url, {
        method,
        reach: google.reach,
        timeoutMs: answerMs,
        answerBytesMax,
        headers: {
          accept: 'application/json',
          authorization: `Bearer ${token.reveal()}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
    askedMax,
  )
  const json = jsonIn(text)
  if (status >= 200 && status < 300 && (json !== null || text === '')) return json
  throw new GoogleRefused(status, wordsIn(json))
}

/** What it says as soon as it can say something. None of what is asked does harm when it is done twice. */
async function answered(
  ask: () => Promise<SafeAnswer>,
  askedMax = askedMaxDefault,
): Promise<SafeAnswer> {
  for (let asked = 1; ; asked += 1) {
    const answer = await ask().catch((error: unknown) => {
      if (error instanceof NoAnswer) return error
      throw error
    })
    const isAnswer = !(answer instanceof NoAnswer) && answer.status < 500 && answer.status !== 429
    if (isAnswer) return answer
    if (asked >= askedMax || (answer instanceof NoAnswer && answer.kind === 'refused')) {
      const why = answer instanceof NoAnswer ? answer.message : `status ${answer.status}`
      throw new OoreError('unavailable', `Google cannot be asked now: ${why}`)
    }
    await pause(waitFor(answer, asked))
  }
}

function waitFor(answer: SafeAnswer | NoAnswer, asked: number): number {
  const told = answer instanceof NoAnswer ? null : answer.headers.get('retry-after')
  const wait = told !== null && /^\d{1,5}$/.test(told) ? seconds(Number(told)) : waitMs[asked - 1]
  return Math.min(wait ?? 0, waitMsMax)
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

const failure = z.union([
  z.object({ error: z.object({ message: z.string() }) }).transform(({ error }) => error.message),
  z
    .object({ error: z.string(), error_description: z.string().optional() })
    .transform((told) => told.error_description ?? told.error),
])

function wordsIn(json: unknown): string {
  const read = failure.safeParse(json)
  return read.success ? oneLine(read.data, wordsLengthMax) : ''
}
