import type { Source } from '../contract.ts'
import { oneAtATime } from '../../lib/one-at-a-time.ts'
import { makeCache } from './cache.ts'
import { readCloneUrl } from './clone-url.ts'
import { remoteOf } from './environment.ts'
import { git } from './run.ts'
import { gitError } from './trouble.ts'

const timeoutMs = 30_000
/** A repository with more is not compared ref by ref: it would cost more than it tells. */
const refsMax = 20_000

/**
 * Where the branches and tags of a repository stand; null where there are more than 20,000 of them.
 * Asks the remote once. Throws OoreError as `look` does.
 */
export async function listRefs(
  source: Source,
  signal?: AbortSignal,
): Promise<Map<string, string> | null> {
  const { url } = readCloneUrl(source.cloneUrl, { local: source.allowLocal })
  // Somebody may be about to fetch into it for the first time, too.
  await oneAtATime(source.cacheDir, () => makeCache(source.cacheDir))
  const end = await git(['ls-remote', '--', url, 'refs/heads/*', 'refs/tags/*'], {
    cwd: source.cacheDir,
    remote: remoteOf(source, url),
    timeoutMs,
    signal,
  })
  if (!end.ok) throw gitError(end, url)
  const lines = end.stdout.split('\n').filter((line) => line !== '')
  if (lines.length > refsMax) return null
  const refs = new Map<string, string>()
  for (const line of lines) {
    const [commit = '', name = ''] = line.split('\t')
    // `refs/tags/v1^{}` comes after `refs/tags/v1`, and is the commit that an annotated tag is for.
    if (name !== '') refs.set(name.replace(/\^\{\}$/, ''), commit)
  }
  return refs
}
