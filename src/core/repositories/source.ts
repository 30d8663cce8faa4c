import { join } from 'node:path'
import { OoreError } from '../../lib/errors.ts'
import { operatorReach } from '../../lib/safe-fetch.ts'
import type { ForgeTarget, Source } from '../../scm/contract.ts'
import type { Access, Need } from '../connections/connection.ts'
import { connections } from '../connections/index.ts'
import type { Ctx } from '../ctx.ts'
import type { RepositoryRow } from './find.ts'

/** The repository as git sees it, with what it is reached by. Throws as `accessOf` does. */
export async function sourceOf(ctx: Ctx, row: RepositoryRow): Promise<Source> {
  const access = await accessOf(ctx, row, 'clone')
  return {
    cloneUrl: row.cloneUrl,
    credential: access?.credential ?? null,
    tls: access === null ? null : tlsOf(access),
    allowLocal: ctx.config.allowLocalRepositories,
    cacheDir: join(ctx.config.cacheDir, 'git', row.id),
  }
}

/** How git believes the certificate of its server; null where the machine's own do. */
export const tlsOf = ({ reach }: Pick<Access, 'reach'>): NonNullable<Source['tls']> | null =>
  reach.ca === null && !reach.isTlsUnchecked
    ? null
    : { ca: reach.ca, isUnchecked: reach.isTlsUnchecked }

/** The repository as its forge's API sees it; null where there is no token to speak with. */
export async function forgeTargetOf(ctx: Ctx, row: RepositoryRow): Promise<ForgeTarget | null> {
  const access = await accessOf(ctx, row, 'report')
  if (access === null) return null
  return { cloneUrl: row.cloneUrl, allowLocal: ctx.config.allowLocalRepositories, ...access }
}

/** Can its forge be told anything? By its connection, or by a token that somebody entered. */
export const hasAccess = (
  row: Pick<RepositoryRow, 'connectionId' | 'clonePasswordSealed'>,
): boolean => row.connectionId !== null || row.clonePasswordSealed !== null

/**
 * What a repository is reached with: what its connection gives, else the credential that somebody
 * entered for it, else nothing. Throws OoreError `unavailable` or `conflict` in words.
 */
export async function accessOf(ctx: Ctx, row: RepositoryRow, need: Need): Promise<Access | null> {
  const { connectionId } = row
  if (connectionId !== null) {
    const connection = connections[row.provider]
    if (connection) return connection.access(ctx, { ...row, connectionId }, need)
    throw new OoreError('conflict', `${row.fullName} belongs to a connection that is not there.`)
  }
  if (row.clonePasswordSealed === null) return null
  const password = ctx.keyring.open(row.clonePasswordSealed, sealedPlace(row.id, 'clone_password'))
  return {
    via: 'token',
    credential: { username: row.cloneUsername ?? ctx.scm(row.provider).tokenUser, password },
    apiUrl:
      row.provider === 'github' && row.instance === ctx.config.github.url.host
        ? ctx.config.github.apiUrl.href
        : null,
    // An administrator entered the address that this is told by.
    reach: operatorReach,
  }
}

/** Where a sealed value lives; it opens nowhere else. */
export const sealedPlace = (
  repositoryId: string,
  column: 'clone_password' | 'webhook_secret' | 'previous_webhook_secret' | 'signing_token',
): string => `repositories/${repositoryId}/${column}`
