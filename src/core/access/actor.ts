import type { Id } from '../../lib/ids.ts'

/**
 * Who does something. Never a nullable user id: every fact names one of these. People with
 * accounts join as a further case.
 */
export type Actor =
  | { is: 'stranger' }
  /** Someone who proved the admin token, by header or by a session it opened. */
  | { is: 'admin'; via: 'token' | 'session' }
  /** A repository's verified webhook. */
  | { is: 'hook'; repositoryId: Id }
  | { is: 'runner'; runnerId: Id }
  /** Oore itself: reactions, clean-up, recovery. */
  | { is: 'system' }

/** How an actor is written into facts and the operator's log. */
export function actorText(actor: Actor): string {
  switch (actor.is) {
    case 'stranger':
      return 'stranger'
    case 'admin':
      return 'admin'
    case 'hook':
      return `hook:${actor.repositoryId}`
    case 'runner':
      return `runner:${actor.runnerId}`
    case 'system':
      return 'system'
  }
}
