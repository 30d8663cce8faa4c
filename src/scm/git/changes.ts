import { type CheckoutJob, remoteIn } from './checkout.ts'
import { readCloneUrl } from './clone-url.ts'
import { git, type GitOptions } from './run.ts'

const compareTimeoutMs = 30_000
const fetchTimeoutMs = 2 * 60_000

/**
 * The files that differ between the commit `since` and the one that `checkout` has put in place,
 * by their paths from the root; of a renamed file both. A commit that the clone lacks is fetched.
 * Null where they cannot be compared: it is gone after a forced push, the network fails, or there
 * are 4 MiB of names. To be asked before anybody else has written into the clone: its own
 * configuration could otherwise tell git whom to show the credential. Throws the signal's reason
 * when aborted.
 */
export async function changedSince(job: CheckoutJob & { since: string }): Promise<string[] | null> {
  const { since, into, signal, buildId } = job
  const { clone_url, allow_local, commit } = job.checkout
  if (!/^[0-9a-f]{40}([0-9a-f]{24})?$/.test(since)) return null
  const here = { cwd: into, signal, buildId, timeoutMs: compareTimeoutMs }
  if (!(await isHere(since, here))) {
    const { url } = readCloneUrl(clone_url, { local: allow_local })
    const depth = job.depth === null ? [] : ['--depth=1']
    const quiet = ['--quiet', '--no-auto-maintenance', '--no-tags', '--no-write-fetch-head']
    const end = await git(['fetch', ...quiet, ...depth, '--', 'origin', since], {
      ...here,
      remote: remoteIn(job.checkout, url),
      timeoutMs: fetchTimeoutMs,
    })
    if (!end.ok) return null
  }
  const names = ['-r', '-z', '--name-only', '--no-renames', '--no-ext-diff']
  const args = ['diff-tree', ...names, '--ignore-submodules=none', since, commit, '--']
  const compared = await git(args, here)
  return compared.ok ? compared.stdout.split('\0').filter((name) => name !== '') : null
}

const isHere = async (commit: string, options: GitOptions): Promise<boolean> =>
  (await git(['cat-file', '-e', `${commit}^{commit}`], options)).ok
