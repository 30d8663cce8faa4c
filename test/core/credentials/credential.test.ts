import { describe, expect, test } from 'vitest'
import { expiryStage, expiryText } from '../../../src/core/credentials/credential.ts'
import { days, hours } from '../../../src/lib/clock.ts'
import { noon } from '../../support/clock.ts'

describe('how long it has', () => {
  test.each<[ms: number, text: string, stage: number | null]>([
    [days(9000), 'expires in 24 years', null],
    [days(730), 'expires in 2 years', null],
    [days(729), 'expires in 729 days', null],
    [days(31), 'expires in 31 days', null],
    [days(30), 'expires in 30 days', 30],
    [days(14), 'expires in 14 days', 14],
    [days(3) + 1, 'expires in 3 days', 14],
    [days(3), 'expires in 3 days', 3],
    [days(1), 'expires in one day', 3],
    [hours(1), 'expires today', 3],
    [0, 'expired today', 0],
    [-hours(1), 'expired today', 0],
    [-days(1), 'expired yesterday', 0],
    [-days(40), 'expired 40 days ago', 0],
  ])('with %i ms left: %s', (ms, text, stage) => {
    expect([expiryText(noon + ms, noon), expiryStage(noon + ms, noon)]).toEqual([text, stage])
  })
})
