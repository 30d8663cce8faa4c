import type { Role } from '../../core/access/actor.ts'

/** Roles as people read them. */
export const roleWords: Record<Role, string> = {
  owner: 'Owner',
  admin: 'Admin',
  developer: 'Developer',
  viewer: 'Viewer',
}

/** What each may do, in a breath. */
export const roleHints: Record<Role, string> = {
  owner: 'everything, owners included',
  admin: 'repositories, connections and people',
  developer: 'builds, their configuration and deliveries',
  viewer: 'reads, and starts nothing',
}
