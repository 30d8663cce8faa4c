import { lstat, readdir, realpath } from 'node:fs/promises'
import { isAbsolute, join, resolve } from 'node:path'
import picomatch from 'picomatch'
import { expand, type Environment } from './environment.ts'
import { isInside } from './working-directory.ts'
import type { Workspace } from './workspace.ts'

/** What a pattern has found. Links are found too, so that the log can say why one is not kept. */
export type Match = { path: string; kind: MatchKind }
export type MatchKind = 'file' | 'directory' | 'link' | 'other'

export type Matches =
  | { is: 'found'; matches: Match[] }
  /** The pattern cannot be looked for; `why` is half a sentence. */
  | { is: 'unusable'; why: string }

/**
 * Finds what one artifact pattern means, in order of path: `*`, `**`, `?`, `[…]`, `{…}`, `!(…)`,
 * variables and `~`. A relative pattern is looked for in the working directory and in the clone
 * directory, for both are in use; an absolute one only inside the build's workspace, where `/tmp`
 * means the build's own TMPDIR. Symbolic links are never followed. A directory is found when the
 * pattern names it (`*.app`, `reports/`), not when a mere `*` or `**` covers it.
 */
export async function findMatches(
  pattern: string,
  places: { workspace: Workspace; workingDirectory: string; environment: Environment },
): Promise<Matches> {
  const { workspace, workingDirectory, environment } = places
  const { text, missing } = expand(pattern, environment)
  if (missing.length > 0) return { is: 'unusable', why: `the variable ${missing[0]} is not set` }
  const written = ownPlace(text.replace(/^~(?=\/|$)/, environment['HOME'] ?? '~'), workspace)
  const { base, glob } = picomatch.scan(written.replace(/(?<=.)\/+$/, ''))
  const directories = isAbsolute(written) ? ['/'] : [workingDirectory, workspace.clone]
  const found = new Map<string, Match>()
  for (const directory of directories) {
    const start = resolve(directory, base)
    if (!isInside(start, workspace.root)) {
      return { is: 'unusable', why: 'it lies outside the workspace of this build' }
    }
    for (const match of await matchesBelow(start, glob, workspace)) found.set(match.path, match)
  }
  const matches = [...found.values()].sort((a, b) => (a.path < b.path ? -1 : 1))
  return { is: 'found', matches }
}

/** Paths that mean a place of the build on the machines the pipeline language comes from. */
function ownPlace(path: string, workspace: Workspace): string {
  const places: [foreign: string, own: string][] = [
    ['/tmp/', workspace.temporary],
    ['/Users/builder/clone/', workspace.clone],
  ]
  // A workspace may itself lie under /tmp.
  if (path.startsWith(`${workspace.root}/`)) return path
  const place = places.find(([foreign]) => path.startsWith(foreign))
  return place === undefined ? path : join(place[1], path.slice(place[0].length))
}

async function matchesBelow(start: string, glob: string, workspace: Workspace): Promise<Match[]> {
  const kind = await kindOf(start)
  if (kind === null) return []
  if (glob === '') return [{ path: start, kind }]
  // A link on the way is a match itself: whoever would copy it looks where it leads, and says so.
  const real = await realpath(start).catch(() => null)
  if (real === null || !isInside(real, workspace.root)) return [{ path: start, kind: 'link' }]
  return kind === 'file' ? [] : await walk(start, glob)
}

async function kindOf(path: string): Promise<MatchKind | null> {
  try {
    return kindIn(await lstat(path))
  } catch {
    return null
  }
}

async function walk(start: string, glob: string): Promise<Match[]> {
  // With `s` the dot of a pattern stands for a line break as well, which a name may hold.
  const isMatch = picomatch(glob, { nonegate: true, flags: 's' })
  const namesDirectories = !/(^|\/)\*+$/.test(glob)
  const namesHidden = /(^|[/{(,|])\./.test(glob)
  const depthMax = /\*\*|[({]/.test(glob) ? Infinity : glob.split('/').length
  const matches: Match[] = []
  const pending = [{ path: '', depth: 1 }]
  for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
    const entries = await readdir(join(start, at.path), { withFileTypes: true }).catch(() => [])
    for (const entry of entries) {
      const path = at.path === '' ? entry.name : `${at.path}/${entry.name}`
      const kind = kindIn(entry)
      const isTaken = isMatch(path) && (kind !== 'directory' || namesDirectories)
      if (isTaken) matches.push({ path: join(start, path), kind })
      const isSeen = namesHidden || !entry.name.startsWith('.')
      if (kind === 'directory' && !isTaken && isSeen && at.depth < depthMax) {
        pending.push({ path, depth: at.depth + 1 })
      }
    }
  }
  return matches
}

function kindIn(entry: {
  isFile(): boolean
  isDirectory(): boolean
  isSymbolicLink(): boolean
}): MatchKind {
  if (entry.isFile()) return 'file'
  if (entry.isDirectory()) return 'directory'
  return entry.isSymbolicLink() ? 'link' : 'other'
}
