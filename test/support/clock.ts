import type { Clock, Millis } from '../../src/lib/clock.ts'

/** 1 January 2026, noon UTC. */
export const noon: Millis = 1_767_268_800_000

/** A clock that stands still until the test moves it. */
export function heldClock(startAt: Millis = noon): { clock: Clock; advance(ms: Millis): void } {
  let now = startAt
  return {
    clock: () => now,
    advance: (ms) => {
      now += ms
    },
  }
}
