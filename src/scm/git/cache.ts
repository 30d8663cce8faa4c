import { existsSync } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { retryingNetwork } from './retry.ts'
import { git, type GitEnd, type GitOptions } from './run.ts'
import { gitError, troubleOf } from './trouble.ts'

export const fetchTimeoutMs = 120_000
const retryPausesMs = [250, 1_000]
export const wholeHistory = '--depth=2147483647'

/** Fetches into a cache, again after faults of the network, and into a new one after others. */
export async function fetchInto(
  cacheDir: string,
  args: readonly string[],
  options: GitOptions,
): Promise<GitEnd> {
  const fetch = () => git(['fetch', '--quiet', '--no-tags', ...args], options)
  const retry = () => retryingNetwork(fetch, retryPausesMs, () => {}, options.signal)
  const end = await retry()
  if (end.ok || troubleOf(end) !== 'unknown') return end
  // The cache is only a copy, and what git cannot explain is mostly what a crash has left in it,
  // such as a lock. So it is made anew, once.
  await rm(cacheDir, { recursive: true, force: true })
  await makeCache(cacheDir)
  return retry()
}

/** Makes the cache where there is none. Made beside its place and moved there, so that a crash leaves no half of it. */
export async function makeCache(cacheDir: string): Promise<void> {
  if (existsSync(join(cacheDir, 'HEAD'))) return
  const parent = dirname(cacheDir)
  const made = `${cacheDir}.new`
  await mkdir(parent, { recursive: true })
  const args = ['init', '--quiet', '--bare', '--template=', '--', made]
  const end = await git(args, { cwd: parent, timeoutMs: fetchTimeoutMs })
  if (!end.ok) throw gitError(end, made)
  await rename(made, cacheDir)
}
