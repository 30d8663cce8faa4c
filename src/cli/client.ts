import { readFileSync } from 'node:fs'
import { cliEnvironment } from '../config.ts'
import { messageOf } from '../lib/errors.ts'
import { CallFailed, exitCodeOf, exitCodes } from './exit.ts'

export type Connection = { server: string; token: string | null }

const answerWithinMs = 30_000

/** Where the server is and who asks: flags before the environment. Throws CallFailed. */
export function connectionOf(flags: { server?: string; tokenFile?: string }): Connection {
  const { server, token } = cliEnvironment()
  const address = flags.server ?? server ?? 'http://localhost:8080'
  if (!URL.canParse(address)) {
    throw new CallFailed(
      `"${address}" is not the address of a server. Write it as https://ci.example.com.`,
      exitCodes.usage,
    )
  }
  return { server: address, token: flags.tokenFile ? tokenIn(flags.tokenFile) : token }
}

function tokenIn(file: string): string {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8').trim()
  } catch (error) {
    throw new CallFailed(`The token file cannot be read: ${messageOf(error)}`, exitCodes.usage)
  }
}

export type CallOptions = { body?: unknown; query?: Record<string, string | undefined> }

/** Calls the API and gives its JSON. Throws CallFailed with the server's own sentence. */
export async function call<T>(
  connection: Connection,
  method: string,
  path: string,
  options: CallOptions = {},
): Promise<T> {
  const answer = await open(connection, method, path, {
    ...options,
    signal: AbortSignal.timeout(answerWithinMs),
  })
  const text = await answer.text()
  return (text === '' ? null : JSON.parse(text)) as T
}

/** Opens an answer that is read as it comes: a log that is followed, a download. */
export async function open(
  { server, token }: Connection,
  method: string,
  path: string,
  { body, query = {}, signal }: CallOptions & { signal?: AbortSignal } = {},
): Promise<Response> {
  const url = new URL(`/api${path}`, server)
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) url.searchParams.set(name, value)
  }
  let answer: Response
  try {
    answer = await fetch(url, {
      method,
      redirect: 'error',
      headers: {
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal ? { signal } : {}),
    })
  } catch (error) {
    const cause = error instanceof Error && error.cause ? messageOf(error.cause) : messageOf(error)
    throw new CallFailed(
      `${url.origin} cannot be reached (${cause}). Is oored running there? --server names another.`,
      exitCodes.unreachable,
    )
  }
  if (answer.ok) return answer
  throw new CallFailed(await problemOf(answer), exitCodeOf(answer.status))
}

type Problem = {
  detail?: string
  request_id?: string
  errors?: { field: string; message: string }[]
}

async function problemOf(answer: Response): Promise<string> {
  const problem: Problem = await answer.json().catch(() => ({}))
  const fields = (problem.errors ?? []).map(({ field, message }) => `  ${field} ${message}`)
  const hint =
    answer.status === 401 ? 'Set OORE_TOKEN, or name a file with --token-file.' : undefined
  const head = problem.detail ?? `The server answered ${answer.status}.`
  const request = answer.status >= 500 ? `Request ${problem.request_id ?? 'unknown'}.` : undefined
  return [head, ...fields, hint, request].filter(Boolean).join('\n')
}
