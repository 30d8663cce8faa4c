import { join } from 'node:path'
import type { Logger } from 'pino'
import { Waiter } from '../lib/bell.ts'
import { type Clock, steadyClock } from '../lib/clock.ts'
import { messageOf } from '../lib/errors.ts'
import type { Claim } from '../protocol/messages.ts'
import type { BuildOutcome } from '../protocol/outcome.ts'
import type { Client, Lease } from './client.ts'
import type { Reporter } from './reporter.ts'
import { sendAll } from './sender.ts'
import { openSpool } from './spool.ts'

/** What it takes to run one build. */
export type Work = {
  claim: Claim
  reporter: Reporter
  workspacesDir: string
  artifactsDir: string
  groupsFile: string
  /** Aborted with an EndReason. */
  signal: AbortSignal
  clock: Clock
}

export type BuildOptions = {
  client: Client
  socket: string
  /** Where the spools lie, one directory per build, named by its id. */
  spools: string
  workspaces: string
  /** Resolves when nothing of the build runs any more. */
  execute: (work: Work) => Promise<BuildOutcome>
  clock: Clock
  log: Logger
}

/** Someone wanted the end, or Oore cannot go on. */
export type EndReason = 'cancelled' | 'interrupted'

/** A build this runner holds, from the claim until the server has everything of it. */
export type HeldBuild = {
  lease: Lease
  /** Ends what runs; what it said until then is still sent. False where it was ended before. */
  end(reason: EndReason): boolean
  /** Sends nothing more. */
  silence(): void
  /** Resolves when nothing of the build runs any more. */
  executed: Promise<void>
  /** Resolves when the build is over, sent, and its spool removed. Never rejects. */
  done: Promise<void>
}

/** Holds a claimed build: runs it when `gate` lets it, and sends what it says as it says it. */
export function holdBuild(
  claim: Claim,
  gate: (run: () => Promise<void>) => Promise<void>,
  options: BuildOptions,
): HeldBuild {
  const running = new AbortController()
  const sending = new AbortController()
  const log = options.log.child({ build: claim.build_id })
  let markExecuted = () => {}
  const executed = new Promise<void>((resolve) => (markExecuted = resolve))

  const done = gate(() => carry(claim, options, { running, sending, log, markExecuted }))
    .catch((thrown: unknown) => log.error({ err: thrown }, 'the build could not be carried'))
    .finally(markExecuted)

  return {
    lease: { build_id: claim.build_id, fence: claim.fence },
    end(reason) {
      const isFirst = !running.signal.aborted
      running.abort(reason)
      return isFirst
    },
    silence: () => sending.abort(),
    executed,
    done,
  }
}

type Controls = {
  running: AbortController
  sending: AbortController
  log: Logger
  markExecuted: () => void
}

async function carry(claim: Claim, options: BuildOptions, controls: Controls): Promise<void> {
  const { client, socket, spools, workspaces, execute } = options
  // The machine's clock may be set while the build runs; how long its steps took stays true.
  const clock = steadyClock(options.clock)
  const { running, sending, log, markExecuted } = controls
  const more = new Waiter()
  let trouble: BuildOutcome | null = null

  const spool = openSpool({
    directory: join(spools, claim.build_id),
    logBytesMax: claim.limits.log_bytes,
    clock,
    onMore: more.ring,
    onTrouble(thrown) {
      trouble = brokenSpool(thrown)
      running.abort('interrupted' satisfies EndReason)
    },
  })
  const lease = { build_id: claim.build_id, fence: claim.fence }
  const delivery = sendAll({ client, lease, spool, more, socket, signal: sending.signal })
  // Whoever is not listened to any more has nothing to run for.
  const stopped = delivery.then((how) => {
    if (how.is !== 'delivered') running.abort('interrupted' satisfies EndReason)
    return how
  })

  log.info('started')
  const outcome = await execute({
    claim,
    reporter: spool.reporter,
    workspacesDir: workspaces,
    artifactsDir: spool.artifactsDirectory,
    groupsFile: spool.groupsFile,
    signal: running.signal,
    clock,
  }).catch((thrown: unknown) => {
    log.error({ err: thrown }, 'execution threw')
    return brokenRunner(thrown)
  })
  markExecuted()
  spool.finish(trouble ?? outcome)

  const how = await stopped
  if (how.is === 'refused') log.error({ why: how.why }, 'the server refused what was said')
  log.info({ outcome: (trouble ?? outcome).is, delivery: how.is }, 'ended')
  await spool.remove()
}

const brokenSpool = (thrown: unknown): BuildOutcome => ({
  is: 'broken',
  kind: 'setup',
  why:
    `The runner could not keep what the build said: ${messageOf(thrown)}. ` +
    'Free some space on the disk of the data directory, then retry the build.',
})

const brokenRunner = (thrown: unknown): BuildOutcome => ({
  is: 'broken',
  kind: 'setup',
  why: `The runner failed while it ran the build: ${messageOf(thrown)}. Its own log says more.`,
})
