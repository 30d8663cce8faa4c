import pLimit from 'p-limit'
import { minutes, monotonicClock, seconds } from '../lib/clock.ts'
import type { Claim, PollReply } from '../protocol/messages.ts'
import { holdBuild, type BuildOptions, type HeldBuild } from './build.ts'
import type { Client, Lease } from './client.ts'
import { backoff, mayComeBack, untilSocketMoves } from './outage.ts'

/** An idle runner that no server wants is an orphan, and ends. */
const orphanAfterMs = minutes(1)
/** How long what was said is still sent after everything that ran was ended. */
const farewellMs = seconds(5)
/** At least this long between two polls that brought nothing, whatever the server answers. */
const emptyPollMs = 200

export type ServeOptions = BuildOptions & {
  slots: number
  /** Aborted to end this runner, and with it everything it runs, as interrupted. */
  stop: AbortSignal
  orphanAfterMs?: number
}

/**
 * Asks for work and carries what it is given, never more than `slots` builds at a time. Resolves
 * when it was stopped and everything has ended, or when no server has wanted it for a minute.
 */
export async function serve(options: ServeOptions): Promise<'stopped' | 'orphaned'> {
  const { client, socket, stop, log } = options
  const gate = pLimit(options.slots)
  const held = new Set<HeldBuild>()
  const waits = backoff()
  let drain: PollReply['drain'] = 'none'
  /** The turn that is on: the free slots it told the server, and how it is ended early. */
  let turn = { freeSlots: 0, ending: new AbortController() }
  stop.addEventListener('abort', () => turn.ending.abort(), { once: true })

  while (!stop.aborted) {
    const freeSlots = drain === 'none' ? Math.max(0, gate.concurrency - held.size) : 0
    const ending = new AbortController()
    turn = { freeSlots, ending }
    const askedAt = monotonicClock()
    const holding = [...held].map(({ lease }) => lease)
    const polled = await client.poll({ free_slots: freeSlots, holding }, ending.signal)
    if (stop.aborted) break

    if (polled.is === 'unreachable') {
      if (ending.signal.aborted) continue
      if (isOrphan()) return 'orphaned'
      // Whoever wanted the drain is gone; the next server says what it wants.
      drain = 'none'
      log.debug({ why: polled.why }, 'no server')
      if (await untilSocketMoves(socket, waits.next(), ending.signal)) waits.reset()
      continue
    }
    waits.reset()
    // An operator may change the number and restart the server under a runner that lives on.
    gate.concurrency = polled.reply.slots
    const isNews = follow(polled.reply)
    if (!isNews && monotonicClock() - askedAt < emptyPollMs) {
      await untilSocketMoves(socket, emptyPollMs, ending.signal)
    }
  }
  await farewell([...held], client)
  return 'stopped'

  function isOrphan(): boolean {
    const { goneSince } = client
    if (held.size > 0 || goneSince === null) return false
    const limitMs = options.orphanAfterMs ?? orphanAfterMs
    return !mayComeBack(socket) || monotonicClock() - goneSince > limitMs
  }

  /** Does what the server says; whether any of it was new. */
  function follow(reply: PollReply): boolean {
    const isNewDrain = reply.drain !== drain
    drain = reply.drain
    const interrupted = drain === 'interrupt' ? [...held] : []
    return [
      ...interrupted.map((build) => build.end('interrupted')),
      ...reply.cancels.map((lease) => find(lease)?.end('cancelled') ?? false),
      ...reply.lost.map((lease) => drop(find(lease))),
      ...reply.claims.map(take),
      isNewDrain,
    ].includes(true)
  }

  function find({ build_id, fence }: Lease): HeldBuild | undefined {
    return [...held].find(({ lease }) => lease.build_id === build_id && lease.fence === fence)
  }

  function drop(build: HeldBuild | undefined): boolean {
    build?.silence()
    return build?.end('interrupted') ?? false
  }

  function take(claim: Claim): boolean {
    // An answer may be given twice; a claim under a new fence means that the old lease is lost.
    if (find(claim)) return false
    const former = [...held].filter(({ lease }) => lease.build_id === claim.build_id)
    for (const build of former) drop(build)
    const afterFormer = Promise.all(former.map(({ done }) => done))

    const build = holdBuild(claim, (run) => afterFormer.then(() => gate(run)), options)
    held.add(build)
    void build.done.then(() => release(build))
    return true
  }

  function release(build: HeldBuild): void {
    held.delete(build)
    // A poll that told of free slots is answered when there is work; one that told of none is not.
    if (turn.freeSlots === 0 && drain === 'none') turn.ending.abort()
  }
}

/** Ends everything as interrupted, and lets it be said for a while. */
async function farewell(held: HeldBuild[], client: Client): Promise<void> {
  for (const build of held) build.end('interrupted')
  await Promise.all(held.map(({ executed }) => executed))
  const timer = setTimeout(() => {
    for (const build of held) build.silence()
    client.close()
  }, farewellMs)
  await Promise.all(held.map(({ done }) => done))
  clearTimeout(timer)
}
