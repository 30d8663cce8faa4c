import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Waiter } from '../../src/lib/bell.ts'
import { decodeFrames } from '../../src/lib/log-frames.ts'
import { newId, newToken } from '../../src/lib/ids.ts'
import { MiB } from '../../src/lib/sizes.ts'
import {
  eventsRequest,
  fenceHeader,
  pollRequest,
  registerRequest,
  type Claim,
  type PollReply,
  type RunnerEvent,
} from '../../src/protocol/messages.ts'

/** What befalls a message: it may be lost on the way here, half of it, or the answer to it. */
export type Fate = 'answered' | 'lost' | 'half' | 'unanswered'

/** What the server knows of one build. */
export type KeptBuild = {
  claim: Claim
  events: RunnerEvent[]
  logs: Map<number, KeptLog>
  artifacts: Map<number, Buffer[]>
  outcome: Extract<RunnerEvent, { type: 'build.finished' }>['outcome'] | null
}
export type KeptLog = { size: number; chunks: Buffer[]; stderr: Buffer[]; skipped: number }

/**
 * A server that speaks the runner protocol for real, over a Unix socket in a directory of its own,
 * and can be made to fail in every way a server can. It keeps no more than what it was told, and
 * every breach of the protocol's order as a sentence in `breaches`.
 */
export async function startRunnerServer() {
  const directory = await mkdtemp(join(tmpdir(), 'oore-runner-'))
  const socket = join(directory, 'server.sock')
  const tokenFile = join(directory, 'token')
  const builds = new Map<string, KeptBuild>()
  const offers: Claim[] = []
  const leased = new Map<string, Claim>()
  const cancels: { build_id: string; fence: number }[] = []
  const revoked = new Set<string>()
  const breaches: string[] = []
  const polls: { free_slots: number; holding: number }[] = []
  const changed = new Set<() => void>()
  const tokens = new Set<string>()
  let registrations = 0
  let slots = 1
  let drain: PollReply['drain'] = 'none'
  let toldDrain: PollReply['drain'] = 'none'
  let fateOf: (request: IncomingMessage) => Fate = () => 'answered'
  let isRefused: (request: IncomingMessage) => boolean = () => false
  let onLog: (build: KeptBuild, position: number) => void = () => {}
  let server: Server | null = null
  let joinToken = ''

  const keyOf = (lease: { build_id: string; fence: number }) => `${lease.build_id}/${lease.fence}`
  const ring = () => {
    for (const listener of [...changed]) listener()
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://oore')
    // Node lets go of it when the connection breaks.
    const { socket: line } = request
    const token = request.headers.authorization?.replace('Bearer ', '') ?? ''
    const fate = url.pathname === '/runner/poll' ? 'answered' : fateOf(request)
    if (fate === 'lost') return void line.destroy()

    if (url.pathname === '/runner/register') {
      if (token !== joinToken) return reply(response, 401)
      slots = registerRequest.parse(await readJson(request)).slots
      registrations += 1
      const own = newToken()
      tokens.add(own)
      return reply(response, 200, { runner_id: newId(), token: own, slots })
    }
    if (!tokens.has(token)) return reply(response, 401)
    if (url.pathname === '/runner/poll') return poll(request, response)

    const [, , , id = '', kind, number] = url.pathname.split('/')
    const fence = Number(request.headers[fenceHeader])
    const build = builds.get(id)
    if (!build || build.claim.fence !== fence || revoked.has(keyOf(build.claim))) {
      return reply(response, 410)
    }
    if (isRefused(request)) return reply(response, 422, { detail: 'No such thing.' })
    const offset = Number(url.searchParams.get('offset'))
    const wanted =
      kind === 'events'
        ? takeEvents(build, eventsRequest.parse(await readJson(request)).events)
        : kind === 'steps'
          ? takeLog(build, Number(number), offset, await readBody(request, fate))
          : takeArtifact(build, Number(number), offset, await readBody(request, fate))
    ring()
    if (fate !== 'answered') return void line.destroy()
    if (wanted === null) reply(response, 204)
    else reply(response, 409, { wanted })
  }

  async function poll(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const asked = pollRequest.parse(await readJson(request))
    polls.push({ free_slots: asked.free_slots, holding: asked.holding.length })
    const holding = new Set(asked.holding.map(keyOf))
    ring()
    const more = new Waiter()
    changed.add(more.ring)
    const gone = new AbortController()
    response.on('close', () => gone.abort())
    try {
      while (!gone.signal.aborted) {
        // What was handed over and is not held was lost on the way: it is handed over again.
        const lostOnTheWay = [...leased.values()].filter(
          (claim) => !holding.has(keyOf(claim)) && !builds.get(claim.build_id)?.outcome,
        )
        const fresh = offers.splice(0, Math.max(0, asked.free_slots - lostOnTheWay.length))
        for (const claim of fresh) {
          leased.set(claim.build_id, claim)
          builds.set(claim.build_id, emptyBuild(claim))
        }
        const lost = asked.holding.filter((lease) => revoked.has(keyOf(lease)))
        const told: PollReply = {
          claims: [...lostOnTheWay, ...fresh],
          cancels: cancels.filter((lease) => holding.has(keyOf(lease))),
          lost,
          slots,
          drain,
        }
        const isNews = told.claims.length + told.cancels.length + told.lost.length > 0
        if (isNews || drain !== toldDrain) {
          toldDrain = drain
          return reply(response, 200, told)
        }
        await more.wait(25_000, gone.signal)
      }
    } finally {
      changed.delete(more.ring)
    }
  }

  function takeEvents(build: KeptBuild, events: RunnerEvent[]): number | null {
    for (const event of events) {
      if (event.seq > build.events.length) return build.events.length
      if (event.seq < build.events.length) continue
      breaches.push(...breachesOf(build, event))
      build.events.push(event)
      if (event.type === 'build.finished') {
        build.outcome = event.outcome
        leased.delete(build.claim.build_id)
      }
    }
    return null
  }

  function takeLog(
    build: KeptBuild,
    position: number,
    offset: number,
    body: Buffer,
  ): number | null {
    const log = build.logs.get(position) ?? { size: 0, chunks: [], stderr: [], skipped: 0 }
    build.logs.set(position, log)
    if (offset > log.size) return log.size
    const { frames, jump } = wholeFrames(body)
    let at = jump?.offset ?? offset
    if (jump && jump.offset > log.size) {
      log.skipped += jump.offset - log.size
      log.size = jump.offset
    }
    for (const frame of frames) {
      const fresh = Buffer.from(frame.bytes).subarray(Math.max(0, log.size - at))
      at += frame.bytes.length
      if (fresh.length === 0) continue
      log.size = at
      log.chunks.push(fresh)
      if (frame.stream === 'stderr') log.stderr.push(fresh)
    }
    onLog(build, position)
    return null
  }

  function takeArtifact(
    build: KeptBuild,
    index: number,
    offset: number,
    body: Buffer,
  ): number | null {
    const found = build.events.find(
      (event) => event.type === 'artifact.found' && event.index === index,
    )
    if (found?.type !== 'artifact.found') {
      breaches.push(`artifact ${index} came before it was announced`)
      return 0
    }
    const chunks = build.artifacts.get(index) ?? []
    build.artifacts.set(index, chunks)
    const size = sizeOf(chunks)
    if (offset > size) return size
    chunks.push(body.subarray(size - offset))
    return sizeOf(chunks) < found.size_bytes ? sizeOf(chunks) : null
  }

  async function listen(): Promise<void> {
    await rm(socket, { force: true })
    joinToken = newToken()
    await writeFile(tokenFile, `${joinToken}\n`)
    server = createServer((request, response) => {
      const { socket: line } = request
      // A connection that this server or the runner cut is what these tests are about.
      answer(request, response).catch((thrown: unknown) => {
        if (!request.destroyed) breaches.push(`${request.method} ${request.url}: ${String(thrown)}`)
        line.destroy()
      })
    })
    const listening = server
    await new Promise<void>((resolve) => listening.listen(socket, resolve))
  }

  /** Goes away as a killed process does: every connection breaks, the socket's file stays. */
  async function vanish(): Promise<void> {
    const leaving = server
    server = null
    toldDrain = 'none'
    if (!leaving) return
    const closed = new Promise((resolve) => leaving.close(resolve))
    leaving.closeAllConnections()
    await closed
  }

  await listen()
  return {
    directory,
    socket,
    tokenFile,
    builds,
    breaches,
    polls,
    vanish,
    comeBack: listen,
    registrations: () => registrations,
    isListeningFor: () => changed.size,
    offer(...claims: Claim[]) {
      offers.push(...claims)
      ring()
    },
    cancel(claim: Claim) {
      cancels.push({ build_id: claim.build_id, fence: claim.fence })
      ring()
    },
    /** The lease is another's from now on; `offerAgain` hands the build out under a new fence. */
    revoke(claim: Claim) {
      revoked.add(keyOf(claim))
      leased.delete(claim.build_id)
      ring()
    },
    drain(how: PollReply['drain']) {
      drain = how
      ring()
    },
    /** Decides what befalls each message from now on. */
    setFate(fate: (request: IncomingMessage) => Fate) {
      fateOf = fate
    },
    /** Messages that this server will never take. */
    refuse(which: (request: IncomingMessage) => boolean) {
      isRefused = which
    },
    onLog(listener: (build: KeptBuild, position: number) => void) {
      onLog = listener
    },
    /** As after the loss of a database: nobody here knows this runner's token any more. */
    forgetTokens() {
      tokens.clear()
    },
    hasEnded: (claim: Claim) => Boolean(builds.get(claim.build_id)?.outcome),
    build(claim: Claim): KeptBuild {
      const build = builds.get(claim.build_id)
      if (!build) throw new Error(`build ${claim.build_id} was never claimed`)
      return build
    },
    /** Resolves as soon as `is` holds, looked at after each message; rejects with what it saw. */
    async until(what: string, is: () => boolean, timeoutMs = 15_000): Promise<void> {
      const more = new Waiter()
      changed.add(more.ring)
      const deadline = performance.now() + timeoutMs
      try {
        while (!is()) {
          const how = await more.wait(Math.max(1, deadline - performance.now()))
          if (how === 'timeout' && !is()) throw new Error(`waited for: ${what}`)
        }
      } finally {
        changed.delete(more.ring)
      }
    },
    async [Symbol.asyncDispose]() {
      await vanish()
      await rm(directory, { recursive: true, force: true })
    },
  }
}

export type RunnerServer = Awaited<ReturnType<typeof startRunnerServer>>

export const logBytes = (build: KeptBuild, position: number): Buffer =>
  Buffer.concat(build.logs.get(position)?.chunks ?? [])

const emptyBuild = (claim: Claim): KeptBuild => ({
  claim,
  events: [],
  logs: new Map(),
  artifacts: new Map(),
  outcome: null,
})

/** Is this event told too early? */
function breachesOf(build: KeptBuild, event: RunnerEvent): string[] {
  if (event.type === 'step.finished') {
    const log = build.logs.get(event.position)
    const said = event.log.stdout_bytes + event.log.stderr_bytes
    if ((log?.size ?? 0) !== said) {
      return [`step ${event.position} ended with ${log?.size ?? 0} of ${said} bytes of its log`]
    }
  }
  if (event.type === 'build.finished') {
    return build.events.flatMap((earlier) =>
      earlier.type === 'artifact.found' &&
      sizeOf(build.artifacts.get(earlier.index) ?? []) !== earlier.size_bytes
        ? [`the build ended before artifact ${earlier.index} was there`]
        : [],
    )
  }
  return []
}

/** The whole frames of a body that may be cut off anywhere. */
function wholeFrames(body: Buffer): ReturnType<typeof decodeFrames> {
  let at = 0
  while (at + 16 <= body.length && at + 16 + body.readUInt32BE(at) <= body.length) {
    at += 16 + body.readUInt32BE(at)
  }
  return decodeFrames(body.subarray(0, at))
}

const sizeOf = (chunks: Buffer[]): number => chunks.reduce((sum, { length }) => sum + length, 0)

function reply(response: ServerResponse, status: number, body?: object): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(body && JSON.stringify(body))
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  return JSON.parse((await readBody(request, 'answered')).toString('utf8'))
}

async function readBody(request: IncomingMessage, fate: Fate): Promise<Buffer> {
  const chunks: Buffer[] = []
  const half = Number(request.headers['content-length']) / 2
  for await (const chunk of request) {
    chunks.push(chunk as Buffer)
    if (fate === 'half' && sizeOf(chunks) >= half) break
    if (sizeOf(chunks) > 512 * MiB) throw new Error('too large for a test')
  }
  const body = Buffer.concat(chunks)
  return fate === 'half' ? body.subarray(0, Math.floor(half)) : body
}
