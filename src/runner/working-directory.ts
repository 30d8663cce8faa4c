import { realpathSync, statSync } from 'node:fs'
import { relative, resolve, sep } from 'node:path'

export type WorkingDirectory = { is: 'found'; path: string } | { is: 'unusable'; why: string }

/**
 * Finds a working directory as it was written, relative to the clone directory (null is the clone
 * directory itself). It must exist and must not lead out of the clone directory, neither by `..`
 * nor by a symbolic link.
 */
export function findWorkingDirectory(clone: string, written: string | null): WorkingDirectory {
  if (written === null) return { is: 'found', path: clone }
  const unusable = (reason: string): WorkingDirectory => ({
    is: 'unusable',
    why: `its working directory “${written}” ${reason}`,
  })
  const path = realPath(resolve(clone, written))
  if (path === null) return unusable('does not exist in the repository')
  if (!isInside(path, realpathSync.native(clone))) {
    return unusable('leads out of the repository; write a path inside it')
  }
  return statSync(path).isDirectory() ? { is: 'found', path } : unusable('is not a directory')
}

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
