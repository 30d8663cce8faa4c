import { readFile } from 'node:fs/promises'
import { Agent } from 'node:http'
import { z } from 'zod'
import { messageOf } from '../lib/errors.ts'
import { monotonicClock, type Millis } from '../lib/clock.ts'
import { fenceHeader, pollHoldMs, protocolVersion } from '../protocol/messages.ts'
import type { PollReply, PollRequest, RegisterReply, RunnerEvent } from '../protocol/messages.ts'
import { request, Unreachable, type Answer, type Request, type StreamedBody } from './request.ts'

const pollSilenceMs = pollHoldMs + 10_000
const messageSilenceMs = 30_000
const messageConnectionsMax = 64

/** What became of a message about a build. */
export type Taken =
  | { is: 'taken' }
  /** Out of turn: start again from this number or byte. */
  | { is: 'wanted'; wanted: number }
  /** The lease is another's now: say nothing more. */
  | { is: 'lost' }
  /** No such message will ever be taken: one of the two programs is wrong. */
  | { is: 'refused'; why: string }
  /** Try the same again later. */
  | { is: 'unreachable'; why: string }

export type Polled = { is: 'answered'; reply: PollReply } | { is: 'unreachable'; why: string }

/** The build a message is about, and the lease it is sent under. */
export type Lease = { build_id: string; fence: number }

/** The server, as a runner sees it. No call throws, whatever the server does or does not do. */
export type Client = {
  /** Null until the first registration was answered. */
  readonly registered: { runnerId: string; slots: number } | null
  /** Since when no call was answered, on the monotonic clock; null while the server answers. */
  readonly goneSince: Millis | null
  /** Ends with the signal, as `unreachable`. */
  poll(asked: Omit<PollRequest, 'protocol'>, signal: AbortSignal): Promise<Polled>
  sendEvents(lease: Lease, events: RunnerEvent[]): Promise<Taken>
  sendLog(lease: Lease, position: number, offset: number, frames: Uint8Array): Promise<Taken>
  sendArtifact(
    lease: Lease,
    index: number,
    offset: number,
    body: Uint8Array | StreamedBody,
  ): Promise<Taken>
  /** Ends what is on its way. */
  close(): void
}

export type ClientOptions = {
  socket: string
  /** Read at each registration, because a new server writes a new token into it. */
  tokenFile: string
  name: string
  slots: number
}

/** Speaks the runner protocol over `socket`. Registers by itself, and again when it is forgotten. */
export function connectToServer({ socket, tokenFile, name, slots }: ClientOptions): Client {
  const polls = new Agent({ keepAlive: true, maxSockets: 1 })
  const messages = new Agent({ keepAlive: true, maxSockets: messageConnectionsMax })
  const closing = new AbortController()
  let session: RegisterReply | null = null
  let registering: Promise<RegisterReply> | null = null
  let goneSince: Millis | null = null

  type Call = Omit<Request, 'socket' | 'headers'> & { lease?: Lease }

  async function call(asked: Call): Promise<Answer> {
    try {
      const current = session ?? (await register())
      let answer = await ask(asked, current.token)
      if (answer.status === 401) {
        // Forgotten, by a server with a new database: the token file has what it wants to hear.
        if (session === current) session = null
        answer = await ask(asked, (session ?? (await register())).token)
      }
      if (answer.status === 401 || answer.status === 429 || answer.status >= 500) {
        throw new Unreachable(`the server answers ${answer.status} ${sentenceOf(answer)}`)
      }
      goneSince = null
      return answer
    } catch (thrown) {
      if (thrown instanceof Unreachable) goneSince ??= monotonicClock()
      throw thrown
    }
  }

  function ask({ lease, ...asked }: Call, token: string): Promise<Answer> {
    return request({
      ...asked,
      socket,
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': asked.method === 'POST' ? 'application/json' : 'application/octet-stream',
        ...(lease && { [fenceHeader]: String(lease.fence) }),
      },
      signal: asked.signal ?? closing.signal,
    })
  }

  function register(): Promise<RegisterReply> {
    registering ??= registerOnce().finally(() => (registering = null))
    return registering
  }

  async function registerOnce(): Promise<RegisterReply> {
    const token = await readFile(tokenFile, 'utf8').catch((cause: unknown) => {
      throw new Unreachable(`the token file cannot be read: ${messageOf(cause)}`, { cause })
    })
    const answer = await ask(
      {
        agent: messages,
        method: 'POST',
        path: '/runner/register',
        body: json({ name, slots, pid: process.pid }),
        silenceMs: messageSilenceMs,
      },
      token.trim(),
    )
    if (answer.status >= 300) {
      throw new Unreachable(`registering is answered ${answer.status} ${sentenceOf(answer)}`)
    }
    session = readJson(registerReply, answer)
    return session
  }

  async function tell(asked: Omit<Call, 'agent' | 'silenceMs'>): Promise<Taken> {
    try {
      return takenOf(await call({ ...asked, agent: messages, silenceMs: messageSilenceMs }))
    } catch (thrown) {
      return { is: 'unreachable', why: messageOf(thrown) }
    }
  }

  return {
    get registered() {
      return session && { runnerId: session.runner_id, slots: session.slots }
    },
    get goneSince() {
      return goneSince
    },

    async poll(asked, signal) {
      try {
        const answering = call({
          agent: polls,
          method: 'POST',
          path: '/runner/poll',
          body: json({ ...asked, protocol: protocolVersion } satisfies PollRequest),
          silenceMs: pollSilenceMs,
          signal,
        })
        // Registering first is for every call, so the signal does not end it: it is left behind.
        const answer = await Promise.race([answering, whenAborted(signal)])
        if (answer.status >= 300) {
          return { is: 'unreachable', why: `polling is answered ${sentenceOf(answer)}` }
        }
        return { is: 'answered', reply: readJson(pollReply, answer) as PollReply }
      } catch (thrown) {
        return { is: 'unreachable', why: messageOf(thrown) }
      }
    },

    sendEvents: (lease, events) =>
      tell({ lease, method: 'POST', path: `${pathOf(lease)}/events`, body: json({ events }) }),

    sendLog: (lease, position, offset, frames) =>
      tell({
        lease,
        method: 'PUT',
        path: `${pathOf(lease)}/steps/${position}/log?offset=${offset}`,
        body: frames,
      }),

    sendArtifact: (lease, index, offset, body) =>
      tell({
        lease,
        method: 'PUT',
        path: `${pathOf(lease)}/artifacts/${index}?offset=${offset}`,
        body,
      }),

    close() {
      closing.abort(new Unreachable('this runner is ending'))
      polls.destroy()
      messages.destroy()
    },
  }
}

function takenOf(answer: Answer): Taken {
  if (answer.status < 300) return { is: 'taken' }
  if (answer.status === 409) return { is: 'wanted', wanted: readJson(wantedReply, answer).wanted }
  if (answer.status === 410) return { is: 'lost' }
  return { is: 'refused', why: `${answer.status} ${sentenceOf(answer)}` }
}

const whenAborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })

const pathOf = (lease: Lease): string => `/runner/builds/${lease.build_id}`

const json = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value))

const registerReply = z.object({
  runner_id: z.string(),
  token: z.string().min(1),
  slots: z.int().min(1),
})
const wantedReply = z.object({ wanted: z.int().min(0) })
const lease = z.object({ build_id: z.string(), fence: z.int() })
// A server claims for runners of its own protocol only: the envelope is checked, the plan inside is
// believed.
const pollReply = z.object({
  claims: z.array(z.looseObject({ build_id: z.string(), fence: z.int() })),
  cancels: z.array(lease),
  lost: z.array(lease),
  slots: z.int().min(1),
  drain: z.enum(['none', 'finish', 'interrupt']),
})

/** An answer of another shape is a server that is not ours, or not yet: as good as none. */
function readJson<T>(shape: z.ZodType<T>, answer: Answer): T {
  try {
    return shape.parse(JSON.parse(answer.body.toString('utf8')))
  } catch (cause) {
    throw new Unreachable(`the answer is not one of the runner protocol (${answer.status})`, {
      cause,
    })
  }
}

const problem = z.object({ detail: z.string() })

/** What the server says is wrong, if it says so in words. */
function sentenceOf(answer: Answer): string {
  try {
    return problem.parse(JSON.parse(answer.body.toString('utf8'))).detail
  } catch {
    return ''
  }
}
