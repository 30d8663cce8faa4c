import type { Reach } from '../../lib/safe-fetch.ts'
import type { Secret } from '../../lib/secret.ts'
import type { ForgeTarget } from '../../scm/contract.ts'
import type { Ctx } from '../ctx.ts'
import type { RepositoryRow } from '../repositories/find.ts'

/** What a repository is reached with at its forge, by git and by the API alike. */
export type Access = {
  via: ForgeTarget['via']
  /** As git sends them; the password is the token of the API. */
  credential: { username: string; password: Secret }
  /** The API's address where it is known. */
  apiUrl: string | null
  reach: Reach
}

/** What the deliveries of a webhook are proven by. */
export type HookSecrets = { secret: Secret; signingToken: Secret | null }

/** Cloning needs to read; reporting to write statuses, checks and comments. */
export type Need = 'clone' | 'report'

/**
 * What speaks for repositories at a forge since an administrator connected it once: a GitHub App's
 * installation, a GitLab instance. One file each, one line in index.ts.
 */
export type Connection = {
  /**
   * What to reach a repository with now. Tokens are made or refreshed when needed, by one flight for
   * all who wait, and no wider than the need. Throws OoreError `unavailable` where the forge does not
   * answer, `conflict` in words where somebody has to authorize anew.
   */
  access(ctx: Ctx, row: RepositoryRow & { connectionId: string }, need: Need): Promise<Access>
  /**
   * Brings the webhook that Oore made for a repository to the repository's present secret. Throws as
   * `access`. Absent where repositories have no webhook of their own.
   */
  secretChanged?(
    ctx: Ctx,
    row: RepositoryRow & { connectionId: string },
    secrets: HookSecrets,
  ): Promise<void>
}
