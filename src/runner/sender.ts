import { createReadStream } from 'node:fs'
import { setImmediate as turn } from 'node:timers/promises'
import type { Waiter } from '../lib/bell.ts'
import { hours, type Millis, monotonicClock } from '../lib/clock.ts'
import { encodeChunk, frameBodyBytesMax } from '../lib/log-frames.ts'
import type { LogFile } from '../lib/log-file.ts'
import { KiB } from '../lib/sizes.ts'
import type { RunnerEvent } from '../protocol/messages.ts'
import type { Client, Lease, Taken } from './client.ts'
import { backoff, mayComeBack, untilSocketMoves } from './outage.ts'
import type { FoundArtifact } from './reporter.ts'
import type { Spool } from './spool.ts'

/** A body of frames stays within the protocol's limit even when it begins with a jump. */
const logBytesPerMessage = frameBodyBytesMax - 1 * KiB
const eventsPerMessage = 1000
/** Nobody sees the difference on a page, and a build of many short steps is done sooner. */
const gatherMs = 25
// Then the machine may have its memory and disk back: nobody waits for this build any more.
const patienceMs = hours(24)
const foreverMs = 2 ** 31 - 1

export type SenderOptions = {
  client: Client
  lease: Lease
  spool: Spool
  /** Rung by the spool whenever there is more. */
  more: Waiter
  /** The server's socket, watched while nobody answers there. */
  socket: string
  /** Aborted when the server wants to hear nothing more, or when this runner ends. */
  signal: AbortSignal
}

export type Delivery =
  /** The server has everything. */
  | { is: 'delivered' }
  /** The lease is gone, or the signal was aborted. */
  | { is: 'lost' }
  | { is: 'refused'; why: string }
  /** The build is over, and no server will come for it: none was there for a day. */
  | { is: 'given_up' }

/**
 * Sends what the spool has, in an order in which the server may believe it: a step's end follows
 * all bytes of its log, the build's end follows the bytes of all artifacts. One message is on its
 * way at a time: what comes meanwhile waits together, so a lone line leaves at once and a flood
 * leaves in large bodies. Holds nothing but cursors, so it can be set back to wherever the server
 * says that it stopped.
 */
export async function sendAll(options: SenderOptions): Promise<Delivery> {
  const { spool, more, socket, signal } = options
  const waits = backoff()
  const cursors = newCursors()

  while (!signal.aborted) {
    const message = nextMessage(options, cursors)
    if (!message) {
      if (isFinished(spool) && cursors.seq === spool.events.length) return { is: 'delivered' }
      await more.wait(foreverMs, signal)
      // What is said in this very turn travels in one message.
      await turn()
      continue
    }

    if (await gathered(options, cursors, message)) continue
    const taken = await message.send()
    switch (taken.is) {
      case 'taken':
        waits.reset()
        cursors.gatheringSince = null
        message.taken()
        break
      case 'wanted':
        // The same place again is a server that cannot take it now; anything else is progress.
        if (taken.wanted === message.from) await untilSocketMoves(socket, waits.next(), signal)
        else message.startAgain(taken.wanted)
        break
      case 'unreachable':
        if (isFinished(spool) && isHopeless(options)) return { is: 'given_up' }
        message.unsure()
        if (await untilSocketMoves(socket, waits.next(), signal)) waits.reset()
        break
      case 'refused':
        return taken
      case 'lost':
        return taken
    }
  }
  return { is: 'lost' }
}

/**
 * Lets news of steps wait for more of it, so that a row of quick steps travels together; each
 * message costs both sides more than such a step takes. Words and the end of the build wait for
 * nothing. True where more has come and the message is to be made anew.
 */
async function gathered(
  { spool, more, signal }: SenderOptions,
  cursors: Cursors,
  message: Message,
): Promise<boolean> {
  const isUrgent =
    !message.mayWait ||
    isFinished(spool) ||
    [...spool.logs].some(([position, log]) => isLeft(log, position, cursors))
  if (isUrgent) return false
  cursors.gatheringSince ??= monotonicClock()
  const left = cursors.gatheringSince + gatherMs - monotonicClock()
  if (left > 0 && (await more.wait(left, signal)) === 'rung') return true
  cursors.gatheringSince = null
  return false
}

function isHopeless({ client, socket }: SenderOptions): boolean {
  const { goneSince } = client
  if (goneSince === null) return false
  return !mayComeBack(socket) || monotonicClock() - goneSince > patienceMs
}

/** How far the server has everything, as far as is known. */
type Cursors = {
  /** The number of the next event. */
  seq: number
  /** The next byte of each log that was begun. */
  logs: Map<number, number>
  /** How many artifacts, in their order, the server has whole, and how much of the next. */
  artifacts: number
  artifactBytes: number
  /** A connection was lost in the middle of an artifact: the server knows where it stopped. */
  artifactUnsure: boolean
  /** Since when news waits for more, on the monotonic clock; null where none waits. */
  gatheringSince: Millis | null
}

const newCursors = (): Cursors => ({
  seq: 0,
  logs: new Map(),
  artifacts: 0,
  artifactBytes: 0,
  artifactUnsure: false,
  gatheringSince: null,
})

type Message = {
  /** The number or byte this message begins with. */
  from: number
  /** Is it of no use to anybody this very moment? */
  mayWait: boolean
  send(): Promise<Taken>
  taken(): void
  startAgain(wanted: number): void
  /** Nobody knows how much of it arrived. */
  unsure(): void
}

function nextMessage(options: SenderOptions, cursors: Cursors): Message | null {
  const { spool } = options
  const events = eventsToSend(spool, cursors)
  if (events.length > 0) return eventsMessage(options, cursors, events)
  for (const [position, log] of spool.logs) {
    if (isLeft(log, position, cursors)) return logMessage(options, cursors, position, log)
  }
  const artifact = spool.artifacts[cursors.artifacts]
  return artifact ? artifactMessage(options, cursors, artifact) : null
}

/** The next events, up to the first that has to wait for bytes. */
function eventsToSend(spool: Spool, cursors: Cursors): RunnerEvent[] {
  const mayGo = (event: RunnerEvent): boolean => {
    if (event.type === 'build.finished') return cursors.artifacts === spool.artifacts.length
    if (event.type !== 'step.finished') return true
    const log = spool.logs.get(event.position)
    return !log || !isLeft(log, event.position, cursors)
  }
  const next = spool.events.slice(cursors.seq, cursors.seq + eventsPerMessage)
  const blocked = next.findIndex((event) => !mayGo(event))
  const free = blocked < 0 ? next : next.slice(0, blocked)
  // A piece of a test report is as large as a message should be.
  const large = free.findIndex(({ type }) => type === 'tests.found')
  return large < 0 ? free : free.slice(0, large + 1)
}

function eventsMessage(
  { client, lease, spool }: SenderOptions,
  cursors: Cursors,
  events: RunnerEvent[],
): Message {
  return {
    from: cursors.seq,
    mayWait: true,
    send: () => client.sendEvents(lease, events),
    taken() {
      cursors.seq += events.length
      for (const event of events) {
        if (event.type === 'step.finished') spool.dropLog(event.position)
      }
    },
    startAgain(wanted) {
      cursors.seq = Math.min(wanted, spool.events.length)
    },
    unsure() {},
  }
}

function logMessage(
  { client, lease }: SenderOptions,
  cursors: Cursors,
  position: number,
  log: LogFile,
): Message {
  const from = cursors.logs.get(position) ?? 0
  const chunk = log.read(from, logBytesPerMessage)
  return {
    from,
    mayWait: false,
    send: () => client.sendLog(lease, position, from, encodeChunk(chunk)),
    taken() {
      cursors.logs.set(position, chunk.next)
    },
    startAgain(wanted) {
      cursors.logs.set(position, wanted)
    },
    unsure() {},
  }
}

function artifactMessage(
  { client, lease }: SenderOptions,
  cursors: Cursors,
  { index, file, sizeBytes }: FoundArtifact,
): Message {
  // To send nothing at the end is to ask: the answer is that all is there, or where to go on.
  const from = cursors.artifactUnsure ? sizeBytes : cursors.artifactBytes
  const body = { open: () => createReadStream(file, { start: from }), bytes: sizeBytes - from }
  return {
    from,
    mayWait: false,
    send: () => client.sendArtifact(lease, index, from, body),
    taken() {
      cursors.artifacts += 1
      cursors.artifactBytes = 0
      cursors.artifactUnsure = false
    },
    startAgain(wanted) {
      cursors.artifactBytes = Math.min(wanted, sizeBytes)
      cursors.artifactUnsure = false
    },
    unsure() {
      cursors.artifactUnsure = true
    },
  }
}

const isLeft = (log: LogFile, position: number, cursors: Cursors): boolean =>
  (cursors.logs.get(position) ?? 0) < log.size

const isFinished = (spool: Spool): boolean => spool.events.at(-1)?.type === 'build.finished'
