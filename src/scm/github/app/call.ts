import { type Millis, minutes, seconds } from '../../../lib/clock.ts'
import { OoreError } from '../../../lib/errors.ts'
import { oneLine } from '../../../lib/one-line.ts'
import { NoAnswer, type Reach, type SafeAnswer, safeFetch } from '../../../lib/safe-fetch.ts'
import type { Secret } from '../../../lib/secret.ts'
import { MiB } from '../../../lib/sizes.ts'

/** GitHub gives up on an answer of its own after ten seconds. */
const answerMs = seconds(15)
const answerBytesMax = 8 * MiB
const wordsLengthMax = 200
/** What GitHub asks for where a limit names no time: "Rate limits for the REST API". */
const unnamedPauseMs = minutes(1)

/** Where GitHub is, and how it may be reached. */
export type GithubHost = { apiUrl: URL; reach: Reach }

export type GithubCall = {
  method?: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  /** Below the API's address, or a whole address of the same API, as `Link` headers name them. */
  path: string
  /** A JWT of the App, or a token of an installation; null for what is asked without. */
  token: Secret | null
  body?: unknown
  headers?: Record<string, string>
  signal?: AbortSignal | undefined
}

export type GithubAnswer = { status: number; headers: Headers; json: unknown }

/** GitHub said no: asking again the same way changes nothing. */
export class GithubRefused extends Error {
  readonly status: number
  /** GitHub's own words, on one line. */
  readonly words: string

  constructor(status: number, words: string) {
    super(`GitHub refused it (status ${status}${words === '' ? '' : `: ${words}`}).`)
    this.name = 'GithubRefused'
    this.status = status
    this.words = words
  }
}

/**
 * Asks GitHub's REST API. A 304 is an answer. Throws GithubRefused, or OoreError `unavailable` where
 * GitHub does not answer, is broken, or wants to be left alone: then its message names the time until
 * which, and `retryAfterSeconds` is how long that is.
 */
export async function askGithub(
  { apiUrl, reach }: GithubHost,
  { method = 'GET', path, token, body, headers = {}, signal }: GithubCall,
): Promise<GithubAnswer> {
  const url = addressOf(apiUrl, path)
  const answer = await safeFetch(url, {
    method,
    reach,
    timeoutMs: answerMs,
    answerBytesMax,
    signal,
    headers: {
      accept: 'application/vnd.github+json',
      'x-github-api-version': '2022-11-28',
      ...(token === null ? {} : { authorization: `Bearer ${token.reveal()}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  }).catch((error: unknown) => {
    if (!(error instanceof NoAnswer)) throw error
    throw new OoreError('unavailable', `GitHub cannot be asked now: ${error.message}`, {
      cause: error,
    })
  })
  return read(answer)
}

/** A token goes to the API that it is of, and nowhere else. */
function addressOf(apiUrl: URL, path: string): URL {
  if (path.startsWith('/')) return new URL(`${apiUrl.href.replace(/\/$/, '')}${path}`)
  const url = new URL(path)
  if (url.origin === apiUrl.origin) return url
  throw new GithubRefused(0, `it sends on to ${url.origin}`)
}

function read({ status, headers, text, isCut }: SafeAnswer): GithubAnswer {
  const json = jsonIn(text)
  if (status === 304) return { status, headers, json: null }
  if (status >= 200 && status < 300 && !isCut && (json !== null || text === '')) {
    return { status, headers, json }
  }
  const words = oneLine(messageIn(json), wordsLengthMax)
  const pauseMs = pauseIn(status, headers, words)
  if (pauseMs !== null) throw limited(pauseMs, headers)
  if (status >= 500 || status < 300) {
    const said = words === '' ? '' : ` It said “${words}”.`
    throw new OoreError('unavailable', `GitHub cannot answer now (status ${status}).${said}`)
  }
  throw new GithubRefused(status, words)
}

/** How long GitHub wants to be left alone; null where it did not say that (security.md OA-11). */
function pauseIn(status: number, headers: Headers, words: string): Millis | null {
  const isLimit =
    status === 429 ||
    (status === 403 &&
      (headers.has('retry-after') ||
        headers.get('x-ratelimit-remaining') === '0' ||
        /rate limit/i.test(words)))
  if (!isLimit) return null
  const after = headers.get('retry-after') ?? ''
  if (/^\d{1,6}$/.test(after)) return seconds(Number(after))
  const reset = headers.get('x-ratelimit-reset') ?? ''
  const date = Date.parse(headers.get('date') ?? '')
  if (!/^\d{1,12}$/.test(reset) || Number.isNaN(date)) return unnamedPauseMs
  // By GitHub's own clock, whatever ours says.
  return Math.max(seconds(1), seconds(Number(reset)) - date)
}

function limited(pauseMs: Millis, headers: Headers): OoreError {
  const date = Date.parse(headers.get('date') ?? '')
  const until = Number.isNaN(date) ? null : new Date(date + pauseMs).toISOString().slice(0, 19)
  const when = until === null ? `for ${Math.ceil(pauseMs / 1000)} seconds` : `until ${until}Z`
  return new OoreError('unavailable', `GitHub has rate limited Oore: rate limited ${when}.`, {
    retryAfterSeconds: Math.ceil(pauseMs / 1000),
  })
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

function messageIn(json: unknown): string {
  if (typeof json !== 'object' || json === null) return ''
  const { message, errors } = json as { message?: unknown; errors?: unknown }
  const more = Array.isArray(errors) && errors.length > 0 ? ` ${JSON.stringify(errors[0])}` : ''
  return typeof message === 'string' ? `${message}${more}` : ''
}
