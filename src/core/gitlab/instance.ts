import type { Id } from '../../lib/ids.ts'
import type { Millis } from '../../lib/clock.ts'

export type GitlabState = 'registered' | 'connected' | 'reauthorize'

/** The scopes that Oore asks for (journey 18.1): hooks and statuses, who it is, clones. */
export const gitlabScopes = ['api', 'read_user', 'read_repository'] as const

/** Where GitLab sends the browser back to: what is entered as its application's redirect URI. */
export const gitlabCallbackPath = '/setup/gitlab/callback'

/** An instance of GitLab, as people see it: nothing secret is in it. */
export type GitlabInstance = {
  id: Id
  url: string
  /** How it is called: its host, with port and path where it has such. */
  name: string
  clientId: string
  state: GitlabState
  /** Who authorized; null until somebody did. */
  username: string | null
  scopes: string[] | null
  missingScopes: string[]
  /** Of the token; it is refreshed before. Null where it does not expire, or there is none. */
  expiresAt: Millis | null
  version: string | null
  isTlsUnchecked: boolean
  isPrivateConfirmed: boolean
  /** What went wrong last, as a sentence; null where all is well. */
  trouble: string | null
  checkedAt: Millis | null
  /** How many of its projects are enabled. */
  projectCount: number
  createdAt: Millis
}

/** A project as the list shows it. */
export type ListedProject = {
  /** GitLab's number of it. */
  id: string
  instance: string
  fullName: string
  webUrl: string
  defaultBranch: string | null
  isPrivate: boolean
  isArchived: boolean
  /** What whoever authorized is there: `Maintainer`; null where GitLab does not say. */
  role: string | null
  /** False where the role is known to be too low for webhooks. */
  mayEnable: boolean
  /** The repository that it is here; null where it is none. */
  repositoryId: Id | null
  isEnabled: boolean
}

export type ProjectList = {
  instance: GitlabInstance
  projects: ListedProject[]
  page: number
  perPage: number
  total: number | null
  nextPage: number | null
}

/** Scopes that are lacking; `api` includes the others. */
export const missingScopesOf = (granted: readonly string[] | null): string[] =>
  granted === null || granted.includes('api')
    ? []
    : gitlabScopes.filter((scope) => !granted.includes(scope))

/** What every administrator is told until somebody authorizes anew; null where nothing is. */
export const lossOf = ({ state, name }: Pick<GitlabInstance, 'state' | 'name'>): string | null =>
  state === 'reauthorize'
    ? `Oore has no access to ${name} any more: its projects are neither cloned nor told of builds until somebody authorizes Oore there again.`
    : null

/** What stays true and dangerous for as long as an instance is set up so. */
export const warningOf = ({
  isTlsUnchecked,
  name,
}: Pick<GitlabInstance, 'isTlsUnchecked' | 'name'>): string | null =>
  isTlsUnchecked
    ? `The certificate of ${name} is not checked: whoever stands between may read its tokens and change the code that is built. Set OORE_GITLAB_CA_BUNDLE and register it again without this.`
    : null

/** Does somebody have to do something about it? */
export const instanceNeedsAttention = (instance: GitlabInstance): boolean =>
  instance.state !== 'connected' ||
  instance.trouble !== null ||
  instance.missingScopes.length > 0 ||
  instance.isTlsUnchecked
