import { and, eq } from 'drizzle-orm'
import { schema } from '../../db/client.ts'
import { OoreError } from '../../lib/errors.ts'
import { type Id, isId } from '../../lib/ids.ts'
import type { Ctx } from '../ctx.ts'
import type { Build } from './build.ts'

export type BuildRow = typeof schema.builds.$inferSelect

/** A build that is there. Throws OoreError `not_found`. */
export async function findBuild(ctx: Ctx, id: Id): Promise<Build> {
  const { builds, repositories } = schema
  const row = isId(id)
    ? await ctx.db.read
        .select({ build: builds, repository: repositories.fullName })
        .from(builds)
        .innerJoin(repositories, eq(repositories.id, builds.repositoryId))
        .where(and(eq(builds.id, id), eq(builds.organizationId, ctx.organizationId)))
        .get()
    : undefined
  if (!row) throw noSuchBuild()
  return buildOf(row.build, row.repository)
}

export const noSuchBuild = (): OoreError =>
  new OoreError('not_found', 'There is no such build. `GET /api/builds` lists them.')

/** The value of a row. */
export function buildOf(row: BuildRow, repository: string): Build {
  return {
    id: row.id,
    number: row.number,
    repositoryId: row.repositoryId,
    repository,
    workflow: row.workflow,
    workflowName: row.workflowName,
    status: row.status,
    failureKind: row.failureKind,
    errorMessage: row.errorMessage,
    triggerType: row.triggerType,
    branch: row.branch,
    tag: row.tag,
    commitSha: row.commitSha,
    commitMessage: row.commitMessage,
    commitAuthor: row.commitAuthor,
    pullRequestNumber: row.pullRequestNumber,
    pullRequestTarget: row.pullRequestTarget,
    mergeCommitSha: row.mergeCommitSha,
    fork: row.fork,
    approvalId: row.approvalId,
    configSource: row.configSource,
    priority: row.priority,
    labels: row.labels,
    retryOf: row.retryOf,
    cancelRequestedAt: row.cancelRequestedAt,
    queuedAt: row.queuedAt,
    startedAt: row.startedAt,
    finishedAt: row.finishedAt,
    tests: row.tests,
  }
}
