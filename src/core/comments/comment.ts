import type { Id } from '../../lib/ids.ts'
import type { Millis } from '../../lib/clock.ts'
import type { TellingStatus } from '../statuses/status.ts'

/** The one comment of a pull request, as it was told. */
export type Comment = {
  repositoryId: Id
  number: number
  /** The commit that it speaks of: the newest of the pull request that was built. */
  commitSha: string
  telling: TellingStatus
  toldAt: Millis | null
  attempts: number
  /** When it is tried next; null where nothing is to be sent. */
  nextTryAt: Millis | null
  lastError: string | null
  /** Somebody deleted it. */
  isGone: boolean
}
