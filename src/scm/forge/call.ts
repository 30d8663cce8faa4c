import { type Millis, minutes, seconds } from '../../lib/clock.ts'
import { oneLine } from '../../lib/one-line.ts'
import { NoAnswer, type SafeAnswer, safeFetch } from '../../lib/safe-fetch.ts'
import { KiB } from '../../lib/sizes.ts'
import type { ForgeTarget, Told } from '../contract.ts'
import { scrubbed } from '../git/credential.ts'

/** A forge that takes longer is asked again later. */
const answerMs = seconds(10)
const answerBytesMax = 64 * KiB
/** GitHub sends a renamed repository's address on once; a forge that sends in circles is none. */
const redirectsMax = 2
/** What GitHub asks for where it names no time: docs.github.com, "Rate limits for the REST API". */
const unnamedPauseMs = minutes(1)
/** The forge's own words that are kept of an error. Characters. */
const wordsMax = 200

export type ForgeCall = {
  /** The forge's name, for sentences. */
  forge: string
  url: string
  headers: Record<string, string>
  method?: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE'
  /** Nothing is sent of it with `GET` and `DELETE`. */
  body: JsonValue
  target: ForgeTarget
  signal: AbortSignal | undefined
  /** Beyond this the answer is not read on; 64 KiB where nothing is said. */
  answerBytesMax?: number
}

export type JsonValue =
  string | number | boolean | null | JsonValue[] | { [name: string]: JsonValue }

/** What the forge answered: an error's words are short, on one line, and never hold the token. */
export type ForgeAnswer = {
  status: number
  headers: Headers
  /** The body of a good answer; null where it is none. */
  json: unknown
  words: string
}

/**
 * Posts JSON with the repository's token. A redirect is followed within the same origin only, so the
 * token goes nowhere else. Never throws: no answer is a `later`, which may have been taken.
 */
export async function postToForge(call: ForgeCall): Promise<ForgeAnswer | Told> {
  try {
    return await post(call, call.url, redirectsMax)
  } catch (error) {
    const isUnsure = !(error instanceof NoAnswer) || error.isUnsure
    const said = error instanceof Error ? error.message : String(error)
    const why = `${call.forge} cannot be told now: ${wordsOf(said, call.target)}`
    return { is: 'later', why, afterMs: null, unsure: isUnsure }
  }
}

/** Asks for JSON with the repository's token; otherwise as `postToForge`, and nothing is in doubt. */
export async function askForge(
  call: Omit<ForgeCall, 'method' | 'body'>,
): Promise<ForgeAnswer | Told> {
  const answer = await postToForge({ ...call, method: 'GET', body: null })
  return 'is' in answer && answer.is === 'later' ? { ...answer, unsure: false } : answer
}

async function post(call: ForgeCall, url: string, left: number): Promise<ForgeAnswer | Told> {
  const { target, method = 'POST' } = call
  const hasBody = method !== 'GET' && method !== 'DELETE'
  const answer = await safeFetch(url, {
    method,
    reach: target.reach,
    timeoutMs: answerMs,
    answerBytesMax: call.answerBytesMax ?? answerBytesMax,
    signal: call.signal,
    headers: {
      ...(hasBody ? { 'content-type': 'application/json' } : {}),
      authorization: `Bearer ${target.credential.password.reveal()}`,
      ...call.headers,
    },
    ...(hasBody ? { body: JSON.stringify(cleaned(call.body, target)) } : {}),
  })
  const to = answer.status >= 300 && answer.status < 400 ? answer.headers.get('location') : null
  if (to === null) return read(answer, call)
  const next = URL.canParse(to, url) ? new URL(to, url) : null
  if (next !== null && next.origin === new URL(url).origin && left > 0) {
    return post(call, next.href, left - 1)
  }
  const why = `${call.forge} sends on to another address. Enter the clone address where the repository really is.`
  return { is: 'refused', why }
}

/** What is sent without the token, wherever in it that may have got. */
function cleaned(value: JsonValue, target: ForgeTarget): JsonValue {
  if (typeof value === 'string') return scrubbed(value, target.credential)
  if (Array.isArray(value)) return value.map((each) => cleaned(each, target))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [name, cleaned(each, target)]),
  )
}

function read({ status, headers, text }: SafeAnswer, { target }: ForgeCall): ForgeAnswer {
  const isGood = status < 300
  return {
    status,
    headers,
    json: isGood ? jsonIn(text) : null,
    words: isGood ? '' : wordsOf(messageIn(text), target),
  }
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

/** `message` or `error`, as text or by field; Bitbucket's `error` has the `message` inside. */
function messageIn(body: string): string {
  try {
    const json: unknown = JSON.parse(body)
    if (typeof json !== 'object' || json === null) return ''
    const said = 'message' in json ? json.message : 'error' in json ? json.error : ''
    if (typeof said === 'string') return said
    const inside = typeof said === 'object' && said !== null && 'message' in said && said.message
    return typeof inside === 'string' ? inside : JSON.stringify(said)
  } catch {
    // A page of HTML, from a proxy most likely: the status says as much.
    return ''
  }
}

const wordsOf = (text: string, { credential }: ForgeTarget): string =>
  oneLine(scrubbed(text, credential), wordsMax)

/** What every forge means by its status codes; null where the answer is good. */
export function troubleIn(answer: ForgeAnswer, forge: string): Told | null {
  const { status, words } = answer
  const said = words === '' ? '' : ` It said “${words}”.`
  if (status < 300) return null
  const pause = pauseIn(answer)
  if (pause !== null) {
    const why = `${forge} asks for fewer calls for now.${said}`
    return { is: 'later', why, afterMs: pause, unsure: false }
  }
  if (status >= 500 || status === 408 || status === 409 || status === 425) {
    const why = `${forge} cannot take it now (status ${status}).${said}`
    // A proxy in front of it may have given up while the forge was still at it.
    return { is: 'later', why, afterMs: null, unsure: status >= 500 || status === 408 }
  }
  return {
    is: 'refused',
    why: `${refusals[status]?.(forge) ?? `${forge} refused it (status ${status}).`}${said}`,
  }
}

const refusals: Record<number, (forge: string) => string> = {
  401: (forge) =>
    `${forge} does not accept the token: it is wrong, has expired or was revoked. Enter a new one in the repository’s settings, as the password for cloning.`,
  403: (forge) =>
    `${forge} does not let this token report on commits. Give it the permission that the guide names.`,
  404: (forge) =>
    `${forge} shows no such repository to this token: the address is wrong, or the token may not see it.`,
}

/** How long the forge wants to be left alone; null where it did not ask for that. */
function pauseIn({ status, headers, words }: ForgeAnswer): Millis | null {
  const isLimit =
    status === 429 ||
    (status === 403 &&
      (headers.has('retry-after') ||
        headers.get('x-ratelimit-remaining') === '0' ||
        /rate limit/i.test(words))) ||
    (status === 503 && headers.has('retry-after'))
  if (!isLimit) return null
  const after = headers.get('retry-after') ?? ''
  if (/^\d{1,6}$/.test(after)) return seconds(Number(after))
  const date = Date.parse(headers.get('date') ?? '')
  const until = /^\d{1,12}$/.exec(resetIn(headers))
  const named = until === null ? Date.parse(after) : seconds(Number(until[0]))
  // By the forge's own clock, whatever ours says.
  const pause = named - date
  return Number.isNaN(pause) ? unnamedPauseMs : Math.max(seconds(1), pause)
}

const resetIn = (headers: Headers): string =>
  headers.get('x-ratelimit-reset') ?? headers.get('ratelimit-reset') ?? ''
