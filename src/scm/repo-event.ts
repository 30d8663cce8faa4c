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
  | { is: 'ref_deleted'; ref: string }
  | { is: 'ping' }
  /** Well-formed, and nothing that Oore builds; `why` says so in words. */
  | { is: 'other'; why: string }

/** A pull request as GitHub, a merge request as GitLab calls it. */
export type PullRequestEvent = {
  is: 'pull_request'
  /** `ready`: it was a draft. `labeled`: a label was put on it, which other workflows listen for. */
  action: 'opened' | 'updated' | 'reopened' | 'ready' | 'labeled'
  /** Counts up within the repository. */
  number: number
  /** The commit's whole id, or as much as the forge tells of it: at least 12 digits. */
  source: { branch: string; commit: string }
  target: { branch: string }
  /** Its commits come from another repository, or from one that is gone: anybody may have written them. */
  fromFork: boolean
  draft: boolean
  labels: string[]
  /** The forge has tried already, and they do not merge. False where it does not know yet. */
  conflicts: boolean
  /** The forge tells of new commits and of any other change alike: this commit may be built already. */
  mayBeBuilt?: true
}
