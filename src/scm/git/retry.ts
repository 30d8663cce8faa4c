import { setTimeout as pause } from 'node:timers/promises'
import type { GitEnd } from './run.ts'
import { troubleOf } from './trouble.ts'

/**
 * Runs git until it succeeds, fails for a reason that waiting does not mend, or has been retried
 * once after each of the pauses. Returns the last end; throws the signal's reason when aborted.
 */
export async function retryingNetwork(
  run: () => Promise<GitEnd>,
  pausesMs: readonly number[],
  say: (text: string) => void,
  signal: AbortSignal | undefined,
): Promise<GitEnd> {
  let end = await run()
  for (const [index, pauseMs] of pausesMs.entries()) {
    // What took all its time once would take it again.
    if (end.ok || end.timedOut || troubleOf(end) !== 'network') return end
    say(
      `${end.stderr.trim()}\nTrying again in ${pauseMs / 1000} s (retry ${index + 1} of ${pausesMs.length}).`,
    )
    await pause(pauseMs, undefined, signal && { signal }).catch(() => signal?.throwIfAborted())
    end = await run()
  }
  return end
}
