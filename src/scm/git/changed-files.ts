import { join } from 'node:path'
import { MiB } from '../../lib/sizes.ts'
import type { ChangedFiles, Source } from '../contract.ts'
import { oneAtATime } from '../../lib/one-at-a-time.ts'
import { fetchInto, fetchTimeoutMs, makeCache, wholeHistory } from './cache.ts'
import { readCloneUrl } from './clone-url.ts'
import { remoteOf } from './environment.ts'
import { gitDirInPlace } from './local.ts'
import { invalid } from './missing.ts'
import { startGit, type GitEnd, type GitOptions, type RunningGit } from './run.ts'
import { gitError, troubleOf } from './trouble.ts'

const filesMax = 10_000
const nameBytesMax = 4 * MiB
const compareTimeoutMs = 30_000

/**
 * Which files differ between two commits; see Scm. A renamed file counts under both its names, and
 * so does a submodule that moved on. At most 10 000 files are told. A repository on this disk is
 * read in place. Of any other the commits that `look` fetched are compared without asking anybody;
 * else the two are fetched alone and, where the server can do that, without the files' contents,
 * into a cache of their own: in the cache of `look` a commit has all its files. Throws OoreError
 * `invalid` for what is no whole id of a commit or no address to read from.
 */
export async function changedFiles(
  source: Source,
  from: string,
  to: string,
  signal?: AbortSignal,
): Promise<ChangedFiles> {
  const { url } = readCloneUrl(source.cloneUrl, { local: source.allowLocal })
  checkCommit(from)
  checkCommit(to)
  if (from === to) return { is: 'known', files: [], isPartial: false }
  if (/^0+$/.test(from)) return { is: 'unknown', why: 'There is no earlier commit.' }
  const gitDir = gitDirInPlace(url)
  if (gitDir !== null) {
    const compared = await compare(gitDir, from, to, signal)
    return 'is' in compared ? compared : unknown(compared, url, from)
  }
  return oneAtATime(source.cacheDir, () =>
    compareFromCache({ ...source, cloneUrl: url }, from, to, signal),
  )
}

function checkCommit(text: string) {
  if (/^([0-9a-f]{40}|[0-9a-f]{64})$/.test(text)) return
  throw invalid('commit', `${JSON.stringify(text.slice(0, 80))} is not the whole id of a commit.`)
}

async function compareFromCache(
  source: Source,
  from: string,
  to: string,
  signal: AbortSignal | undefined,
): Promise<ChangedFiles> {
  const { cloneUrl: url, cacheDir } = source
  await makeCache(cacheDir)
  const looked = await compare(cacheDir, from, to, signal)
  if ('is' in looked) return looked

  const treesDir = join(cacheDir, 'trees')
  await makeCache(treesDir)
  const fetched = await compare(treesDir, from, to, signal)
  if ('is' in fetched) return fetched
  const remote = remoteOf(source, url)
  const options: GitOptions = { cwd: treesDir, remote, timeoutMs: fetchTimeoutMs, signal }
  const fetch = (...args: string[]) => fetchInto(treesDir, ['--filter=blob:none', ...args], options)
  let end = await fetch('--depth=1', '--', url, from, to)
  if (/unadvertised object/i.test(end.stderr)) {
    end = await fetch('--prune', wholeHistory, '--', url, '+refs/heads/*:refs/heads/*')
  }
  if (!end.ok) return unknown(end, url, from)
  const compared = await compare(treesDir, from, to, signal)
  return 'is' in compared ? compared : unknown(compared, url, from)
}

/** The difference of two commits that are there, or how git failed. */
async function compare(
  gitDir: string,
  from: string,
  to: string,
  signal: AbortSignal | undefined,
): Promise<(ChangedFiles & { is: 'known' }) | GitEnd> {
  const options = ['-r', '-z', '--name-only', '--no-renames', '--no-ext-diff', '--no-relative']
  // Else the configuration in the repository could hide submodules.
  const args = ['diff-tree', ...options, '--ignore-submodules=none', from, to, '--']
  const running = startGit(args, { cwd: gitDir, timeoutMs: compareTimeoutMs, signal })
  running.stdin.end()
  const [names, end] = await Promise.all([namesFrom(running), running.ended])
  return end.ok || names.isPartial ? { is: 'known', ...names } : end
}

async function namesFrom(running: RunningGit): Promise<{ files: string[]; isPartial: boolean }> {
  const files: string[] = []
  let rest = Buffer.alloc(0)
  let bytes = 0
  for await (const chunk of running.stdout) {
    if (!Buffer.isBuffer(chunk)) continue
    bytes += chunk.length
    rest = Buffer.concat([rest, chunk])
    for (let end = rest.indexOf(0); end >= 0; end = rest.indexOf(0)) {
      if (files.length === filesMax || bytes > nameBytesMax) {
        running.end()
        return { files, isPartial: true }
      }
      files.push(rest.toString('utf8', 0, end))
      rest = rest.subarray(end + 1)
    }
  }
  return { files, isPartial: false }
}

/** Why there is no answer. After a forced push a forge keeps the old commit for some time only. */
function unknown(end: GitEnd, url: string, from: string): ChangedFiles {
  const isGone = troubleOf(end) === 'no_such_commit'
  const why = isGone
    ? `${url} does not have both commits any more: after ${from.slice(0, 12)} it was probably force-pushed.`
    : gitError(end, url).message
  return { is: 'unknown', why }
}
