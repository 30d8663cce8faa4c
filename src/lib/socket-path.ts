import { lstatSync, mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { sha256Hex } from './crypto.ts'
import { OoreError } from './errors.ts'

// sun_path holds 104 bytes on macOS and 108 on Linux; a longer path is cut short or refused.
const pathBytesMax = 100

// Not os.tmpdir(): a server and its runner have different environments and must find one place.
const shortRoot = '/tmp'

/**
 * Where the Unix socket `name` of `directory` lies: inside it where the path is short enough, else
 * in a directory of our own under /tmp that is named after it. Every process that asks with the
 * same directory gets the same answer. Throws OoreError `unavailable` where someone else made that
 * directory, because he could put his own socket there.
 */
export function socketPath(directory: string, name: string): string {
  const path = join(resolve(directory), name)
  if (Buffer.byteLength(path) <= pathBytesMax) return path

  const short = join(shortRoot, `oore-${sha256Hex(resolve(directory)).slice(0, 16)}`)
  mkdirSync(short, { recursive: true, mode: 0o700 })
  const found = lstatSync(short)
  if (!found.isDirectory() || found.uid !== process.getuid?.() || (found.mode & 0o077) !== 0) {
    throw new OoreError(
      'unavailable',
      `${short} is not a directory that only this user can open, so no socket is put there. ` +
        `Remove it, or move ${directory} to a shorter path.`,
    )
  }
  return join(short, name)
}
