import type { Id } from '../../lib/ids.ts'
import type { Millis } from '../../lib/clock.ts'
import type { Provider } from '../../scm/providers.ts'

export { aboutProvider, type Provider, providers } from '../../scm/providers.ts'

export const repositoryStates = ['active', 'inactive', 'error', 'pending_setup'] as const
export type RepositoryState = (typeof repositoryStates)[number]

/** Which goes before the other where both are there: the stored configuration, or the file. */
export const configurationOrders = ['stored', 'repository'] as const
export type ConfigurationFirst = (typeof configurationOrders)[number]

/** Builds of forks wait for an approval, or there are none. */
export const forkBuildsChoices = ['ask', 'never'] as const
export type ForkBuilds = (typeof forkBuildsChoices)[number]

export type Repository = {
  id: Id
  provider: Provider
  /** The forge's host, as the clone address says it; null for plain git and for this disk. */
  instance: string | null
  owner: string
  name: string
  /** `owner/name`. */
  fullName: string
  /** Never holds a password: a credential is stored apart and encrypted. */
  cloneUrl: string
  hasCredential: boolean
  hasWebhookSecret: boolean
  hook: HookHealth
  /** Since when pushes that no webhook told of are found; null where they are not yet. */
  refsKnownAt: Millis | null
  defaultBranch: string
  isPrivate: boolean
  state: RepositoryState
  /** Why Oore itself paused it, as a sentence; null where a person did, or nobody. */
  stateReason: string | null
  isArchived: boolean
  /** A connection speaks for it, such as the GitHub App: it tells of pushes and gives the tokens. */
  isConnected: boolean
  nextBuildNumber: number
  configurationFirst: ConfigurationFirst
  forkBuilds: ForkBuilds
  /** Is each pull request given a comment, where its forge has any and lets Oore write it? */
  pullRequestComments: boolean
  createdAt: Millis
  updatedAt: Millis
}

/** How a repository's own webhook fares. */
export type HookHealth = {
  /** When a delivery last proved the secret; null where none has. */
  verifiedAt: Millis | null
  /** When one last did not, and why in words; null once one has proved it since. */
  failedAt: Millis | null
  failure: string | null
  /** Until when the secret before this one is good too; null where it is not. */
  previousSecretUntil: Millis | null
}

/** Where a repository's own webhook delivers to. */
export const webhookPath = ({ provider, id }: Pick<Repository, 'provider' | 'id'>): string =>
  `/api/webhooks/${provider}/${id}`
