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
