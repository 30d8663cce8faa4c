import type { Source } from '../contract.ts'
import { readCloneUrl } from './clone-url.ts'
import { gitDirInPlace } from './local.ts'
import { git } from './run.ts'

const listTimeoutMs = 10_000
const pathsMax = 20

/**
 * The paths of a commit's files that are wanted, in the order of the tree, at most 20. The commit
 * must have been looked at before: nothing is fetched. Of a tree whose names fill more than git's
 * output may (4 MiB), the beginning is searched; where git cannot list it, there are none.
 */
export async function findPaths(
  source: Source,
  commit: string,
  isWanted: (path: string) => boolean,
  signal?: AbortSignal,
): Promise<string[]> {
  const { url } = readCloneUrl(source.cloneUrl, { local: source.allowLocal })
  const cwd = gitDirInPlace(url) ?? source.cacheDir
  const args = ['ls-tree', '-r', '-z', '--name-only', '--full-tree', commit]
  const { stdout } = await git(args, { cwd, timeoutMs: listTimeoutMs, signal })
  return stdout.split('\0').filter(isWanted).slice(0, pathsMax)
}
