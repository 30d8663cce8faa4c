import { createHash } from 'node:crypto'
import { constants, createWriteStream } from 'node:fs'
import { lstat, open, realpath, rm, type FileHandle } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { messageOf } from '../lib/errors.ts'
import { MiB } from '../lib/sizes.ts'
import type { Match } from './artifact-globs.ts'
import type { SigningKeys } from './signing/published.ts'
import { isInside } from './working-directory.ts'
import { zipOf, type LeftOut } from './zip.ts'

const readBytes = MiB

export type Copy =
  | { is: 'copied'; isZip: boolean; sizeBytes: number; sha256: string; leftOut: LeftOut[] }
  /** The thing must not or cannot be read; `why` is half a sentence. */
  | { is: 'refused'; why: string }

/**
 * Copies a match to a private file, or a directory as a zip, and hashes it on the way. Whatever
 * lies outside the match's root is refused, also when a link is put in the place of a file meanwhile;
 * so is a key that signs. Throws when the copy cannot be written (a full disk); nothing half done is left behind.
 */
export async function copyMatch(
  match: Match,
  to: string,
  keys: SigningKeys,
  signal: AbortSignal,
): Promise<Copy> {
  const { root } = match
  const real = await realpath(match.path).catch(() => null)
  if (real === null) return refused('it is a link that leads nowhere')
  if (!isInside(real, root)) return refused('it is a link that leads out of the workspace')
  const isKey = keys.at(real)
  if (isKey !== null) return refused(isKey)
  const found = await lstat(real)
  if (found.isFile()) return await copyFile(real, root, to, signal)
  if (found.isDirectory()) return await copyDirectory(real, match, to, keys, signal)
  return refused('it is neither a file nor a directory')
}

const refused = (why: string): Copy => ({ is: 'refused', why })

async function copyFile(
  path: string,
  root: string,
  to: string,
  signal: AbortSignal,
): Promise<Copy> {
  const file = await openInside(path, root)
  if (typeof file === 'string') return refused(file)
  const written = await write(file.createReadStream({ highWaterMark: readBytes }), to, signal)
  return { is: 'copied', isZip: false, ...written, leftOut: [] }
}

async function copyDirectory(
  directory: string,
  { path, root }: Match,
  to: string,
  keys: SigningKeys,
  signal: AbortSignal,
): Promise<Copy> {
  const open = (each: string) => openInside(each, root)
  const zip = await zipOf(directory, basename(path), open, keys.at)
  try {
    const written = await write(zip.stream, to, signal)
    return { is: 'copied', isZip: true, ...written, leftOut: zip.leftOut }
  } finally {
    zip.close()
  }
}

/**
 * Opens a plain file inside `root` for reading, or says why not. The check after the opening is
 * what counts: the file that is open is the one that lies in the directory that was looked at.
 */
export async function openInside(path: string, root: string): Promise<FileHandle | string> {
  let file: FileHandle
  try {
    // NONBLOCK: opening a pipe would otherwise wait for somebody to write into it.
    file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  } catch (error) {
    return `it cannot be read (${messageOf(error)})`
  }
  const opened = await file.stat()
  const parent = await realpath(dirname(path)).catch(() => null)
  const there = parent && (await lstat(join(parent, basename(path))).catch(() => null))
  const isSame = there && there.ino === opened.ino && there.dev === opened.dev
  if (opened.isFile() && isSame && isInside(parent, root)) return file
  await file.close()
  return 'it is not a plain file inside the workspace'
}

async function write(
  source: Readable,
  to: string,
  signal: AbortSignal,
): Promise<{ sizeBytes: number; sha256: string }> {
  const hash = createHash('sha256')
  let sizeBytes = 0
  const measure = async function* (chunks: AsyncIterable<Buffer>) {
    for await (const chunk of chunks) {
      hash.update(chunk)
      sizeBytes += chunk.length
      yield chunk
    }
  }
  try {
    const target = createWriteStream(to, { flags: 'w', mode: 0o600 })
    await pipeline(source, measure, target, { signal })
  } catch (error) {
    await rm(to, { force: true })
    throw error
  }
  return { sizeBytes, sha256: hash.digest('hex') }
}
