import { createHash } from 'node:crypto'
import { readFileSync, readdirSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The directory that holds package.json. */
export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))

/** Everything a build reads. Directories are walked. */
const inputs = ['src', 'scripts/build.mjs', 'package.json', 'package-lock.json']

const stampFile = join(root, 'dist', 'stamp')

/**
 * Is what was built still what would be built now? Costs one or two milliseconds, so that both
 * commands can ask at every start. Compares names, sizes and times, not contents.
 */
export function isFresh() {
  try {
    return readFileSync(stampFile, 'utf8') === fingerprint()
  } catch {
    return false
  }
}

/** Names, sizes and times of all inputs in one short text. */
export function fingerprint() {
  const hash = createHash('sha1')
  for (const input of inputs) add(input)
  return hash.digest('hex')

  /** @param {string} path */
  function add(path) {
    const found = statSync(join(root, path))
    if (!found.isDirectory()) {
      hash.update(`${path}\0${found.size}\0${found.mtimeMs}\0`)
      return
    }
    for (const name of readdirSync(join(root, path)).toSorted()) add(`${path}/${name}`)
  }
}
