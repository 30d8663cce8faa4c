import type { Dirent } from 'node:fs'
import { opendir } from 'node:fs/promises'

/** Few enough that between two reads a cancel is heard. */
const entriesPerRead = 100

/** What limits the looking for one pattern, in all places together. */
export type Walk = { signal: AbortSignal; visitsLeft: number; isPartial: boolean }

/** What a directory holds, as far as it can be read. */
export async function* entriesIn(path: string): AsyncGenerator<Dirent> {
  try {
    yield* await opendir(path, { bufferSize: entriesPerRead })
  } catch {
    // It went away or may not be read: then there is nothing to keep.
  }
}
