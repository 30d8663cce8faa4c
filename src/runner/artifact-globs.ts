import { lstat, realpath } from 'node:fs/promises'
import { isAbsolute, join, resolve } from 'node:path'
import { compileGlob, globTrouble, splitGlob } from '../lib/glob.ts'
import { expand, type Environment } from '../lib/variables.ts'
import { asHere } from './foreign-paths.ts'
import { isInside } from './working-directory.ts'
import { entriesIn, type Walk } from './walk.ts'
import type { Workspace } from './workspace.ts'
import { isNewSince, xcodePlace } from './xcode-places.ts'

/** Most files and directories that are looked at for one pattern. */
export const visitsMax = 500_000
const pathCharsMax = 4096

/**
 * What a pattern has found, and the directory it must really lie in. Links are found too, so that
 * the log can say why one is not kept.
 */
export type Match = { path: string; kind: MatchKind; root: string }
export type MatchKind = 'file' | 'directory' | 'link' | 'other'

export type Matches =
  /** Not all was looked at where there was too much of it. */
  | { is: 'found'; matches: Match[]; isPartial: boolean }
  /** The pattern cannot be looked for; `why` is half a sentence. */
  | { is: 'unusable'; why: string }

/**
 * Finds what one artifact pattern means, in order of path: `*`, `**`, `?`, `[…]`, `{…}`, `!(…)`,
 * variables and `~`. A relative pattern is looked for in the working directory and in the clone
 * directory, for both are in use; an absolute one only inside the build's workspace, where `/tmp`
 * means the build's own TMPDIR, and in what Xcode has written outside since it was made. Symbolic links are never followed. A directory is found when the
 * pattern names it (`*.app`, `reports/`), not when a mere `*` or `**` covers it. Throws the reason
 * of the signal once that is aborted.
 */
export async function findMatches(
  pattern: string,
  places: Places,
  bounds: { signal: AbortSignal; visitsMax: number },
): Promise<Matches> {
  const { workspace, workingDirectory, environment } = places
  const here = asHere(pattern, environment, workspace.clone).text
  const { text, missing } = expand(here, environment)
  if (missing.length > 0) return { is: 'unusable', why: `the variable ${missing[0]} is not set` }
  const home = environment['HOME'] ?? '~'
  const written = ownPlace(text.replace(/^~(?=\/|$)/, home), workspace, home)
  if (written.length > pathCharsMax) {
    return { is: 'unusable', why: `it is longer than ${pathCharsMax} characters` }
  }
  const { base, glob } = splitGlob(written.replace(/(?<=.)\/+$/, ''))
  const trouble = globTrouble(glob)
  if (trouble !== null) return { is: 'unusable', why: trouble }
  const walk: Walk = { signal: bounds.signal, visitsLeft: bounds.visitsMax, isPartial: false }
  const own = [workingDirectory, workspace.clone].filter((each) => isInside(each, workspace.root))
  const directories = isAbsolute(written) ? ['/'] : own
  const found = new Map<string, Match>()
  for (const directory of directories) {
    const start = resolve(directory, base)
    const isOwn = isInside(start, workspace.root)
    const root = isOwn ? workspace.root : await xcodePlace(start, environment)
    if (root === null) {
      return { is: 'unusable', why: 'it lies outside the workspace of this build' }
    }
    const below = await matchesBelow(start, glob, root, walk)
    const kept = isOwn ? below : await onlyNew(below, places.madeAtMs, walk)
    for (const match of kept) found.set(match.path, match)
  }
  const matches = [...found.values()].sort((a, b) => (a.path < b.path ? -1 : 1))
  return { is: 'found', matches, isPartial: walk.isPartial }
}

export type Places = {
  workspace: Workspace
  workingDirectory: string
  environment: Environment
  /** What is older than this outside the workspace is another build's. */
  madeAtMs: number
}

/** Paths that mean a place of the build on the machines the pipeline language comes from. */
function ownPlace(path: string, workspace: Workspace, home: string): string {
  const places: [foreign: string, own: string][] = [
    ['/tmp/', workspace.temporary],
    ['/Users/builder/clone/', workspace.clone],
  ]
  // These may themselves lie under /tmp.
  if ([workspace.root, home].some((own) => path.startsWith(`${own}/`))) return path
  const place = places.find(([foreign]) => path.startsWith(foreign))
  return place === undefined ? path : join(place[1], path.slice(place[0].length))
}

type Found = Omit<Match, 'root'>

async function onlyNew(matches: readonly Match[], sinceMs: number, walk: Walk): Promise<Match[]> {
  const kept: Match[] = []
  for (const match of matches) if (await isNewSince(match.path, sinceMs, walk)) kept.push(match)
  return kept
}

async function matchesBelow(
  start: string,
  glob: string,
  root: string,
  walk: Walk,
): Promise<Match[]> {
  const kind = await kindOf(start)
  if (kind === null) return []
  if (glob === '') return [{ path: start, kind, root }]
  // A link on the way is a match itself: whoever would copy it looks where it leads, and says so.
  const real = await realpath(start).catch(() => null)
  if (real === null || !isInside(real, root)) return [{ path: start, kind: 'link', root }]
  if (kind === 'file') return []
  return (await matchesIn(start, glob, walk)).map((match) => ({ ...match, root }))
}

async function kindOf(path: string): Promise<MatchKind | null> {
  try {
    return kindIn(await lstat(path))
  } catch {
    return null
  }
}

async function matchesIn(start: string, glob: string, walk: Walk): Promise<Found[]> {
  const isMatch = compileGlob(glob, { crossesSlash: false })
  const namesDirectories = !/(^|\/)\*+$/.test(glob)
  const namesHidden = /(^|[/{(,|])\./.test(glob)
  const depthMax = /\*\*|[({]/.test(glob) ? Infinity : glob.split('/').length
  const matches: Found[] = []
  const pending = [{ path: '', depth: 1 }]
  for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
    for await (const entry of entriesIn(join(start, at.path))) {
      walk.signal.throwIfAborted()
      walk.isPartial = walk.visitsLeft === 0
      if (walk.isPartial) return matches
      walk.visitsLeft -= 1
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
