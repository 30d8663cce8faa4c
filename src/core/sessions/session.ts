import type { Millis } from '../../lib/clock.ts'

/** One browser that is signed in. */
export type OwnSession = {
  /** Tells it apart from the others, and opens nothing. */
  id: string
  ip: string
  userAgent: string
  /** The one that asks. */
  isThis: boolean
  createdAt: Millis
  lastSeenAt: Millis
  /** When it ends if nobody uses it. */
  endsAt: Millis
}
