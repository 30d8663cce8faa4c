import type { Id } from '../../lib/ids.ts'
import type { Millis } from '../../lib/clock.ts'

export const repositoryStates = ['active', 'inactive', 'error', 'pending_setup'] as const
export type RepositoryState = (typeof repositoryStates)[number]

/** Which goes before the other where both are there: the stored configuration, or the file. */
export const configurationOrders = ['stored', 'repository'] as const
export type ConfigurationFirst = (typeof configurationOrders)[number]

export const providers = ['github', 'gitlab', 'git'] as const
export type Provider = (typeof providers)[number]

export type Repository = {
  id: Id
  provider: Provider
  /** The forge's host, for providers that can run anywhere; null for plain git. */
  instance: string | null
  owner: string
  name: string
  /** `owner/name`. */
  fullName: string
  /** Never holds a password: a credential is stored apart and encrypted. */
  cloneUrl: string
  hasCredential: boolean
  hasWebhookSecret: boolean
  defaultBranch: string
  isPrivate: boolean
  state: RepositoryState
  nextBuildNumber: number
  configurationFirst: ConfigurationFirst
  createdAt: Millis
  updatedAt: Millis
}
