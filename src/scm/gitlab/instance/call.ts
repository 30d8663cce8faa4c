import { isoTime, type Millis, minutes, seconds } from '../../../lib/clock.ts'
import { OoreError } from '../../../lib/errors.ts'
import { oneLine } from '../../../lib/one-line.ts'
import { NoAnswer, type Reach, type SafeAnswer, safeFetch } from '../../../lib/safe-fetch.ts'
import type { Secret } from '../../../lib/secret.ts'
import { MiB } from '../../../lib/sizes.ts'

const answerMs = seconds(15)
const answerBytesMax = 8 * MiB
const wordsLengthMax = 200
/** Where a limit names no time. */
const unnamedPauseMs = minutes(1)

/** Where a GitLab is, and how it may be reached. */
export type GitlabHost = {
  /** Its own address without a slash at the end; it may lie below a path of its host. */
  url: string
  reach: Reach
}

export type GitlabCall = {
  method?: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** Below `/api/v4`. */
  path: string
  query?: Record<string, string | number | undefined>
  /** An access token of OAuth; null for what is asked without. */
  token: Secret | null
  body?: Record<string, string | boolean>
  signal?: AbortSignal | undefined
}

export type GitlabAnswer = { status: number; headers: Headers; json: unknown }

/** GitLab said no: asking again the same way changes nothing. */
export class GitlabRefused extends Error {
  readonly status: number
  /** GitLab's own words, on one line; empty where it had none. */
  readonly words: string

  constructor(host: string, status: number, words: string) {
    super(`${host} refused it (status ${status}${words === '' ? '' : `: ${words}`}).`)
    this.name = 'GitlabRefused'
    this.status = status
    this.words = words
  }
}

/** How an instance is called: its host, with its port and its path where it has such. */
export const instanceName = (url: string): string => {
  const { host, pathname } = new URL(url)
  return `${host}${pathname.replace(/\/+$/, '')}`
}

/** The address of its API: docs.gitlab.com, "REST API". */
export const apiUrlOf = (url: string): string => `${url}/api/v4`

/**
 * Asks GitLab's REST API. Throws GitlabRefused, or OoreError `unavailable` where GitLab does not
 * answer, is broken, or wants to be left alone: then its message names the time until which, and
 * `retryAfterSeconds` is how long that is.
 */
export async function askGitlab(host: GitlabHost, call: GitlabCall): Promise<GitlabAnswer> {
  const { method = 'GET', path, query = {}, token, body, signal } = call
  const url = new URL(`${apiUrlOf(host.url)}${path}`)
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) url.searchParams.set(name, String(value))
  }
  const name = instanceName(host.url)
  const answer = await safeFetch(url, {
    method,
    reach: host.reach,
    timeoutMs: answerMs,
    answerBytesMax,
    signal,
    headers: {
      accept: 'application/json',
      ...(token === null ? {} : { authorization: `Bearer ${token.reveal()}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  }).catch((error: unknown) => {
    throw error instanceof NoAnswer ? unreachable(name, error) : error
  })
  return read(name, answer)
}

/** No answer, as a sentence: a certificate that is not believed has a remedy of its own (OA-09). */
export function unreachable(name: string, error: NoAnswer): OoreError {
  const advice = error.kind === 'certificate' ? ` ${certificateAdvice}` : ''
  return new OoreError('unavailable', `${name} cannot be asked now: ${error.message}${advice}`, {
    cause: error,
  })
}

export const certificateAdvice =
  'Where it is signed by an authority of your own, the operator sets OORE_GITLAB_CA_BUNDLE to a ' +
  'file with that authority’s certificate in PEM, and starts Oore again.'

function read(name: string, { status, headers, text, isCut }: SafeAnswer): GitlabAnswer {
  const json = jsonIn(text)
  const isRead = json !== null || text.trim() === ''
  if (status >= 200 && status < 300 && !isCut && isRead) return { status, headers, json }
  const words = oneLine(wordsIn(json), wordsLengthMax)
  const pauseMs = pauseIn(status, headers, words)
  if (pauseMs !== null) throw limited(name, pauseMs, headers)
  if (status >= 300 && status < 400) {
    throw new GitlabRefused(name, status, 'it sends on to another address')
  }
  if (status >= 500 || status < 300) {
    const said = words === '' ? '' : ` It said “${words}”.`
    throw new OoreError('unavailable', `${name} cannot answer now (status ${status}).${said}`)
  }
  throw new GitlabRefused(name, status, words)
}

/** How long GitLab wants to be left alone; null where it did not say that (security.md OA-11). */
function pauseIn(status: number, headers: Headers, words: string): Millis | null {
  const isLimit =
    status === 429 ||
    (status === 403 && (headers.has('retry-after') || /rate limit/i.test(words))) ||
    (status === 503 && headers.has('retry-after'))
  if (!isLimit) return null
  const after = headers.get('retry-after') ?? ''
  if (/^\d{1,6}$/.test(after)) return seconds(Number(after))
  const reset = headers.get('ratelimit-reset') ?? ''
  const date = Date.parse(headers.get('date') ?? '')
  if (!/^\d{1,12}$/.test(reset) || Number.isNaN(date)) return unnamedPauseMs
  // By GitLab's own clock, whatever ours says.
  return Math.max(seconds(1), seconds(Number(reset)) - date)
}

function limited(name: string, pauseMs: Millis, headers: Headers): OoreError {
  const date = Date.parse(headers.get('date') ?? '')
  const when = Number.isNaN(date)
    ? `for ${Math.ceil(pauseMs / 1000)} seconds`
    : `until ${isoTime(date + pauseMs).slice(0, 19)}Z`
  return new OoreError('unavailable', `${name} asks for fewer calls: rate limited ${when}.`, {
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

/** GitLab says `message`, as text or by field, or `error` and `error_description`. */
function wordsIn(json: unknown): string {
  if (typeof json !== 'object' || json === null) return ''
  const { message, error, error_description: description } = json as Record<string, unknown>
  const said = message ?? description ?? error ?? ''
  return typeof said === 'string' ? said : JSON.stringify(said)
}
