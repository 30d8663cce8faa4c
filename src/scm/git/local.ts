import {
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  statSync,
} from 'node:fs'
import { join } from 'node:path'
import { localPathOf } from './clone-url.ts'

// Linking happens in one go on the runner's thread: this many take about 10 ms.
const linkedFilesMax = 1_000

/**
 * The directory with the objects of a `file://` repository that may be read in place; null where
 * git itself has to decide: other addresses, another user's directory, work trees of elsewhere.
 */
export function gitDirInPlace(url: string): string | null {
  const path = localPathOf(url)
  if (path === null) return null
  const gitDir = [path, join(path, '.git')].find(hasObjects)
  if (gitDir === undefined) return null
  return statSync(gitDir).uid === process.getuid?.() ? gitDir : null
}

/** Is there a repository at this path, bare, with its work tree, or linked to from elsewhere? */
export const isRepository = (path: string): boolean =>
  hasObjects(path) || existsSync(join(path, '.git'))

const hasObjects = (dir: string): boolean => isDirectory(join(dir, 'objects'))

/**
 * Puts the objects of the repository `from` into `to` as hard links, and gives its tags, one line
 * of packed-refs each: what `git clone` does with a path, without starting a process. Null where
 * that is not possible or would not be safe (another disk, borrowed or missing objects, symbolic
 * links, too many files, a repack at this very moment); `to` may then hold a part of the objects,
 * which harms nobody who fetches the rest.
 */
export function linkObjects(from: string, to: string): { tags: string[] } | null {
  const borrows = ['shallow', 'objects/info/alternates', 'reftable'].some(
    (name) => lstatSync(join(from, name), { throwIfNoEntry: false }) !== undefined,
  )
  if (borrows) return null
  try {
    const linked = linkAll(join(from, 'objects'), join(to, 'objects'))
    return linked ? { tags: tagsOf(from) } : null
  } catch {
    return null
  }
}

/** Loose objects before packs: an object that is being packed is then seen at least once. */
function linkAll(from: string, to: string): boolean {
  const directories = readdirSync(from)
    .filter((name) => /^([0-9a-f]{2}|pack)$/.test(name))
    // In this order "pack" comes last.
    .sort()
  let count = 0
  for (const directory of directories) {
    const entries = readdirSync(join(from, directory), { withFileTypes: true })
    count += entries.length
    if (count > linkedFilesMax) return false
    if (entries.some((entry) => !entry.isFile() || entry.name.endsWith('.promisor'))) return false
    mkdirSync(join(to, directory), { recursive: true })
    for (const { name } of entries) {
      if (!name.startsWith('tmp_')) linkSync(join(from, directory, name), join(to, directory, name))
    }
  }
  return true
}

function tagsOf(gitDir: string): string[] {
  const packed = readOr(join(gitDir, 'packed-refs'), '')
    .split('\n')
    .filter((line) => / refs\/tags\//.test(line))
  const loose = filesBelow(join(gitDir, 'refs/tags')).map(
    (name) => `${readOr(join(gitDir, 'refs/tags', name), '').trim()} refs/tags/${name}`,
  )
  // A loose tag is the newer truth, so it replaces a packed one of the same name.
  const byName = new Map([...packed, ...loose].map((line) => [line.slice(line.indexOf(' ')), line]))
  return [...byName.values()].filter((line) => /^[0-9a-f]{40,64} refs\/tags\/\S+$/.test(line))
}

function filesBelow(dir: string): string[] {
  if (!isDirectory(dir)) return []
  const names = readdirSync(dir, { recursive: true, withFileTypes: true })
  return names
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(dir.length + 1))
}

function readOr(file: string, otherwise: string): string {
  return lstatSync(file, { throwIfNoEntry: false })?.isFile()
    ? readFileSync(file, 'utf8')
    : otherwise
}

/** Whatever keeps it from being looked at, below a file for one, it is none that is read in place. */
function isDirectory(path: string): boolean {
  try {
    return lstatSync(path).isDirectory()
  } catch {
    return false
  }
}
