import { type Millis, minutes, seconds } from '../../lib/clock.ts'
import { messageOf } from '../../lib/errors.ts'
import { oneLine } from '../../lib/one-line.ts'
import { KiB } from '../../lib/sizes.ts'
import type { ReportTarget, Told } from '../contract.ts'
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
  body: Record<string, string | null>
  target: ReportTarget
  signal: AbortSignal | undefined
}

/** What the forge answered: an error's words are short, on one line, and never hold the token. */
export type ForgeAnswer = { status: number; headers: Headers; words: string }

/**
 * Posts JSON with the repository's token. A redirect is followed within the same origin only, so the
 * token goes nowhere else. Never throws: no answer is a `later`, which may have been taken.
 */
export async function postToForge(call: ForgeCall): Promise<ForgeAnswer | Told> {
  try {
    return await post(call, call.url, redirectsMax)
  } catch (error) {
    const why = `${call.forge} did not answer (${wordsOf(causeOf(error), call.target)}).`
    return { is: 'later', why, afterMs: null, unsure: true }
  }
}

async function post(call: ForgeCall, url: string, left: number): Promise<ForgeAnswer | Told> {
  const timeout = AbortSignal.timeout(answerMs)
  const answer = await fetch(url, {
    method: 'POST',
    redirect: 'manual',
    signal: call.signal ? AbortSignal.any([call.signal, timeout]) : timeout,
    headers: {
      'content-type': 'application/json',
      'user-agent': 'Oore',
      authorization: `Bearer ${call.target.credential.password.reveal()}`,
      ...call.headers,
    },
    body: JSON.stringify(
      Object.fromEntries(
        Object.entries(call.body).map(([name, value]) => [
          name,
          value === null ? null : scrubbed(value, call.target.credential),
        ]),
      ),
    ),
  })
  const to = answer.status >= 300 && answer.status < 400 ? answer.headers.get('location') : null
  if (to === null) return read(answer, call)
  await answer.body?.cancel()
  const next = URL.canParse(to, url) ? new URL(to, url) : null
  if (next !== null && next.origin === new URL(url).origin && left > 0) {
    return post(call, next.href, left - 1)
  }
  const why = `${call.forge} sends on to another address. Enter the clone address where the repository really is.`
  return { is: 'refused', why }
}

async function read(answer: Response, { target }: ForgeCall): Promise<ForgeAnswer> {
  const { status, headers } = answer
  if (answer.ok) {
    await answer.body?.cancel()
    return { status, headers, words: '' }
  }
  return { status, headers, words: wordsOf(messageIn(await beginningOf(answer)), target) }
}

/** As much of the body as is read; the rest is left where it is. */
async function beginningOf(answer: Response): Promise<string> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of answer.body ?? []) {
    chunks.push(chunk)
    size += chunk.byteLength
    if (size >= answerBytesMax) break
  }
  return Buffer.concat(chunks).subarray(0, answerBytesMax).toString('utf8')
}

/** GitHub says `message`; GitLab says `message`, as text or by field, or `error`. */
function messageIn(body: string): string {
  try {
    const json: unknown = JSON.parse(body)
    if (typeof json !== 'object' || json === null) return ''
    const said = 'message' in json ? json.message : 'error' in json ? json.error : ''
    return typeof said === 'string' ? said : JSON.stringify(said)
  } catch {
    // A page of HTML, from a proxy most likely: the status says as much.
    return ''
  }
}

const wordsOf = (text: string, { credential }: ReportTarget): string =>
  oneLine(scrubbed(text, credential), wordsMax)

/** `fetch failed` says nothing; what it failed of is its cause. */
function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (error.name === 'TimeoutError') return `not within ${answerMs / 1000} seconds`
  return error.cause === undefined ? error.message : messageOf(error.cause)
}

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
