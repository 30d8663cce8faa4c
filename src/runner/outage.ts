import { existsSync, watch, type FSWatcher } from 'node:fs'
import { basename, dirname } from 'node:path'

const firstWaitMs = 50
const lastWaitMs = 2000

/** How long to wait before each next try: 50 ms, then twice as long each time, up to 2 s. */
export type Backoff = { next(): number; reset(): void }

export function backoff(): Backoff {
  let waitMs = firstWaitMs
  return {
    next() {
      const now = waitMs
      waitMs = Math.min(waitMs * 2, lastWaitMs)
      return now
    },
    reset() {
      waitMs = firstWaitMs
    },
  }
}

/** False where the server's directory is gone: then no server will ever listen there again. */
export const mayComeBack = (socket: string): boolean => existsSync(dirname(socket))

/**
 * Waits `timeoutMs`, or less: until the file of the socket appears or changes, which is how a
 * restarted server is heard at once, or until the signal aborts. Says whether the socket moved.
 */
export function untilSocketMoves(
  socket: string,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<boolean> {
  if (signal.aborted) return Promise.resolve(false)
  return new Promise((resolve) => {
    const watcher = watchFile(socket, () => end(true))
    const timer = setTimeout(() => end(false), timeoutMs)
    const onAbort = () => end(false)
    signal.addEventListener('abort', onAbort)
    function end(moved: boolean) {
      clearTimeout(timer)
      watcher?.close()
      signal.removeEventListener('abort', onAbort)
      resolve(moved)
    }
  })
}

/** Watches one name in its directory; null where that cannot be watched, then time has to do. */
function watchFile(path: string, onChange: () => void): FSWatcher | null {
  try {
    const watcher = watch(dirname(path), (_, name) => name === basename(path) && onChange())
    watcher.on('error', () => watcher.close())
    return watcher
  } catch {
    return null
  }
}
