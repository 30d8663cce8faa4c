import { OoreError } from '../../lib/errors.ts'
import { MiB } from '../../lib/sizes.ts'
import { git, startGit } from '../../scm/git/run.ts'

const timeoutMs = 60_000
const outputBytesMax = 256 * MiB

/**
 * Asks git about a work tree of the person's own, and changes nothing in it. Null where git says
 * no; without the end of the line otherwise.
 */
export async function askGit(root: string, args: readonly string[]): Promise<string | null> {
  const end = await git(['--no-optional-locks', ...args], { cwd: root, timeoutMs })
  return end.ok ? end.stdout.replace(/\n$/, '') : null
}

/**
 * What a command prints with `-z`, however much. Throws OoreError `unavailable` with git's own
 * words where it fails.
 */
export async function listByGit(
  root: string,
  args: readonly string[],
  signal?: AbortSignal,
): Promise<string[]> {
  const running = startGit(['--no-optional-locks', ...args], { cwd: root, timeoutMs, signal })
  running.stdin.end()
  const [output, end] = await Promise.all([bytesOf(running.stdout), running.ended])
  if (end.ok) return output.toString().split('\0').filter(Boolean)
  throw new OoreError('unavailable', `git ${args[0]} failed in ${root}: ${end.stderr.trim()}`)
}

async function bytesOf(stream: AsyncIterable<unknown>): Promise<Buffer> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of stream) {
    if (!Buffer.isBuffer(chunk)) continue
    length += chunk.length
    if (length > outputBytesMax) throw new OoreError('too_large', 'git had too much to say.')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
