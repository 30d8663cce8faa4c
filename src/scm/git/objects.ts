import { OoreError } from '../../lib/errors.ts'
import { MiB, sizeText } from '../../lib/sizes.ts'
import { startGit } from './run.ts'
import { gitError } from './trouble.ts'

const objectBytesMax = MiB
/** How long a reader is kept for the next who asks, and how old it may become in all. */
const keptMs = 5_000
const lifeMs = 60_000

export type GitObject = { id: string; type: string; content: Buffer }

/** Reads one object by any name git knows, such as `<commit>:<path>`. */
export type ReadObject = (name: string) => Promise<GitObject | 'missing' | 'ambiguous'>

/**
 * Hands a reader of a repository's objects to `use`: one `git cat-file --batch` for all of them,
 * because starting git costs more than reading. The process is kept for a few seconds, in which a
 * busy repository is likely to be asked again; it looks refs and objects up anew each time. What
 * it does not find, a new one is asked for, since the directory may have been replaced under it.
 * Objects over 1 MiB throw OoreError `invalid`; a directory git does not want to read throws its
 * reason.
 */
export async function readingObjects<T>(
  repository: { gitDir: string; url: string },
  use: (read: ReadObject) => Promise<T | null>,
  signal?: AbortSignal,
): Promise<T | null> {
  const kept = readers.get(repository.gitDir)
  readers.delete(repository.gitDir)
  if (kept) {
    const found = await using(kept, repository, use).catch(() => null)
    if (found !== null) return found
  }
  return using(startReader(repository, signal), repository, use)
}

/** Readers that nobody uses at the moment, by their directory. */
const readers = new Map<string, Reader>()

type Reader = { read: ReadObject; end(): void; hasEnded: () => boolean; timer?: NodeJS.Timeout }

async function using<T>(
  reader: Reader,
  { gitDir }: { gitDir: string },
  use: (read: ReadObject) => Promise<T | null>,
): Promise<T | null> {
  clearTimeout(reader.timer)
  let isSound = false
  try {
    const found = await use(reader.read)
    isSound = found !== null && !reader.hasEnded()
    return found
  } finally {
    if (isSound && !readers.has(gitDir)) keep(gitDir, reader)
    else reader.end()
  }
}

function keep(gitDir: string, reader: Reader): void {
  readers.set(gitDir, reader)
  reader.timer = setTimeout(() => {
    if (readers.get(gitDir) === reader) readers.delete(gitDir)
    reader.end()
  }, keptMs)
  // A program whose work is done need not wait for it: without its input git ends by itself.
  reader.timer.unref()
}

function startReader(
  repository: { gitDir: string; url: string },
  signal: AbortSignal | undefined,
): Reader {
  const git = startGit(['cat-file', '--batch'], {
    cwd: repository.gitDir,
    timeoutMs: lifeMs,
    signal,
  })
  // Writing to a git that has died is reported by its end, not by the pipe.
  git.stdin.on('error', () => {})
  let hasEnded = false
  const ended = git.ended
    .catch((reason: unknown) => ({ aborted: reason }))
    .finally(() => (hasEnded = true))
  const bytes = pulling(git.stdout)

  async function read(name: string): Promise<GitObject | 'missing' | 'ambiguous'> {
    if (name.includes('\n')) return 'missing'
    git.stdin.write(`${name}\n`)
    const header = (await bytes.line()) ?? (await died())
    const [, id, type, sizeDigits] = /^([0-9a-f]{40,64}) (\w+) (\d+)$/.exec(header) ?? []
    if (id === undefined || type === undefined) {
      return header.endsWith(' ambiguous') ? 'ambiguous' : 'missing'
    }
    const size = Number(sizeDigits)
    if (size > objectBytesMax) throw tooLarge(name, size)
    const content = (await bytes.take(size + 1)) ?? (await died())
    return { id, type, content: content.subarray(0, size) }
  }

  async function died(): Promise<never> {
    const end = await ended
    throw 'aborted' in end ? end.aborted : gitError(end, repository.url)
  }

  return { read, end: () => git.end(), hasEnded: () => hasEnded }
}

/** Takes lines and exact numbers of bytes from a stream; null where it ends before. */
function pulling(stream: AsyncIterable<Buffer>) {
  const chunks = stream[Symbol.asyncIterator]()
  let held: Buffer = Buffer.alloc(0)

  async function more(): Promise<boolean> {
    const next = await chunks.next()
    if (next.done) return false
    held = held.length === 0 ? next.value : Buffer.concat([held, next.value])
    return true
  }

  async function take(count: number): Promise<Buffer | null> {
    while (held.length < count) if (!(await more())) return null
    const taken = held.subarray(0, count)
    held = held.subarray(count)
    return taken
  }

  async function line(): Promise<string | null> {
    let end = held.indexOf(10)
    for (; end < 0; end = held.indexOf(10)) if (!(await more())) return null
    const taken = await take(end + 1)
    return taken === null ? null : taken.subarray(0, end).toString('utf8')
  }

  return { take, line }
}

function tooLarge(name: string, size: number): OoreError {
  const what = name.slice(name.indexOf(':') + 1)
  return new OoreError(
    'invalid',
    `${what} is ${sizeText(size)}; Oore reads files of up to ${sizeText(objectBytesMax)}.`,
  )
}
