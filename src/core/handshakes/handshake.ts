import type { Id } from '../../lib/ids.ts'
import type { Millis } from '../../lib/clock.ts'

/** Why a browser is sent to a forge. */
export const handshakePurposes = ['github_app', 'github_install', 'gitlab', 'sign_in'] as const
export type HandshakePurpose = (typeof handshakePurposes)[number]

/** How it ended: `subject` is the id of what came of it, `text` a sentence for people. */
export type HandshakeOutcome =
  { is: 'done'; subject: string; text: string } | { is: 'failed'; text: string }

/** A trip to a forge and back, for whoever waits for its end. */
export type Handshake = {
  id: Id
  purpose: HandshakePurpose
  /** What the purpose needs to know when it comes back. */
  data: Record<string, string | null>
  /** Null while the browser has not come back. */
  outcome: HandshakeOutcome | null
  /** Nobody comes back any more. */
  isExpired: boolean
  createdAt: Millis
  endsAt: Millis
}
