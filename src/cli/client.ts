import { cliEnvironment } from '../config.ts'
import { monotonicClock, seconds } from '../lib/clock.ts'
import { messageOf } from '../lib/errors.ts'
import type { Problem } from '../pipeline/problem.ts'
import { CallFailed, exitCodeOf, exitCodes } from './exit.ts'
import { readSecret } from './file.ts'

export type Connection = {
  server: string
  token: string | null
  /** How long the server may take to answer, or to come back. */
  patienceMs: number
}

/** What people may say for every command; `timeout` in seconds. */
export type Flags = { server?: string; tokenFile?: string; timeout: number }

/** Where the server is and who asks: flags before the environment. Throws CallFailed. */
export function connectionOf({ server, tokenFile, timeout }: Flags): Connection {
  const environment = cliEnvironment()
  const address = server ?? environment.server ?? 'http://localhost:8080'
  if (!URL.canParse(address) || !/^https?:/i.test(address)) {
    throw new CallFailed(
      `"${address}" is not the address of a server. Write it as https://ci.example.com.`,
      exitCodes.usage,
    )
  }
  const token = tokenFile === undefined ? environment.token : readSecret(tokenFile)
  if (token !== null && !/^[\x21-\x7e]+$/.test(token)) {
    const where = tokenFile ?? 'OORE_TOKEN'
    throw new CallFailed(`What ${where} holds is not a token of one line.`, exitCodes.usage)
  }
  return { server: address, token, patienceMs: seconds(timeout) }
}

export type CallOptions = { body?: unknown; query?: Record<string, string | undefined> }

/** Calls the API and gives its JSON. Throws CallFailed with the server's own sentence. */
export const call = <T>(
  connection: Connection,
  method: string,
  path: string,
  options: CallOptions = {},
): Promise<T> =>
  patiently(connection, async (signal) => {
    const answer = await request(connection, method, path, { ...options, signal })
    const text = await answer.text()
    if (text === '') return null as T
    try {
      return JSON.parse(text) as T
    } catch {
      throw noOore(connection, answer)
    }
  })

type Page<T> = { data: T[]; next_cursor: string | null }

/** Everything that a list of the API has, page after page. */
export async function allOf<T>(
  connection: Connection,
  path: string,
  query: Record<string, string | undefined> = {},
): Promise<T[]> {
  const found: T[] = []
  let cursor: string | undefined
  do {
    const asked = { ...query, cursor, limit: '200' }
    const page = await call<Page<T>>(connection, 'GET', path, { query: asked })
    found.push(...page.data)
    cursor = page.next_cursor ?? undefined
  } while (cursor !== undefined)
  return found
}

/**
 * Opens an answer that is read as it comes: a log that is followed, a download. Patience ends
 * with the head; the body may take its time.
 */
export const open = (
  connection: Connection,
  method: string,
  path: string,
  options: CallOptions = {},
): Promise<Response> =>
  patiently(connection, (signal) => request(connection, method, path, { ...options, signal }))

/** Tries again while the server is away. Throws CallFailed when it does not come back in time. */
export async function untilBack<T>(
  { patienceMs }: Connection,
  attempt: () => Promise<T>,
): Promise<T> {
  const giveUpAt = monotonicClock() + patienceMs
  for (;;) {
    try {
      return await attempt()
    } catch (error) {
      const isAway = error instanceof CallFailed && error.exitCode === exitCodes.unreachable
      if (!isAway || monotonicClock() > giveUpAt) throw error
    }
    await pause()
  }
}

const tryAgainMs = 500

/** The time between two questions to a server that is to be left in peace. */
export const pause = (): Promise<void> => new Promise((done) => setTimeout(done, tryAgainMs))

/** Whatever breaks on the way is a CallFailed, and nothing takes longer than patience lasts. */
async function patiently<T>(
  { server, patienceMs }: Connection,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const impatience = new AbortController()
  // Keeps the process alive too: a fetch whose connection is cut at once may never settle.
  const timer = setTimeout(() => impatience.abort(), patienceMs)
  try {
    return await work(impatience.signal)
  } catch (error) {
    if (error instanceof CallFailed) throw error
    const { origin } = new URL(server)
    throw new CallFailed(
      impatience.signal.aborted
        ? `${origin} did not answer within ${patienceMs / 1000} seconds. --timeout waits longer.`
        : `${origin} cannot be reached (${causeOf(error)}). Is oored running there? ` +
            '--server names another.',
      exitCodes.unreachable,
    )
  } finally {
    clearTimeout(timer)
  }
}

/** What fetch hides behind "fetch failed"; of several addresses that all failed only a code. */
function causeOf(error: unknown): string {
  const cause: unknown = error instanceof Error && error.cause ? error.cause : error
  return messageOf(cause) || String((cause as { code?: unknown }).code)
}

async function request(
  connection: Connection,
  method: string,
  path: string,
  { body, query = {}, signal }: CallOptions & { signal: AbortSignal },
): Promise<Response> {
  const { server, token } = connection
  const url = new URL(`/api${path}`, server)
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) url.searchParams.set(name, value)
  }
  const answer = await fetch(url, {
    method,
    // A token is for the server it was given for.
    redirect: 'manual',
    headers: {
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal,
  })
  if (isOfAnother(answer)) throw noOore(connection, answer)
  if (!answer.ok) throw await refusalOf(connection, answer)
  return answer
}

type Refusal = {
  detail?: string
  request_id?: string
  errors?: { field: string; message: string }[]
  problems?: Problem[]
}

async function refusalOf({ token }: Connection, answer: Response): Promise<CallFailed> {
  const { status } = answer
  if (status === 401) {
    return new CallFailed(
      token === null
        ? 'Not signed in. Set OORE_TOKEN, or name a file with --token-file.'
        : 'The server does not know the token that was sent. Is it the one of this server?',
      exitCodes.auth,
    )
  }
  const told = (await answer.json()) as Refusal
  const detail = told.detail ?? `The server answered ${status}.`
  // The sentence tells the first fields already.
  const fields = (told.errors ?? [])
    .filter(({ message }) => !detail.includes(message))
    .map(({ field, message }) => `  ${field} ${message}`)
  const requestId = status >= 500 && told.request_id
  const request = requestId && !detail.includes(requestId) ? [`Request ${requestId}.`] : []
  return new CallFailed(
    [detail, ...fields, ...request].join('\n'),
    exitCodeOf(status),
    told.problems,
  )
}

/** Oore sends nobody on, and refuses in JSON. */
const isOfAnother = ({ ok, status, headers }: Response): boolean =>
  !ok && (status < 400 || !headers.get('content-type')?.includes('json'))

/** What to say where somebody else answered. */
export function noOore({ server }: Connection, { status, headers }: Response): CallFailed {
  const { origin } = new URL(server)
  const to = headers.get('location')
  const found =
    status < 400 && to !== null && URL.canParse(to, server)
      ? `it sends on to ${new URL(to, server).origin}`
      : `it answered ${status} with ${headers.get('content-type') ?? 'nothing'}`
  return new CallFailed(
    `${origin} is not an Oore server: ${found}. --server names another.`,
    exitCodes.unreachable,
  )
}
