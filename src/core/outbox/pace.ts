import { hours, type Millis, minutes, seconds } from '../../lib/clock.ts'

const firstPauseMs = seconds(5)
const longestPauseMs = minutes(15)

/** Nobody looks at the checks of a commit for longer, and a forge that is back has newer ones. */
export const giveUpAfterMs = hours(24)
/** What an attempt without an answer sent has arrived by then, or never does. */
export const repeatAfterMs = minutes(1)
/** What only tells how far something is, is told no more often. */
export const progressEveryMs = seconds(15)

/** How long to wait after the so-manyth failed attempt: 5 s, 10 s, 20 s … 15 min. */
export const pauseAfter = (attempts: number): Millis =>
  Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(attempts - 1, 20))
