import { setTimeout as pause } from 'node:timers/promises'
import { messageOf } from '../../src/lib/errors.ts'

const deadlineMs = 5000
const lookEveryMs = 5

/**
 * Looks again and again until the claim holds, and gives back what it returned. Fails after 5 s
 * with what it saw last. The only way for a test to wait for something that tells nobody.
 */
export async function eventually<T>(claim: () => T | Promise<T>): Promise<T> {
  const startedAt = performance.now()
  for (;;) {
    try {
      return await claim()
    } catch (error) {
      if (performance.now() - startedAt > deadlineMs) {
        throw new Error(`Not so after ${deadlineMs} ms: ${messageOf(error)}`, { cause: error })
      }
    }
    await pause(lookEveryMs)
  }
}
