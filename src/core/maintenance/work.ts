import { Waiter } from '../../lib/bell.ts'
import { type Millis, minutes, monotonicClock, seconds } from '../../lib/clock.ts'
import type { Ctx } from '../ctx.ts'

const pausesMs: readonly Millis[] = [seconds(1), seconds(5), seconds(30)]
/** Work that went well for so long begins with the shortest pause again. */
const soundMs = minutes(5)

/**
 * Keeps a worker at its work until the signal aborts: when it throws, because the database was
 * locked or the disk was full, that is logged, and after a pause it begins again.
 */
export async function keepWorking(
  ctx: Ctx,
  name: string,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  let failures = 0
  while (!signal.aborted) {
    const startedAt = monotonicClock()
    try {
      return await work(signal)
    } catch (error) {
      if (monotonicClock() - startedAt > soundMs) failures = 0
      const pause = pausesMs[Math.min(failures, pausesMs.length - 1)] ?? 0
      failures += 1
      ctx.log.error({ err: error, worker: name, again_in_ms: pause }, 'a worker failed')
      await new Waiter().wait(pause, signal)
    }
  }
}
