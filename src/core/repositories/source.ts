import { join } from 'node:path'
import type { Secret } from '../../lib/secret.ts'
import type { Source } from '../../scm/contract.ts'
import type { Ctx } from '../ctx.ts'
import type { RepositoryRow } from './find.ts'

/** The repository as git sees it, its credential opened. */
export function sourceOf(ctx: Ctx, row: RepositoryRow): Source {
  return {
    cloneUrl: row.cloneUrl,
    credential: credentialOf(ctx, row),
    allowLocal: ctx.config.allowLocalRepositories,
    cacheDir: join(ctx.config.cacheDir, 'git', row.id),
  }
}

export function credentialOf(
  ctx: Ctx,
  row: RepositoryRow,
): { username: string; password: Secret } | null {
  if (row.clonePasswordSealed === null) return null
  const password = ctx.keyring.open(row.clonePasswordSealed, sealedPlace(row.id, 'clone_password'))
  return { username: row.cloneUsername ?? 'git', password }
}

/** Where a sealed value lives; it opens nowhere else. */
export const sealedPlace = (
  repositoryId: string,
  column: 'clone_password' | 'webhook_secret',
): string => `repositories/${repositoryId}/${column}`
