/** What happened in a repository, the same shape for every forge. */
export type RepoEvent =
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
  source: { branch: string; commit: string }
  target: { branch: string }
  /** Its commits come from another repository, or from one that is gone: anybody may have written them. */
  fromFork: boolean
  draft: boolean
  labels: string[]
  /** The forge has tried already, and they do not merge. False where it does not know yet. */
  conflicts: boolean
}
