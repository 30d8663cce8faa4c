import type { Look, Source, Want } from '../contract.ts'
import { remoteOf } from './environment.ts'
import { oneAtATime } from '../../lib/one-at-a-time.ts'
import { fetchInto, fetchTimeoutMs, makeCache, wholeHistory } from './cache.ts'
import { readCloneUrl } from './clone-url.ts'
import { gitDirInPlace } from './local.ts'
import { invalid, missing } from './missing.ts'
import { type GitObject, type ReadObject, readingObjects } from './objects.ts'
import { checkPullRef, checkRefName } from './refs.ts'
import type { GitOptions } from './run.ts'
import { gitError, troubleOf } from './trouble.ts'

const commitPattern = /^[0-9a-f]{7,64}$/
/** So much of an id that no other commit begins so, as Bitbucket names the commits of pull requests. */
const longBeginning = /^[0-9a-f]{12,39}$/
const wholeCommitPattern = /^([0-9a-f]{40}|[0-9a-f]{64})$/

/**
 * Finds one commit and reads some of its files (up to 1 MiB each). A repository on this disk is
 * read in place by one process; any other is fetched, as little as will do, into `cacheDir`, one
 * fetch at a time. Throws OoreError `invalid` with the field `branch`, `tag`, `commit` or `ref` where the
 * repository has no such thing, with `clone_url` or `clone_password` where those are to be mended,
 * and `unavailable` where the repository cannot be reached.
 */
export async function look(
  source: Source,
  want: Want,
  paths: readonly string[],
  signal?: AbortSignal,
): Promise<Look> {
  const { url } = readCloneUrl(source.cloneUrl, { local: source.allowLocal })
  const checked = checkWant(want)
  const gitDir = gitDirInPlace(url)
  if (gitDir !== null) {
    const found = await readLook({ gitDir, url }, checked, paths, signal)
    if (found !== null) return found
    throw await missing(url, checked, { cwd: gitDir, timeoutMs: fetchTimeoutMs, signal })
  }
  return oneAtATime(source.cacheDir, () =>
    lookFromCache({ ...source, cloneUrl: url }, checked, paths, signal),
  )
}

/** The same want with names that are safe to hand to git. Throws OoreError `invalid`. */
function checkWant(want: Want): Want {
  if ('tag' in want) return { tag: checkRefName(want.tag, 'tag') }
  if ('ref' in want) return { ref: checkPullRef(want.ref) }
  const branch = want.branch === null ? null : checkRefName(want.branch, 'branch')
  if (!('commit' in want)) return want
  const commit = want.commit.toLowerCase()
  if (!commitPattern.test(commit)) {
    throw invalid('commit', 'A commit is written as 7 to 64 of the characters 0-9 and a-f.')
  }
  return { commit, branch }
}

async function readLook(
  repository: { gitDir: string; url: string },
  want: Want,
  paths: readonly string[],
  signal: AbortSignal | undefined,
): Promise<Look | null> {
  return readingObjects(
    repository,
    async (read) => {
      const commit = await findCommit(read, want)
      if (commit === null) return null
      const files: Look['files'] = {}
      for (const path of paths) {
        const file = await read(`${commit.id}:${path}`)
        files[path] = typeof file === 'object' && file.type === 'blob' ? textOf(file) : null
      }
      return { commit: commit.id, ...readCommit(textOf(commit)), files }
    },
    signal,
  )
}

async function findCommit(read: ReadObject, want: Want): Promise<GitObject | null> {
  const found = await read(`${revisionOf(want)}^{commit}`)
  if (found === 'ambiguous' && 'commit' in want) {
    throw invalid('commit', `More than one commit begins with ${want.commit}. Write more of it.`)
  }
  if (typeof found === 'string') return null
  // Git would rather take a branch called `abcdef1` than a commit that begins so.
  return 'commit' in want && !found.id.startsWith(want.commit) ? null : found
}

function revisionOf(want: Want): string {
  if ('commit' in want) return want.commit
  if ('ref' in want) return want.ref
  return 'tag' in want ? `refs/tags/${want.tag}` : `refs/heads/${want.branch}`
}

/** The author's name, the parents and the whole message of a commit object. */
function readCommit(text: string): Pick<Look, 'author' | 'parents' | 'message'> {
  const end = text.indexOf('\n\n')
  const head = text.slice(0, end)
  const author = /^author (.*?) ?<[^\n]*$/m.exec(head)?.[1] ?? ''
  const parents = [...head.matchAll(/^parent ([0-9a-f]{40,64})$/gm)].map(([, id = '']) => id)
  return { author, parents, message: text.slice(end + 2).trimEnd() }
}

const textOf = (object: GitObject) => object.content.toString('utf8')

async function lookFromCache(
  source: Source,
  want: Want,
  paths: readonly string[],
  signal: AbortSignal | undefined,
): Promise<Look> {
  const { cloneUrl: url, cacheDir } = source
  const remote = remoteOf(source, url)
  const options: GitOptions = { cwd: cacheDir, remote, timeoutMs: fetchTimeoutMs, signal }
  const readCache = () => readLook({ gitDir: cacheDir, url }, want, paths, signal)
  await makeCache(cacheDir)

  if ('commit' in want && wholeCommitPattern.test(want.commit)) {
    // A commit never changes, so one that is here needs no network.
    const here = await readCache()
    if (here !== null) return here
    if ((await fetchInto(cacheDir, ['--depth=1', '--', url, want.commit], options)).ok) {
      const fetched = await readCache()
      if (fetched !== null) return fetched
    }
  }
  if ('commit' in want && longBeginning.test(want.commit) && want.branch !== null) {
    // Most often it is the newest of its branch, and the whole history need not be fetched.
    const newest: Want = { branch: want.branch }
    const isFetched = (await fetchInto(cacheDir, argumentsFor(newest, url), options)).ok
    const found = isFetched
      ? await readLook({ gitDir: cacheDir, url }, newest, paths, signal)
      : null
    if (found?.commit.startsWith(want.commit)) return found
  }
  const end = await fetchInto(cacheDir, argumentsFor(want, url), options)
  if (!end.ok && troubleOf(end) !== 'no_such_ref') throw gitError(end, url)
  const found = end.ok ? await readCache() : null
  if (found !== null) return found
  throw await missing(url, want, options)
}

/** A branch or tag is fetched alone; a commit that the server does not hand out, with everything. */
function argumentsFor(want: Want, url: string): string[] {
  const everything = '+refs/heads/*:refs/heads/*'
  if ('commit' in want) return ['--prune', wholeHistory, '--', url, everything]
  const ref = revisionOf(want)
  return ['--depth=1', '--', url, `+${ref}:${ref}`]
}
