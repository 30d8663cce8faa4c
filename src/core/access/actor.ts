import type { Id } from '../../lib/ids.ts'

/** What people may be, the most powerful first. What each may do is in may.ts. */
export const roles = ['owner', 'admin', 'developer', 'viewer'] as const
export type Role = (typeof roles)[number]

/** Who does something. Never a nullable user id: every fact names one of these. */
export type Actor =
  | { is: 'stranger' }
  /** Someone who proved the admin token, by header or by a session it opened. */
  | { is: 'admin'; via: 'token' | 'session' }
  /** A person with an account, with the role they have now. */
  | { is: 'user'; userId: Id; name: string; role: Role }
  /** A repository's verified webhook. */
  | { is: 'hook'; repositoryId: Id }
  /** The verified webhook of a connection to a forge, which speaks for many repositories. */
  | { is: 'connection'; connectionId: Id }
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
    case 'user':
      return `user:${actor.userId}`
    case 'hook':
      return `hook:${actor.repositoryId}`
    case 'connection':
      return `connection:${actor.connectionId}`
    case 'runner':
      return `runner:${actor.runnerId}`
    case 'system':
      return 'system'
  }
}

/** The role that a person acts with; the admin token is the owner's. Null for everyone else. */
export const roleOf = (actor: Actor): Role | null =>
  actor.is === 'admin' ? 'owner' : actor.is === 'user' ? actor.role : null

/** Does `role` allow no more than `other`? */
export const isAtMost = (role: Role, other: Role): boolean =>
  roles.indexOf(role) >= roles.indexOf(other)

/** How a person is called in the header of their pages; null for everyone else. */
export const nameOf = (actor: Actor): string | null =>
  actor.is === 'admin' ? 'Admin' : actor.is === 'user' ? actor.name : null
