import { closeSync, constants, fstatSync, openSync, unlinkSync } from 'node:fs'
import { Socket } from 'node:net'
import { execa } from 'execa'
import { monotonicClock, type Millis } from '../lib/clock.ts'
import { durationText, MiB } from '../lib/sizes.ts'
import type { Stream } from './reporter.ts'

const drainMsMax = 1000
const drainQuietMs = 100
const outputBytesMax = 64 * MiB

export type Command = {
  file: string
  args: readonly string[]
  cwd: string
  /** The whole environment: nothing is inherited. */
  env: Readonly<Record<string, string>>
  /** Two named pipes, made by makePipes(); they are unlinked here. */
  pipes: { stdout: string; stderr: string }
}

export type Running = {
  /** Also the id of its process group; null when it could not be started. */
  pid: number | null
  ended: Promise<Ending>
  /** Which pipes its output comes through, as the sweep knows them. */
  pipes: PipeId[]
  /** Does a process still hold its output, after a bounded wait for what is under way? */
  isHeld(): Promise<boolean>
  /** Closes the pipes that processes left behind may still hold. */
  close(): void
}

/** `device:inode`, the same for every process that has the pipe open. */
export type PipeId = string

export type Ending =
  | { is: 'exited'; exitCode: number; pipeHeld: boolean }
  | { is: 'signalled'; signal: string; pipeHeld: boolean }
  | { is: 'unstarted'; code: string | null; why: string }

/**
 * Starts a program in a process group and session of its own, with stdin empty and none of the
 * files that Oore has open but 0, 1 and 2. `ended` never rejects. Throws where a pipe cannot be
 * opened, and leaves none open. It settles on the exit of the program itself and a
 * bounded wait for what is still in the pipes.
 */
export function startProcess(
  command: Command,
  heard: (stream: Stream, bytes: Uint8Array) => void,
): Running {
  const { stdout, stderr } = openPipes(command.pipes)
  const ears = [
    listen(stdout.readEnd, (bytes) => heard('stdout', bytes)),
    listen(stderr.readEnd, (bytes) => heard('stderr', bytes)),
  ]
  const child = launch(command, stdout.writeEnd, stderr.writeEnd, ears)
  const exited = new Promise<Exit>((settle) => {
    child.once('exit', (exitCode, signal) => settle({ exitCode, signal }))
  })
  const pid = child.pid ?? null
  return {
    pid,
    ended: pid === null ? child.then((result) => unstarted(result, ears)) : ending(exited, ears),
    pipes: [stdout.id, stderr.id],
    isHeld: async () => !(await endSoon(ears)),
    close: () => ears.forEach((ear) => ear.close()),
  }
}

function launch(command: Command, stdout: number, stderr: number, ears: Ear[]) {
  try {
    return execa(command.file, command.args, {
      cwd: command.cwd,
      env: command.env,
      extendEnv: false,
      stdin: 'ignore',
      // execa's types know descriptors up to 9 only; it takes every one.
      stdout: stdout as 9,
      stderr: stderr as 9,
      detached: true,
      cleanup: false,
      buffer: false,
      reject: false,
    })
  } catch (error) {
    for (const ear of ears) ear.close()
    throw error
  } finally {
    closeSync(stdout)
    closeSync(stderr)
  }
}

type Exit = { exitCode: number | null; signal: string | null }

async function ending(exited: Promise<Exit>, ears: Ear[]): Promise<Ending> {
  const { exitCode, signal } = await exited
  const pipeHeld = !(await drained(ears))
  return signal === null
    ? { is: 'exited', exitCode: exitCode ?? 0, pipeHeld }
    : { is: 'signalled', signal, pipeHeld }
}

type StartFailure = { code?: string | undefined; originalMessage?: string | undefined }

function unstarted(result: StartFailure, ears: Ear[]): Ending {
  for (const ear of ears) ear.close()
  return { is: 'unstarted', code: result.code ?? null, why: result.originalMessage ?? 'no reason' }
}

/**
 * A grandchild may hold a pipe open after its parent has ended. Waiting for the end of the pipe
 * would then hang the step for as long as that one lives, so we stop listening once nothing has
 * come for a moment. We go on reading, unheard: a closed pipe would end an emulator that the next
 * step wants to use.
 */
async function drained(ears: Ear[]): Promise<boolean> {
  const isDrained = await endSoon(ears)
  if (!isDrained) for (const ear of ears) ear.stopListening()
  return isDrained
}

/** Do the pipes end, before nothing has come for a moment or the wait has become too long? */
async function endSoon(ears: Ear[]): Promise<boolean> {
  const startedAt = monotonicClock()
  const allEnded = Promise.all(ears.map((ear) => ear.ended))
  for (;;) {
    const heardBefore = heardBytes(ears)
    if (await endedBeforeQuiet(allEnded)) return true
    const isQuiet = heardBytes(ears) === heardBefore
    if (isQuiet || monotonicClock() - startedAt >= drainMsMax) return false
  }
}

const heardBytes = (ears: Ear[]): number => ears.reduce((sum, ear) => sum + ear.heardBytes(), 0)

/** Waits for the ends of the pipes, at most for the time after which silence counts. */
function endedBeforeQuiet(allEnded: Promise<unknown>): Promise<boolean> {
  return new Promise((settle) => {
    // Timers run before the pipes are read. After a long pause of this process the timer alone
    // would say "quiet" while bytes wait, so the reads get their turn first.
    const timer = setTimeout(() => setImmediate(() => setImmediate(settle, false)), drainQuietMs)
    void allEnded.then(() => {
      clearTimeout(timer)
      settle(true)
    })
  })
}

type Ear = {
  ended: Promise<void>
  heardBytes(): number
  stopListening(): void
  close(): void
}

function listen(readEnd: number, heard: (bytes: Uint8Array) => void): Ear {
  const socket = new Socket({ fd: readEnd, readable: true, writable: false })
  let isListening = true
  let total = 0
  socket.on('data', (bytes: Buffer) => {
    total += bytes.length
    if (isListening) heard(bytes)
  })
  return {
    ended: new Promise((settle) => {
      socket.once('end', settle)
      socket.once('error', () => settle())
      socket.once('close', () => settle())
    }),
    heardBytes: () => total,
    stopListening() {
      isListening = false
      socket.unref()
    },
    close: () => socket.destroy(),
  }
}

type Pipe = { id: PipeId; readEnd: number; writeEnd: number }

function openPipes(paths: Command['pipes']): { stdout: Pipe; stderr: Pipe } {
  const stdout = openPipe(paths.stdout)
  try {
    return { stdout, stderr: openPipe(paths.stderr) }
  } catch (error) {
    closeSync(stdout.readEnd)
    closeSync(stdout.writeEnd)
    throw error
  }
}

// Node's own pipes are sockets, and Linux refuses to open a socket by name: `echo … > /dev/stderr`
// and `tee /dev/stderr` would fail in every script. Named pipes are real ones.
function openPipe(path: string): Pipe {
  const readEnd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    const found = fstatSync(readEnd)
    if (!found.isFIFO()) throw new Error(`${path} is not a pipe any more`)
    return { id: pipeId(found), readEnd, writeEnd: openSync(path, constants.O_WRONLY) }
  } catch (error) {
    closeSync(readEnd)
    throw error
  } finally {
    unlinkSync(path)
  }
}

export const pipeId = ({ dev, ino }: { dev: number; ino: number }): PipeId => `${dev}:${ino}`

/** Makes named pipes, all with one call of mkfifo: Node cannot make any. */
export async function makePipes(directory: string, names: readonly string[], searchPath: string) {
  const { failed, shortMessage } = await execa('mkfifo', names, {
    cwd: directory,
    env: { PATH: searchPath },
    extendEnv: false,
    stdin: 'ignore',
    reject: false,
  })
  if (failed) throw new Error(`no pipes for the output of the steps: ${shortMessage ?? 'mkfifo'}`)
}

/** The output of a small program of the machine's own, such as `ps`. Throws when it fails. */
export async function outputOf(
  file: string,
  args: readonly string[],
  searchPath: string,
): Promise<string> {
  const { stdout } = await execa(file, args, {
    env: { PATH: searchPath },
    extendEnv: false,
    stdin: 'ignore',
    maxBuffer: outputBytesMax,
  })
  return stdout
}

export type Question = {
  file: string
  args: readonly string[]
  /** The whole environment: nothing is inherited. */
  env: Readonly<Record<string, string>>
  /** What it reads from stdin. */
  input?: string
  timeoutMs: Millis
  /** Aborted, the program is ended. */
  signal?: AbortSignal
}

export type Answer =
  | { is: 'answered'; exitCode: number; stdout: string; stderr: string }
  /** It did not start, took too long, or was ended; `why` is half a sentence. */
  | { is: 'unanswered'; why: string }

/** Asks a program of the machine's own, which may fail. Never rejects. */
export async function askProgram(question: Question): Promise<Answer> {
  const { file, args, env, input = '', timeoutMs, signal: cancelSignal } = question
  const result = await execa(file, args, {
    env,
    extendEnv: false,
    input,
    timeout: timeoutMs,
    maxBuffer: outputBytesMax,
    reject: false,
    ...(cancelSignal && { cancelSignal }),
  })
  const { exitCode, stdout, stderr, timedOut, isCanceled, originalMessage } = result
  if (timedOut) return { is: 'unanswered', why: `it took more than ${durationText(timeoutMs)}` }
  if (isCanceled) return { is: 'unanswered', why: 'it was ended' }
  if (exitCode === undefined) return { is: 'unanswered', why: originalMessage ?? 'it was ended' }
  return { is: 'answered', exitCode, stdout, stderr }
}

/** Is any process left in this group? A zombie counts. */
export const isGroupOccupied = (group: number): boolean => signal(-group, 0)

/** Sends a signal to a process, or with a negative number to a group; false when none is there. */
export function signal(pid: number, name: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, name)
  } catch {
    return false
  }
}
