import { setTimeout as pause } from 'node:timers/promises'
import { messageOf } from '../../src/lib/errors.ts'

const deadlineMs = 5000
const lookEveryMs = 5

/**
 * Looks again and again until the claim holds, and gives back what it returned. Fails after the
 * deadline with what it saw last. The only way for a test to wait for something that tells nobody.
 */
export async function eventually<T>(
  claim: () => T | Promise<T>,
  deadline: number = deadlineMs,
): Promise<T> {
  const startedAt = performance.now()
  for (;;) {
    try {
      return await claim()
    } catch (error) {
      if (performance.now() - startedAt > deadline) {
        throw new Error(`Not so after ${deadline} ms: ${messageOf(error)}`, { cause: error })
      }
    }
    await pause(lookEveryMs)
  }
}
