import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { pino } from 'pino'
import { wallClock } from '../lib/clock.ts'
import { newId } from '../lib/ids.ts'
import { socketPath } from '../lib/socket-path.ts'
import { changedSince } from '../scm/git/changes.ts'
import { checkout } from '../scm/git/checkout.ts'
import { protocolVersion } from '../protocol/messages.ts'
import { aliveName, listenAlive } from './alive.ts'
import { connectToServer } from './client.ts'
import { execute } from './execute.ts'
import { dropInheritance } from './inheritance.ts'
import { clearLeftovers } from './leftovers.ts'
import { serve } from './serve.ts'
import { thisMachine, type SigningMachine, type SigningPlace } from './signing/machine.ts'
import { replayJournals } from './signing/replay.ts'

export type RunnerOptions = {
  /** The server's Unix socket. */
  socket: string
  /** Holds the token to register with. */
  tokenFile: string
  /** This runner's own directory: spools and the socket by which it is known to be alive. */
  work: string
  workspaces: string
  /** How many builds at a time. */
  slots: number
  name: string
  logLevel?: string
  /** Another machine than this to sign on, in tests. */
  signingMachine?: SigningMachine
}

export const exitCodes = {
  done: 0,
  /** EX_TEMPFAIL of sysexits.h: another runner works in this directory. */
  taken: 75,
} as const

/**
 * The runner, from start to end; resolves with the exit code. It outlives the server that started
 * it, and ends by SIGTERM (0), by itself when no server has wanted it for a minute (0), or at once
 * where another runner works in the same directory (75). Writes JSON lines to stdout.
 */
export async function runRunner(options: RunnerOptions): Promise<number> {
  const { socket, tokenFile, work, workspaces, slots, name } = options
  dropInheritance()
  const log = pino({
    level: options.logLevel ?? 'info',
    base: { pid: process.pid },
    timestamp: pino.stdTimeFunctions.isoTime,
  })
  const stop = new AbortController()
  const onStop = () => stop.abort()
  // Ctrl-C and a closed terminal are the server's to handle: it drains this runner, then ends it.
  const onIgnored = () => log.debug('a signal for the server was ignored')
  process.on('SIGTERM', onStop)
  process.on('SIGINT', onIgnored)
  process.on('SIGHUP', onIgnored)

  await mkdir(work, { recursive: true, mode: 0o700 })
  const client = connectToServer({ socket, tokenFile, name, slots })
  const boot = newId()
  const alive = await listenAlive(socketPath(work, aliveName), () => ({
    pid: process.pid,
    protocol: protocolVersion,
    runner_id: client.registered?.runnerId ?? null,
    boot,
    slots: client.registered?.slots ?? slots,
  }))
  try {
    if ('rival' in alive) {
      const who = alive.rival ? `process ${alive.rival.pid}` : 'another process'
      log.error(`A runner already works in ${work}: ${who}. End it, or use another directory.`)
      return exitCodes.taken
    }
    const spools = join(work, 'builds')
    const signingPlace: SigningPlace = {
      journals: join(work, 'signing'),
      machine: options.signingMachine ?? thisMachine(),
      warn: (sentence) => log.warn(sentence),
    }
    await clearLeftovers(spools, log)
    // After the processes that might still sign.
    await replayJournals(signingPlace)
    const why = await serve({
      client,
      socket,
      slots,
      spools,
      workspaces,
      execute: (build) => execute({ ...build, checkout, changes: changedSince, signingPlace }),
      clock: wallClock,
      log,
      stop: stop.signal,
    })
    log.info(why === 'stopped' ? 'stopped' : 'no server has wanted this runner for a minute')
    return exitCodes.done
  } finally {
    client.close()
    if ('socket' in alive) await alive.socket.close()
    process.off('SIGTERM', onStop)
    process.off('SIGINT', onIgnored)
    process.off('SIGHUP', onIgnored)
  }
}
