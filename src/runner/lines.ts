import { monotonicClock } from '../lib/clock.ts'
import { KiB } from '../lib/sizes.ts'

const heldBytesMax = 64 * KiB
const quietMs = 50
const newline = 0x0a

export type Lines = {
  push(bytes: Uint8Array): void
  /** Hands out what is held back. Call it when the stream has ended. */
  flush(): void
}

/**
 * Passes a stream on in pieces that end where a line ends, so that two streams which share a log
 * do not tear each other's lines. A line that is longer than 64 KiB, or that waits unfinished for
 * some 50 ms (a prompt, a row of dots), is passed on as far as it has come. Bytes are never
 * changed. Only the last newline of a chunk is looked for: no work is done per line.
 */
export function wholeLines(emit: (bytes: Uint8Array) => void): Lines {
  let held: Uint8Array[] = []
  let heldBytes = 0
  let heardAt = 0
  let timer: NodeJS.Timeout | undefined

  return {
    push(bytes) {
      const end = bytes.lastIndexOf(newline) + 1
      if (end > 0) release(end === bytes.length ? bytes : bytes.subarray(0, end))
      if (end < bytes.length) hold(bytes.subarray(end))
    },
    flush() {
      clearTimeout(timer)
      timer = undefined
      if (heldBytes > 0) release()
    },
  }

  function release(more?: Uint8Array) {
    const parts = more === undefined ? held : [...held, more]
    held = []
    heldBytes = 0
    emit(parts.length === 1 ? parts[0]! : Buffer.concat(parts))
  }

  function hold(bytes: Uint8Array) {
    held.push(bytes)
    heldBytes += bytes.length
    heardAt = monotonicClock()
    if (heldBytes >= heldBytesMax) release()
    else timer ??= setTimeout(releaseWhenQuiet, quietMs)
  }

  // One timer outlives many chunks: a flood would otherwise set and clear one for each of them.
  function releaseWhenQuiet() {
    timer = undefined
    if (heldBytes === 0) return
    const stillMs = quietMs - (monotonicClock() - heardAt)
    if (stillMs > 1) timer = setTimeout(releaseWhenQuiet, stillMs)
    else release()
  }
}
