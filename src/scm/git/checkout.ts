import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { OoreError } from '../../lib/errors.ts'
import { Secret } from '../../lib/secret.ts'
import { readCloneUrl } from './clone-url.ts'
import type { Remote } from './environment.ts'
import { gitDirInPlace, linkObjects } from './local.ts'
import { makeRepository, readTarget, type Target } from './new-repository.ts'
import { retryingNetwork } from './retry.ts'
import { git, type GitEnd, type GitOptions } from './run.ts'
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
  /** `refs/heads/…`, `refs/tags/…` or the ref of a merge, where the commit was seen. */
  ref: string | null
  credential: { username: string; password: string } | null
  /** How its server's certificate is believed, where not by what this machine believes. */
  tls?: { ca: string | null; is_unchecked: boolean } | null
  allow_local: boolean
  /**
   * Of a fork: what somebody approved. The commit must be this one or have it as a parent, and its
   * submodules are fetched without the credential, or they could be any repository that it opens.
   */
  approved_commit?: string | null
}

export type CheckoutJob = {
  buildId: string
  checkout: CheckoutRequest
  /** A directory that is empty or not there yet. */
  into: string
  /** How many commits of history to fetch; null for all. On one's own disk all come for free. */
  depth: number | null
  submodules: boolean
  /** False puts no file there: what the repository has at the commit is in its index only. */
  withFiles?: boolean
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
 * cannot be read, `conflict` where it is not what was approved, and the signal's reason when aborted, after the group of git has ended.
 */
export async function checkout(job: CheckoutJob): Promise<void> {
  const { clone_url, allow_local, commit } = job.checkout
  const { url } = readCloneUrl(clone_url, { local: allow_local })
  const target = readTarget(commit, job.checkout.ref)
  const remote = remoteIn(job.checkout, url)
  const { buildId, into, signal } = job
  const options = { cwd: into, remote, signal, timeoutMs: writeTimeoutMs, buildId }

  await makeRepository(job.into, url, commit, target)
  const linked = await tryLinking(job, url, target, options)
  if (!linked) {
    job.say(`Fetching ${commit.slice(0, 12)} from ${url}`)
    await fetchCommit(job, url, target, options)
    const end = await writeTree(job, options)
    if (!end.ok) throw gitError(end, url)
  }
  const approved = job.checkout.approved_commit ?? null
  if (approved !== null) await checkApproved(commit, approved, options)
  // Even with nothing to do "git submodule" costs more than all of the above.
  const hasSubmodules = existsSync(join(job.into, '.gitmodules'))
  if (job.submodules && hasSubmodules) {
    const alone: Remote = approved === null ? remote : { url, credential: null }
    await fetchSubmodules(job, url, { ...options, remote: alone })
  }
}

/** Read from the commit itself, which its id vouches for, not from any ref that may have moved. */
async function checkApproved(commit: string, approved: string, options: GitOptions): Promise<void> {
  if (commit === approved) return
  const { stdout } = await git(['cat-file', 'commit', commit], options)
  const head = stdout.slice(0, stdout.indexOf('\n\n'))
  if (head.split('\n').includes(`parent ${approved}`)) return
  throw new OoreError(
    'conflict',
    `${commit} is not a merge of ${approved}, which is the commit that was approved. ` +
      'Nothing of it was run.',
  )
}

/** What git talks to for a checkout. */
export const remoteIn = ({ credential, tls }: CheckoutRequest, url: string): Remote => ({
  url,
  credential: credential && { ...credential, password: new Secret(credential.password) },
  tls: tls ? { ca: tls.ca, isUnchecked: tls.is_unchecked } : null,
})

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
  writeFileSync(join(gitDir, 'packed-refs'), [...linked.tags, ...tracked, ''].join('\n'))
  const end = await writeTree(job, options)
  if (end.ok) job.say(`Took ${commit.slice(0, 12)} from ${url}`)
  else rmSync(join(gitDir, 'packed-refs'))
  return end.ok
}

const writeTree = ({ checkout: { commit }, withFiles = true }: CheckoutJob, options: GitOptions) =>
  git(['reset', '--quiet', withFiles ? '--hard' : '--mixed', commit, '--'], options)

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
    ...(target.tag ? [byRef, byCommit] : target.ref ? [byCommit, byRef] : [byCommit]),
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
