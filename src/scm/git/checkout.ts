import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { OoreError } from '../../lib/errors.ts'
import { Secret } from '../../lib/secret.ts'
import { readCloneUrl } from './clone-url.ts'
import { gitDirInPlace, linkObjects } from './local.ts'
import { checkRefName } from './refs.ts'
import { retryingNetwork } from './retry.ts'
import { git, type GitEnd, type GitOptions, type Remote } from './run.ts'
import { gitError, troubleOf } from './trouble.ts'

const fetchTimeoutMs = 30 * 60_000
const writeTimeoutMs = 10 * 60_000
const networkPausesMs = [2_000, 8_000, 30_000]
const wholeHistory = '--depth=2147483647'

/** What to check out: the `checkout` of a runner's claim. */
export type CheckoutRequest = {
  clone_url: string
  /** The whole id. */
  commit: string
  /** `refs/heads/…` or `refs/tags/…` where the commit was seen. */
  ref: string | null
  credential: { username: string; password: string } | null
  allow_local: boolean
}

export type CheckoutJob = {
  checkout: CheckoutRequest
  /** A directory that is empty or not there yet. */
  into: string
  /** How many commits of history to fetch; null for all. On one's own disk all come for free. */
  depth: number | null
  submodules: boolean
  /** Takes lines for the build's log. */
  say(text: string): void
  signal: AbortSignal
  /** How long to wait before each further try after a fault of the network. */
  pausesMs?: readonly number[]
}

/**
 * Puts exactly one commit into a directory, as a repository that `git log`, `git describe` and
 * `git status` work in: on its branch where it was seen on one, else detached, with `origin` set
 * and no credential anywhere. No hook and no filter runs. Throws OoreError `gone` where the commit
 * is not in the repository any more, `unavailable` or `invalid` (with the field to mend) where it
 * cannot be read, and the signal's reason when aborted, after the group of git has ended.
 */
export async function checkout(job: CheckoutJob): Promise<void> {
  const { clone_url, allow_local, commit, credential } = job.checkout
  const { url } = readCloneUrl(clone_url, { local: allow_local })
  const target = readTarget(job.checkout)
  const remote: Remote = {
    url,
    credential: credential && { ...credential, password: new Secret(credential.password) },
  }
  const options = { cwd: job.into, remote, signal: job.signal, timeoutMs: writeTimeoutMs }

  await makeRepository(job.into, url, commit, target)
  const linked = await tryLinking(job, url, target, options)
  if (!linked) {
    job.say(`Fetching ${commit.slice(0, 12)} from ${url}`)
    await fetchCommit(job, url, target, options)
    const end = await writeTree(commit, options)
    if (!end.ok) throw gitError(end, url)
  }
  if (job.submodules) await fetchSubmodules(job, url, options)
}

/** Where the commit was seen, and under which name the clone keeps it. */
type Target = { branch: string | null; tag: string | null; ref: string | null; keptAs: string }

function readTarget({ ref, commit }: CheckoutRequest): Target {
  if (!/^([0-9a-f]{40}|[0-9a-f]{64})$/.test(commit)) {
    const message = `${JSON.stringify(commit.slice(0, 80))} is not the whole id of a commit.`
    throw new OoreError('invalid', message, { fields: [{ field: 'commit', message }] })
  }
  const [, kind, name = ''] = /^refs\/(heads|tags)\/(.*)$/s.exec(ref ?? '') ?? []
  if (kind === 'heads') {
    const branch = checkRefName(name, 'branch')
    return { branch, tag: null, ref, keptAs: `refs/remotes/origin/${branch}` }
  }
  if (kind === 'tags') {
    const tag = checkRefName(name, 'tag')
    return { branch: null, tag, ref, keptAs: `refs/tags/${tag}` }
  }
  return { branch: null, tag: null, ref: null, keptAs: 'refs/remotes/origin/HEAD' }
}

/** What `git init`, `git remote add` and `git switch` leave behind, without starting them. */
async function makeRepository(
  into: string,
  url: string,
  commit: string,
  target: Target,
): Promise<void> {
  const gitDir = join(into, '.git')
  const core = await initialConfig(commit.length)
  const config = [
    core,
    configSection('remote', 'origin', { url, fetch: '+refs/heads/*:refs/remotes/origin/*' }),
  ]
  if (target.branch !== null) {
    const merge = `refs/heads/${target.branch}`
    config.push(configSection('branch', target.branch, { remote: 'origin', merge }))
  }
  await mkdir(join(gitDir, 'objects'), { recursive: true })
  await mkdir(join(gitDir, 'refs'))
  await writeFile(join(gitDir, 'config'), config.join(''))
  const head = target.branch === null ? commit : `ref: refs/heads/${target.branch}`
  await writeFile(join(gitDir, 'HEAD'), `${head}\n`)
}

const initialConfigs = new Map<number, Promise<string>>()

/**
 * The `config` that git itself writes on this machine for ids of this length, asked for once per
 * process: it finds out what the disk can do (case, file modes), and starting it costs 3 ms.
 */
function initialConfig(idLength: number): Promise<string> {
  const known = initialConfigs.get(idLength) ?? askForConfig(idLength === 64 ? 'sha256' : 'sha1')
  initialConfigs.set(idLength, known)
  known.catch(() => initialConfigs.delete(idLength))
  return known
}

async function askForConfig(format: 'sha1' | 'sha256'): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'oore-git-'))
  try {
    const args = ['init', '--quiet', '--template=', `--object-format=${format}`]
    const end = await git(args, { cwd: dir, timeoutMs: writeTimeoutMs })
    if (!end.ok) throw gitError(end, dir)
    return await readFile(join(dir, '.git/config'), 'utf8')
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
}

function configSection(kind: string, name: string, values: Record<string, string>): string {
  const quoted = (text: string) => `"${text.replaceAll(/["\\]/g, '\\$&')}"`
  const lines = Object.entries(values).map(([key, value]) => `\t${key} = ${quoted(value)}\n`)
  return `[${kind} ${quoted(name)}]\n${lines.join('')}`
}

/** The short way for a repository on this disk; false where it does not lead to the commit. */
async function tryLinking(
  job: CheckoutJob,
  url: string,
  target: Target,
  options: GitOptions,
): Promise<boolean> {
  const from = gitDirInPlace(url)
  const gitDir = join(job.into, '.git')
  const linked = from === null ? null : linkObjects(from, gitDir)
  if (linked === null) return false
  const { commit } = job.checkout
  const tracked = target.branch === null ? [] : [`${commit} ${target.keptAs}`]
  await writeFile(join(gitDir, 'packed-refs'), [...linked.tags, ...tracked, ''].join('\n'))
  const end = await writeTree(commit, options)
  if (end.ok) job.say(`Took ${commit.slice(0, 12)} from ${url}`)
  else await rm(join(gitDir, 'packed-refs'))
  return end.ok
}

const writeTree = (commit: string, options: GitOptions) =>
  git(['reset', '--quiet', '--hard', commit, '--'], options)

/** The commit alone; else its branch; else everything there is. */
async function fetchCommit(
  job: CheckoutJob,
  url: string,
  target: Target,
  options: GitOptions,
): Promise<void> {
  const { commit } = job.checkout
  const depth = job.depth === null ? [] : [`--depth=${job.depth}`]
  const byCommit = [...depth, '--', 'origin', `+${commit}:${target.keptAs}`]
  const byRef = [...depth, '--', 'origin', `+${target.ref}:${target.keptAs}`]
  const everything = '+refs/heads/*:refs/remotes/origin/*'
  const ways = [
    // A tag is fetched by its name, since the commit alone would lose who tagged it and why.
    ...(target.tag ? [byRef, byCommit] : target.branch ? [byCommit, byRef] : [byCommit]),
    [wholeHistory, '--tags', '--', 'origin', everything],
  ]
  const say = (text: string) => job.say(text)
  for (const args of ways) {
    const fetch = () =>
      git(['fetch', '--quiet', '--no-auto-maintenance', ...args], {
        ...options,
        timeoutMs: fetchTimeoutMs,
      })
    const end = await retryingNetwork(fetch, job.pausesMs ?? networkPausesMs, say, job.signal)
    if (!end.ok && !isAboutTheCommit(end)) throw gitError(end, url)
    if (await isHere(commit, options)) return
  }
  throw new OoreError(
    'gone',
    `Commit ${commit} is not in ${url} any more: the branch was probably force-pushed after ` +
      'this build was triggered. Start a build of the newest commit instead.',
  )
}

const isAboutTheCommit = (end: GitEnd) => ['no_such_ref', 'no_such_commit'].includes(troubleOf(end))

async function isHere(commit: string, options: GitOptions): Promise<boolean> {
  return (await git(['cat-file', '-e', `${commit}^{commit}`], options)).ok
}

async function fetchSubmodules(job: CheckoutJob, url: string, options: GitOptions): Promise<void> {
  job.say('Fetching submodules')
  const depth = job.depth === null ? [] : [`--depth=${job.depth}`]
  const update = () =>
    git(['submodule', '--quiet', 'update', '--init', '--recursive', ...depth], {
      ...options,
      timeoutMs: fetchTimeoutMs,
    })
  const say = (text: string) => job.say(text)
  const end = await retryingNetwork(update, job.pausesMs ?? networkPausesMs, say, job.signal)
  if (!end.ok) throw gitError(end, `the submodules of ${url}`)
}
