import { existsSync, lstatSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'

/** Where the code lies that a command on a laptop is about. */
export type LocalRoot = { path: string; isRepository: boolean }

/** The repository that a directory is in, or the directory itself where it is in none. */
export function findRoot(directory: string): LocalRoot {
  for (let at = resolve(directory); ; at = dirname(at)) {
    if (isWorkTree(at)) return { path: at, isRepository: true }
    if (dirname(at) === at) return { path: resolve(directory), isRepository: false }
  }
}

/** `.git` is a file in a submodule and in a linked work tree, which are repositories as well. */
export function isWorkTree(directory: string): boolean {
  const found = lstatSync(join(directory, '.git'), { throwIfNoEntry: false })
  if (found === undefined) return false
  return !found.isDirectory() || existsSync(join(directory, '.git', 'HEAD'))
}
