import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { Waiter } from '../lib/bell.ts'
import { type Millis, monotonicClock, seconds } from '../lib/clock.ts'
import { messageOf } from '../lib/errors.ts'
import { socketPath } from '../lib/socket-path.ts'
import { protocolVersion } from '../protocol/messages.ts'
import { aliveName, readHello } from './alive.ts'

export type Supervised = {
  /** The runner's own directory. */
  work: string
  /** How a runner is started: a program and its arguments. */
  command: readonly [string, ...string[]]
  /** All of the runner's environment. */
  environment: Record<string, string>
  /** A runner lives: one that was started, or one that outlived the last server. */
  onUp(info: { pid: number; adopted: boolean; outdated: boolean }): void
  /** It is dead. A new one is started once this is done. */
  onDown(info: { pid: number; outdated: boolean }): Promise<void>
  /** None lives yet, when looked for at the start. */
  onNone(): Promise<void>
  onTrouble(message: string): void
}

export type Supervisor = {
  /** Resolves once the first runner lives. */
  up: Promise<void>
  /** Has a runner of another protocol version end, and another one follow it. */
  replaceOutdated(): void
  /** Asks the runner to end, waits for it, and starts no other. */
  stop(): Promise<void>
}

const lookAgainMs = 10
/** A runner that is stopped, or busy beyond reason, is connected to and says nothing. */
const reachWithinMs = seconds(2)
const actAgainMs = seconds(1)
const startWithinMs = seconds(15)
// A step's grace, and what the runner takes to say its last words.
const stopWithinMs = seconds(20)
const restartPauseMs: readonly Millis[] = [0, 500, 2000, seconds(10)]

/**
 * Keeps one runner alive on this machine. It is a process of its own that outlives the server; the
 * socket it listens on says at once when it dies, whoever started it.
 */
export function superviseRunner(options: Supervised): Supervisor {
  const stopping = new AbortController()
  const path = socketPath(options.work, aliveName)
  let held: Line | null = null
  let markUp = () => {}
  const up = new Promise<void>((resolve) => (markUp = resolve))

  const loop = (async () => {
    let isFirst = true
    let failures = 0
    while (!stopping.signal.aborted) {
      const adopted = await reach(path)
      if (!adopted && isFirst) await surely(options, stopping.signal, () => options.onNone())
      isFirst = false
      const line = adopted ?? (await startRunner(options, path, stopping.signal))
      if (!line) {
        failures += 1
        const pause = restartPauseMs[Math.min(failures, restartPauseMs.length - 1)] ?? 0
        await new Waiter().wait(pause, stopping.signal)
        continue
      }
      held = line
      failures = 0
      // It said hello when the end had already begun.
      if (stopping.signal.aborted) signalProcess(line.pid, 'SIGTERM')
      options.onUp({ pid: line.pid, adopted: adopted !== null, outdated: line.outdated })
      markUp()
      await ended(line.socket)
      held = null
      const down = () => options.onDown({ pid: line.pid, outdated: line.outdated })
      if (!stopping.signal.aborted) await surely(options, stopping.signal, down)
    }
  })()

  return {
    up,
    replaceOutdated() {
      if (held?.outdated) signalProcess(held.pid, 'SIGTERM')
    },
    async stop() {
      stopping.abort()
      if (held) signalProcess(held.pid, 'SIGTERM')
      const timer = setTimeout(() => held && signalProcess(held.pid, 'SIGKILL'), stopWithinMs)
      await loop
      clearTimeout(timer)
    },
  }
}

type Line = { socket: Socket; pid: number; outdated: boolean }

/** The line to a living runner, or null where none answers in time. */
function reach(path: string): Promise<Line | null> {
  return new Promise((resolve) => {
    const socket = connect(path)
    let text = ''
    const giveUp = () => {
      socket.destroy()
      resolve(null)
    }
    const timer = setTimeout(giveUp, reachWithinMs)
    socket.on('error', giveUp)
    socket.once('close', () => resolve(null))
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('utf8')
      const end = text.indexOf('\n')
      if (end < 0) return
      const hello = readHello(text.slice(0, end))
      if (!hello) return giveUp()
      clearTimeout(timer)
      socket.removeAllListeners('data')
      socket.resume()
      resolve({ socket, pid: hello.pid, outdated: hello.protocol !== protocolVersion })
    })
  })
}

/** What follows from a runner's end has to be done before another one starts, however often it takes. */
async function surely(
  { onTrouble }: Supervised,
  signal: AbortSignal,
  act: () => Promise<void>,
): Promise<void> {
  while (!signal.aborted) {
    try {
      return await act()
    } catch (error) {
      onTrouble(`The end of the runner could not be written down: ${messageOf(error)}`)
      await new Waiter().wait(actAgainMs, signal)
    }
  }
}

async function startRunner(
  options: Supervised,
  path: string,
  signal: AbortSignal,
): Promise<Line | null> {
  const child = launch(options)
  const until = monotonicClock() + startWithinMs
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null
  while (monotonicClock() < until && !signal.aborted && !hasEnded()) {
    const line = await reach(path)
    if (line) return line
    await new Waiter().wait(lookAgainMs)
  }
  // One that comes too late would be there beside the next.
  if (!hasEnded()) await endChild(child)
  if (!signal.aborted) {
    options.onTrouble(`The runner did not start. ${join(options.work, 'runner.log')} says why.`)
  }
  return null
}

async function endChild(child: ChildProcess): Promise<void> {
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  if (child.kill('SIGTERM') && child.exitCode === null) await gone
}

function launch({ command, environment, work }: Supervised): ChildProcess {
  const log = openSync(join(work, 'runner.log'), 'a', 0o600)
  const [program, ...args] = command
  const child = spawn(program, args, {
    // A group of its own: Ctrl-C in the server's terminal is the server's to handle.
    detached: true,
    env: environment,
    stdio: ['ignore', log, log],
  })
  closeSync(log)
  child.on('error', () => {})
  child.unref()
  return child
}

const ended = (socket: Socket): Promise<void> =>
  new Promise((resolve) => (socket.closed ? resolve() : socket.once('close', () => resolve())))

function signalProcess(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch {
    // It is gone already, which is what was wanted.
  }
}
