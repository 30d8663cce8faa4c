import { accessSync, constants } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { execa } from 'execa'
import { OoreError } from '../../lib/errors.ts'
import type { Secret } from '../../lib/secret.ts'
import { MiB } from '../../lib/sizes.ts'
import { httpOriginOf } from './clone-url.ts'

const outputBytesMax = 4 * MiB
const killAfterMs = 2_000
const lowSpeedBytesPerSecond = 1000
const lowSpeedSeconds = 20
const connectSeconds = 15

// Git and ssh are looked for here and nowhere else: the PATH of a build, or a file called `git` in
// somebody's workspace, is never asked.
const programDirectories = [
  '/usr/local/bin',
  '/opt/homebrew/bin',
  '/usr/bin',
  '/bin',
  '/run/current-system/sw/bin',
]

export type Credential = { username: string; password: Secret }

/** What git may talk to during one command: this address, with this credential. */
export type Remote = { url: string; credential: Credential | null }

export type GitOptions = {
  /** A work tree, or a bare repository. Git looks for a repository here and not further up. */
  cwd: string
  /** Left out: this command may talk to nobody. */
  remote?: Remote
  timeoutMs: number
  /** Below 1000 bytes a second for this long, an http transfer is given up. */
  lowSpeedSeconds?: number
  signal?: AbortSignal | undefined
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
    env: environmentOf(options),
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

/** All of git's environment. What a build or a repository's YAML sets never gets here. */
function environmentOf(options: GitOptions): Record<string, string> {
  const { remote } = options
  const origin = httpOriginOf(remote?.url ?? '')
  const credential = origin === null ? null : (remote?.credential ?? null)
  return {
    PATH: programDirectories.join(delimiter),
    HOME: homedir(),
    LC_ALL: 'C',
    GIT_CEILING_DIRECTORIES: dirname(options.cwd),
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_ATTR_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    // A partial clone would otherwise fetch what it lacks, by a command its own config names.
    GIT_NO_LAZY_FETCH: '1',
    GIT_ALLOW_PROTOCOL: remote === undefined ? 'none' : transportsFor(remote.url),
    GIT_SSH_COMMAND: sshCommand,
    GIT_SSH_VARIANT: 'ssh',
    // Without a name git asks the network for the full name of this host, for the reflog.
    GIT_COMMITTER_NAME: 'Oore',
    GIT_COMMITTER_EMAIL: 'oore@localhost',
    ...asConfig(configOf(options, credential && `credential.${origin}.helper`)),
    ...(credential && asVariables(credential)),
  }
}

function asVariables({ username, password }: Credential): Record<string, string> {
  const variables = { OORE_GIT_USERNAME: username, OORE_GIT_PASSWORD: password.reveal() }
  for (const [index, text] of Object.values(variables).entries()) {
    // The helper answers git in lines, so a line end would let a password say more than itself.
    if (!/\p{Cc}/u.test(text)) continue
    const field = index === 0 ? 'clone_username' : 'clone_password'
    const message = `${field} holds a line end or another control character. Enter it again.`
    throw new OoreError('invalid', message, { fields: [{ field, message }] })
  }
  return variables
}

const sshCommand = [
  'ssh',
  '-o BatchMode=yes',
  `-o ConnectTimeout=${connectSeconds}`,
  '-o StrictHostKeyChecking=accept-new',
  '-o ServerAliveInterval=15',
  '-o ServerAliveCountMax=4',
].join(' ')

/** https and ssh always, for submodules; more only where the address itself was allowed to be so. */
function transportsFor(url: string): string {
  const scheme = /^(file|http):/.exec(url)?.[1]
  return scheme === undefined ? 'https:ssh' : `https:ssh:${scheme}`
}

function configOf(options: GitOptions, helperKey: string | null): [string, string][] {
  return [
    ['core.hooksPath', '/dev/null'],
    ['core.fsmonitor', 'false'],
    ['core.askPass', ''],
    ['core.protectHFS', 'true'],
    ['core.protectNTFS', 'true'],
    ['protocol.ext.allow', 'never'],
    ['http.followRedirects', 'false'],
    ['http.lowSpeedLimit', String(lowSpeedBytesPerSecond)],
    ['http.lowSpeedTime', String(options.lowSpeedSeconds ?? lowSpeedSeconds)],
    ['submodule.recurse', 'false'],
    ['fetch.recurseSubmodules', 'false'],
    ['gc.autoDetach', 'false'],
    ['advice.detachedHead', 'false'],
    ['credential.helper', ''],
    // Named with the remote's origin, so that git asks it for no other host.
    [helperKey ?? 'credential.helper', helperKey === null ? '' : credentialHelper],
  ]
}

const credentialHelper =
  '!f() { test "$1" = get && ' +
  `printf 'username=%s\\npassword=%s\\n' "$OORE_GIT_USERNAME" "$OORE_GIT_PASSWORD"; }; f`

/** Configuration by environment: unlike `-c` it is not to be read in the list of processes. */
function asConfig(entries: [string, string][]): Record<string, string> {
  const environment: Record<string, string> = { GIT_CONFIG_COUNT: String(entries.length) }
  entries.forEach(([key, value], index) => {
    environment[`GIT_CONFIG_KEY_${index}`] = key
    environment[`GIT_CONFIG_VALUE_${index}`] = value
  })
  return environment
}

/** A server may send the credential back in its message, plain or as it was sent. */
function scrubbed(text: string, credential: Credential | null): string {
  if (credential === null) return text
  const password = credential.password.reveal()
  const basic = Buffer.from(`${credential.username}:${password}`).toString('base64')
  return [basic, encodeURIComponent(password), password]
    .filter((secret) => secret !== '')
    .reduce((clean, secret) => clean.replaceAll(secret, '[secret]'), text)
}
