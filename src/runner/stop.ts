import type { Millis } from '../lib/clock.ts'

/** Longer timers fire at once in Node. */
const timerMsMax = 2 ** 31 - 1

/** Why a running build, or one step of it, is ended from outside. */
export type StopReason = 'cancelled' | 'interrupted' | 'time_limit'

/** Follows a signal and a time limit: aborts with the reason, whichever comes first. */
export type Stop = { signal: AbortSignal; clear(): void }

export function stopAt(signal: AbortSignal, limitMs: Millis): Stop {
  const stop = new AbortController()
  const follow = () => stop.abort(givenReason(signal))
  const timer = setTimeout(() => stop.abort('time_limit'), Math.min(limitMs, timerMsMax))
  signal.addEventListener('abort', follow, { once: true })
  if (signal.aborted) follow()
  return {
    signal: stop.signal,
    clear() {
      clearTimeout(timer)
      signal.removeEventListener('abort', follow)
    },
  }
}

/** Why this signal of a Stop was aborted; null while it is not. */
export const stopReason = (signal: AbortSignal): StopReason | null =>
  signal.aborted ? givenReason(signal) : null

/** Settles when the signal is aborted or the work has ended, whichever is first. */
export function stopOrEnd(signal: AbortSignal, work: Promise<unknown>): Promise<void> {
  return new Promise((settle) => {
    const done = () => {
      signal.removeEventListener('abort', done)
      settle()
    }
    signal.addEventListener('abort', done, { once: true })
    if (signal.aborted) done()
    void work.then(done, done)
  })
}

function givenReason(signal: AbortSignal): StopReason {
  const reason: unknown = signal.reason
  return reason === 'cancelled' || reason === 'time_limit' ? reason : 'interrupted'
}
