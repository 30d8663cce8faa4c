import { and, eq, isNull } from 'drizzle-orm'
import { schema } from '../../db/client.ts'
import { OoreError } from '../../lib/errors.ts'
import { type Id, isId } from '../../lib/ids.ts'
import { may, refused } from '../access/may.ts'
import type { Ctx } from '../ctx.ts'
import type { Repository } from './repository.ts'

export type RepositoryRow = typeof schema.repositories.$inferSelect

/** The stored row of a repository that is there. Throws OoreError `not_found`. */
export async function findRepositoryRow(ctx: Ctx, id: Id): Promise<RepositoryRow> {
  const { repositories } = schema
  const row = isId(id)
    ? await ctx.db.read
        .select()
        .from(repositories)
        .where(
          and(
            eq(repositories.id, id),
            eq(repositories.organizationId, ctx.organizationId),
            isNull(repositories.removedAt),
          ),
        )
        .get()
    : undefined
  if (!row) throw noSuchRepository()
  return row
}

/** A repository that the actor may see. Throws OoreError `not_found`. */
export async function showRepository(ctx: Ctx, id: Id): Promise<Repository> {
  if (!may(ctx.actor, 'repository.read', { repositoryId: id })) throw refused(ctx.actor)
  return repositoryOf(await findRepositoryRow(ctx, id))
}

export const noSuchRepository = (): OoreError =>
  new OoreError('not_found', 'There is no such repository. `GET /api/repositories` lists them.')

/**
 * Are its pull requests commented? Unless somebody said so: where a connection speaks for it, and not
 * in the name of whoever made a token.
 */
export const isCommenting = (
  row: Pick<RepositoryRow, 'pullRequestComments' | 'connectionId'>,
): boolean => row.pullRequestComments ?? row.connectionId !== null

/** The value of a row: nothing sealed leaves with it. */
export function repositoryOf(row: RepositoryRow): Repository {
  return {
    id: row.id,
    provider: row.provider,
    instance: row.instance,
    owner: row.owner,
    name: row.name,
    fullName: row.fullName,
    cloneUrl: row.cloneUrl,
    hasCredential: row.clonePasswordSealed !== null,
    hasWebhookSecret: row.webhookSecretSealed !== null,
    hook: {
      verifiedAt: row.hookVerifiedAt,
      failedAt: row.hookFailedAt,
      failure: row.hookFailure,
      previousSecretUntil: row.previousSecretUntil,
    },
    defaultBranch: row.defaultBranch,
    isPrivate: row.isPrivate,
    state: row.state,
    stateReason: row.stateReason,
    isArchived: row.isArchived,
    isConnected: row.connectionId !== null,
    nextBuildNumber: row.nextBuildNumber,
    configurationFirst: row.configurationFirst,
    refsKnownAt: row.refsKnownAt,
    forkBuilds: row.forkBuilds,
    pullRequestComments: isCommenting(row),
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
  }
}
