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
  | { is: 'ref_deleted'; ref: string }
  | { is: 'ping' }
  /** Well-formed, and nothing that Oore builds; `why` says so in words. */
  | { is: 'other'; why: string }
