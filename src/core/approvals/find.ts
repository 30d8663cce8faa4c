import { and, desc, eq } from 'drizzle-orm'
import { schema } from '../../db/client.ts'
import { OoreError } from '../../lib/errors.ts'
import type { Build } from '../builds/build.ts'
import type { Ctx } from '../ctx.ts'
import type { Approval } from './approval.ts'

type ApprovalRow = typeof schema.approvals.$inferSelect

/** The newest that was said of a fork's commit in its pull request; null for all other builds. */
export async function approvalOf(ctx: Ctx, build: Build): Promise<Approval | null> {
  const { approvals: a } = schema
  if (build.fork === null || build.pullRequestNumber === null) return null
  const row = await ctx.db.read
    .select()
    .from(a)
    .where(
      and(
        eq(a.repositoryId, build.repositoryId),
        eq(a.pullRequestNumber, build.pullRequestNumber),
        build.approvalId === null ? eq(a.commitSha, build.commitSha) : eq(a.id, build.approvalId),
      ),
    )
    .orderBy(desc(a.id))
    .limit(1)
    .get()
  if (!row || (build.status === 'waiting_approval' && row.at < build.queuedAt)) return null
  return {
    id: row.id,
    verdict: row.verdict,
    by: row.actorName,
    commitSha: row.commitSha,
    at: row.at,
  }
}

type Approved = Pick<
  Build,
  'number' | 'repositoryId' | 'pullRequestNumber' | 'pullRequestTarget' | 'commitSha' | 'approvalId'
>

/** The approval that a fork's build goes by, if it is one of exactly its commit; else null. */
export async function approvalFor(ctx: Ctx, build: Approved): Promise<ApprovalRow | null> {
  const { approvals: a } = schema
  if (build.approvalId === null) return null
  const row = await ctx.db.read.select().from(a).where(eq(a.id, build.approvalId)).get()
  const fits =
    row?.verdict === 'approved' &&
    row.repositoryId === build.repositoryId &&
    row.pullRequestNumber === build.pullRequestNumber &&
    row.pullRequestTarget === build.pullRequestTarget &&
    row.commitSha === build.commitSha
  return fits ? row : null
}

/**
 * The last look before a build is handed to a runner, whatever came before. Throws OoreError
 * `conflict` for a fork's commit that nobody approved.
 */
export async function checkApproved(
  ctx: Ctx,
  build: Approved & Pick<Build, 'fork'>,
): Promise<void> {
  if (build.fork === null || (await approvalFor(ctx, build)) !== null) return
  throw new OoreError(
    'conflict',
    `Commit ${build.commitSha} comes from a fork and nobody approved it, so it was not run.`,
  )
}
