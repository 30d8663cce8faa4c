import { realpathSync, statSync } from 'node:fs'
import { isAbsolute, relative, resolve, sep } from 'node:path'
import { expand, type Environment } from '../lib/variables.ts'
import { asHere } from './foreign-paths.ts'

export type WorkingDirectory = { is: 'found'; path: string } | { is: 'unusable'; why: string }

/**
 * Finds a working directory as it was written, relative to `root` (null is that itself): the clone
 * directory, or what stands for it while there is none. Variables are put in first. It must exist.
 * A relative one must not lead out of `root`, neither by `..` nor by a symbolic link; one that is
 * absolute, or begins with `~`, may be anywhere on the machine, as on Codemagic's.
 */
export function findWorkingDirectory(
  root: string,
  written: string | null,
  environment: Environment,
  isClone = true,
): WorkingDirectory {
  if (written === null) return { is: 'found', path: root }
  const unusable = (reason: string): WorkingDirectory => ({
    is: 'unusable',
    why: `its working directory “${written}” ${reason}`,
  })
  const { text, missing } = expand(asHere(written, environment, root).text, environment)
  if (missing.length > 0) return unusable(`names the variable ${missing[0]}, which is not set`)
  const place = text.replace(/^~(?=\/|$)/, environment['HOME'] ?? '~')
  const path = realPath(resolve(root, place))
  if (path === null) {
    const isElsewhere = isAbsolute(place) && !isInside(resolve(place), root)
    if (isElsewhere) return unusable('does not exist on this machine')
    return unusable(isClone ? 'does not exist in the repository' : notThereYet)
  }
  if (!isAbsolute(place) && !isInside(path, realpathSync.native(root))) {
    return unusable(
      `leads out of ${isClone ? 'the repository' : 'its place'}; write a path inside it`,
    )
  }
  return statSync(path).isDirectory() ? { is: 'found', path } : unusable('is not a directory')
}

const notThereYet = 'does not exist: the steps before the code is there start in an empty one'

/** Is this path the directory itself, or below it? Both must be free of links and dots. */
export function isInside(path: string, directory: string): boolean {
  const way = relative(directory, path)
  return way !== '..' && !way.startsWith(`..${sep}`)
}

function realPath(path: string): string | null {
  try {
    return realpathSync.native(path)
  } catch {
    return null
  }
}
