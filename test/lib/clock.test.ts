import { describe, expect, test } from 'vitest'
import { monotonicClock, steadyClock } from '../../src/lib/clock.ts'
import { heldClock, noon } from '../support/clock.ts'

describe('steadyClock', () => {
  test('starts at the time of the other and does not follow its jumps', () => {
    const { clock, advance } = heldClock()
    const before = monotonicClock()
    const steady = steadyClock(clock)
    advance(7_200_000)
    const passed = monotonicClock() - before
    expect(steady()).toBeGreaterThanOrEqual(noon)
    expect(steady()).toBeLessThanOrEqual(noon + passed + 1000)
  })
})
