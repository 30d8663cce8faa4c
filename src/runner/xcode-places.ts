import { lstat, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import type { Environment } from '../lib/variables.ts'
import { entriesIn, type Walk } from './walk.ts'
import { isInside } from './working-directory.ts'

/** Where Xcode leaves products, symbols and archives, below the home directory. */
const folders = ['DerivedData', 'Archives'].map((name) => join('Library/Developer/Xcode', name))

/**
 * The directory of Xcode's that a path lies in, real and without a link below the home directory;
 * null where it lies in none. All builds of an account share it.
 */
export async function xcodePlace(path: string, environment: Environment): Promise<string | null> {
  const home = environment['HOME'] ?? '/'
  const folder = folders.find((each) => isInside(path, join(home, each)))
  if (folder === undefined) return null
  const realHome = await realpath(home).catch(() => null)
  const real = await realpath(join(home, folder)).catch(() => null)
  // There may be nothing yet: then nothing is found in it either.
  if (real === null) return join(home, folder)
  return realHome !== null && real === join(realHome, folder) ? real : null
}

/** Was this, or anything in it, written since? What cannot be read was not. */
export async function isNewSince(path: string, sinceMs: number, walk: Walk): Promise<boolean> {
  const pending = [path]
  for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
    const found = await lstat(at).catch(() => null)
    if (found === null) continue
    if (found.mtimeMs >= sinceMs) return true
    if (!found.isDirectory()) continue
    for await (const entry of entriesIn(at)) {
      walk.signal.throwIfAborted()
      walk.isPartial ||= walk.visitsLeft === 0
      if (walk.isPartial) return false
      walk.visitsLeft -= 1
      pending.push(join(at, entry.name))
    }
  }
  return false
}
