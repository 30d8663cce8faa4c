import { accessSync, constants } from 'node:fs'
import { join } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { execa } from 'execa'
import { OoreError } from '../../lib/errors.ts'
import { MiB } from '../../lib/sizes.ts'
import { scrubbed } from './credential.ts'
import { environmentOf, programDirectories, type Remote } from './environment.ts'

const outputBytesMax = 4 * MiB
const killAfterMs = 2_000
const lowSpeedSecondsDefault = 20

export type GitOptions = {
  /** A work tree, or a bare repository. Git looks for a repository here and not further up. */
  cwd: string
  /** Left out: this command may talk to nobody. */
  remote?: Remote
  timeoutMs: number
  /** Below 1000 bytes a second for this long, an http transfer is given up. */
  lowSpeedSeconds?: number
  signal?: AbortSignal | undefined
  /** The build this is done for: should this process be killed, git is found by it and ended. */
  buildId?: string
}

export type GitEnd = {
  ok: boolean
  stdout: string
  /** What git said, without the credential. */
  stderr: string
  timedOut: boolean
}

/** A running git that is talked to. Its error output is collected in `ended`. */
export type RunningGit = { stdin: Writable; stdout: Readable; ended: Promise<GitEnd>; end(): void }

/**
 * Runs git to its end; a command that fails is a GitEnd that is not ok, not an exception. Throws
 * the signal's reason when aborted (the whole process group is ended first) and OoreError
 * `unavailable` where this machine has no git.
 *
 * The one wrapper around git. No shell; nothing of the machine's or a user's git configuration; no
 * hooks, filters, prompts or redirects; only the transport of the remote's own address. The
 * credential travels in the environment of this one process to a helper that answers for the
 * remote's origin only, so it is in no argument, address, file or reflog.
 */
export async function git(args: readonly string[], options: GitOptions): Promise<GitEnd> {
  options.signal?.throwIfAborted()
  const running = start(args, options, false)
  running.stdin.end()
  return watched(running, options)
}

/** Starts a git that reads commands from its standard input, such as `cat-file --batch`. */
export function startGit(args: readonly string[], options: GitOptions): RunningGit {
  options.signal?.throwIfAborted()
  const running = start(args, options, true)
  return {
    stdin: running.stdin,
    stdout: running.stdout,
    ended: watched(running, options),
    end: () => signalGroup(running.pid, 'SIGTERM'),
  }
}

type Started = ReturnType<typeof start>

function start(args: readonly string[], options: GitOptions, talks: boolean) {
  return execa(findGit(), args, {
    cwd: options.cwd,
    env: environmentOf({
      cwd: options.cwd,
      remote: options.remote ?? null,
      lowSpeedSeconds: options.lowSpeedSeconds ?? lowSpeedSecondsDefault,
      buildId: options.buildId ?? null,
    }),
    extendEnv: false,
    stdin: 'pipe',
    stdout: 'pipe',
    stderr: 'pipe',
    buffer: { stdout: !talks, stderr: true },
    maxBuffer: outputBytesMax,
    stripFinalNewline: false,
    // A process group of its own: git starts helpers, and they have to end with it.
    detached: true,
    reject: false,
  })
}

async function watched(running: Started, options: GitOptions): Promise<GitEnd> {
  const timers: NodeJS.Timeout[] = []
  let timedOut = false
  // TERM lets git remove its lock files; what then is still there gets KILL.
  const end = () => {
    signalGroup(running.pid, 'SIGTERM')
    timers.push(setTimeout(() => signalGroup(running.pid, 'SIGKILL'), killAfterMs))
  }
  const expire = () => {
    timedOut = true
    end()
  }
  timers.push(setTimeout(expire, options.timeoutMs))
  options.signal?.addEventListener('abort', end)
  try {
    const result = await running
    options.signal?.throwIfAborted()
    if (result.failed && running.pid === undefined) {
      throw new OoreError('unavailable', `git could not be started: ${result.shortMessage}`)
    }
    const stderr = scrubbed(result.stderr ?? '', options.remote?.credential ?? null)
    return { ok: !result.failed, stdout: result.stdout ?? '', stderr, timedOut }
  } finally {
    timers.forEach((timer) => clearTimeout(timer))
    options.signal?.removeEventListener('abort', end)
  }
}

function signalGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  try {
    if (pid !== undefined) process.kill(-pid, signal)
  } catch {
    // It ended by itself a moment ago.
  }
}

let gitPath: string | null = null

/** The absolute path of git, found once. */
function findGit(): string {
  gitPath ??= programDirectories.map((dir) => join(dir, 'git')).find(isProgram) ?? null
  if (gitPath !== null) return gitPath
  throw new OoreError(
    'unavailable',
    `This machine has no git in ${programDirectories.join(', ')}. Install git there.`,
  )
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}
