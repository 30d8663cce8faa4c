import { constants } from 'node:fs'
import { copyFile, lstat, mkdir, readdir, readlink, symlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'

const atOnce = 16

/**
 * Copies files by their names below `from`, with their modes; links stay links. What is not there
 * any more is left out, and so is what is no file: directories among the names are handed back.
 */
export async function copyFiles(
  from: string,
  into: string,
  names: readonly string[],
  signal: AbortSignal,
): Promise<{ copied: number; directories: string[] }> {
  const made = new Map<string, Promise<unknown>>()
  const directories: string[] = []
  let copied = 0
  let next = 0

  async function work(): Promise<void> {
    for (let name = names[next++]; name !== undefined; name = names[next++]) {
      signal.throwIfAborted()
      await copyOne(name)
    }
  }

  async function copyOne(name: string): Promise<void> {
    const source = join(from, name)
    const found = await lstat(source).catch(() => null)
    if (found === null) return
    if (found.isDirectory()) {
      directories.push(name.replace(/\/$/, ''))
      return
    }
    if (!found.isFile() && !found.isSymbolicLink()) return
    const target = join(into, name)
    await makeDirectory(dirname(target))
    if (found.isSymbolicLink()) await symlink(await readlink(source), target)
    // Shares the bytes until one side is written, where the disk can do that.
    else await copyFile(source, target, constants.COPYFILE_FICLONE)
    copied += 1
  }

  function makeDirectory(directory: string): Promise<unknown> {
    const making = made.get(directory) ?? mkdir(directory, { recursive: true })
    made.set(directory, making)
    return making
  }

  await Promise.all(Array.from({ length: atOnce }, work))
  return { copied, directories }
}

/** The names of everything below a directory that is no directory. */
export async function namesBelow(directory: string, signal: AbortSignal): Promise<string[]> {
  const names: string[] = []
  const waiting = ['']
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    signal.throwIfAborted()
    for (const entry of await readdir(join(directory, at), { withFileTypes: true })) {
      const name = join(at, entry.name)
      if (entry.isDirectory()) waiting.push(name)
      else names.push(name)
    }
  }
  return names
}
