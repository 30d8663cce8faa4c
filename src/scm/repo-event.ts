/** What happened in a repository, the same shape for every forge. */
export type RepoEvent =
  | OneEvent
  /** A push that moved several branches and tags, told at once. Each is decided by itself. */
  | { is: 'several'; events: readonly OneEvent[] }

export type OneEvent =
  | {
      is: 'push'
      branch: string
      /** Null for a new branch. */
      before: string | null
      commit: string
      pusher: string | null
    }
  | { is: 'tag'; tag: string; commit: string; pusher: string | null }
  | PullRequestEvent
  /** A pull request from a fork was closed or merged; `why` says so. Of others nothing waits. */
  | { is: 'fork_closed'; number: number; why: string }
  | { is: 'ref_deleted'; ref: string }
  | ConnectionEvent
  | RerunEvent
  | { is: 'ping' }
  /** Well-formed, and nothing that Oore builds; `why` says so in words. */
  | { is: 'other'; why: string }

/** A pull request as GitHub, a merge request as GitLab calls it. */
export type PullRequestEvent = {
  is: 'pull_request'
  /**
   * `ready`: it was a draft. `labeled`: a label was put on it, which other workflows listen for.
   * `retargeted`: it goes to another branch now; told of forks only, whose approval that voids.
   */
  action: 'opened' | 'updated' | 'reopened' | 'ready' | 'labeled' | 'retargeted'
  /** Counts up within the repository. */
  number: number
  /** The commit's whole id, or as much as the forge tells of it: at least 12 digits. */
  source: { branch: string; commit: string }
  target: { branch: string }
  /** Its commits come from another repository, or from one that is gone: anybody may have written them. */
  fromFork: boolean
  /** What the forge calls the fork, and who opened it: to be shown, and never to be trusted by. */
  fork?: ForkNames
  draft: boolean
  labels: string[]
  /** The forge has tried already, and they do not merge. False where it does not know yet. */
  conflicts: boolean
  /** The forge tells of new commits and of any other change alike: this commit may be built already. */
  mayBeBuilt?: true
}

export type ForkNames = {
  /** `owner/name`; null once the fork is deleted. */
  name: string | null
  url: string | null
  /** The login of whoever opened the pull request, where the forge tells it. */
  author: string | null
  pullRequestUrl: string | null
}

/**
 * What a connection speaks for has changed at the forge. Believed only of the connection itself: a
 * repository's own hook must not speak for others.
 */
export type ConnectionEvent =
  | {
      is: 'installation'
      what: 'created' | 'deleted' | 'suspended' | 'unsuspended' | 'permissions'
      installation: ForgeInstallation
      /** Of a new one all that it reaches, as far as the forge told; else empty. */
      repositories: ForgeRepository[]
    }
  | {
      is: 'installation_repositories'
      installation: ForgeInstallation
      added: ForgeRepository[]
      removed: { externalId: string; fullName: string }[]
    }
  | {
      is: 'repository'
      what:
        | 'changed'
        | 'renamed'
        | 'transferred'
        | 'archived'
        | 'unarchived'
        | 'hidden'
        | 'shown'
        | 'deleted'
      /** The forge's number of the installation that told it. */
      installation: string
      repository: ForgeRepository
    }

/** An account that let Oore in, as the forge tells of it. */
export type ForgeInstallation = {
  /** The forge's own number. */
  externalId: string
  account: { login: string; id: string; type: 'User' | 'Organization' }
  selection: 'all' | 'selected'
  permissions: Record<string, 'read' | 'write' | 'admin'>
  events: string[]
  /** Where its owner sees and changes it. */
  htmlUrl: string
  suspendedAt: number | null
  /** By the forge's clock; null where it did not tell. What is older undoes nothing. */
  updatedAt: number | null
}

/** A repository as a forge tells of it: null is what was not told. */
export type ForgeRepository = {
  externalId: string
  fullName: string
  isPrivate: boolean
  isArchived: boolean | null
  defaultBranch: string | null
  updatedAt: number | null
}

/**
 * Somebody wants a check, or all of a commit, once more: by a button of the forge, which tells the App
 * whose checks they are and nobody else.
 */
export type RerunEvent = {
  is: 'rerun'
  commit: string
  /** What we called the check; null where all checks of the commit are meant. */
  check: { externalId: string; name: string } | null
  by: string | null
}
