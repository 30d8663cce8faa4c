import { eq } from 'drizzle-orm'
import { schema } from '../../db/client.ts'
import { OoreError } from '../../lib/errors.ts'
import type { Id } from '../../lib/ids.ts'
import { readPlan } from '../../pipeline/plan.ts'
import { may, refused } from '../access/may.ts'
import { approvalFor } from '../approvals/find.ts'
import { headOf } from '../approvals/head.ts'
import type { Ctx } from '../ctx.ts'
import { findRepositoryRow, type RepositoryRow } from '../repositories/find.ts'
import type { Build } from './build.ts'
import { isFinished } from './build.ts'
import { findBuild } from './find.ts'
import { workflowLabels } from './labels.ts'
import type { NewBuild } from './queue.ts'
import { startBuilds } from './trigger.ts'

/**
 * Builds the same commit with the same configuration once more; a fork's waits for an approval again
 * where the one it had does not hold any more. Throws OoreError `conflict` while the first still waits
 * or runs, or where it had no configuration that could be used. With a dedupe key that was used before
 * it is the build of that time.
 */
export async function retryBuild(
  ctx: Ctx,
  id: Id,
  { dedupeKey = null }: { dedupeKey?: string | null } = {},
): Promise<Build> {
  const build = await findBuild(ctx, id)
  const { repositoryId } = build
  if (!may(ctx.actor, 'build.trigger', { repositoryId })) throw refused(ctx.actor)
  if (!isFinished(build.status)) {
    throw new OoreError('conflict', `Build #${build.number} has not ended yet. Cancel it first.`)
  }
  const row = await findRepositoryRow(ctx, repositoryId)
  if (row.state === 'inactive') {
    throw new OoreError('conflict', `${row.fullName} is paused. Activate it to start builds.`)
  }
  const frozen = await ctx.db.read
    .select()
    .from(schema.buildPlans)
    .where(eq(schema.buildPlans.buildId, id))
    .get()
  if (!frozen?.plan) {
    throw new OoreError(
      'conflict',
      `Build #${build.number} had no configuration that could be used. ` +
        'Mend the configuration and start a new build.',
    )
  }
  const plan = readPlan(frozen.plan)
  const ownLabels = workflowLabels(plan, build, frozen.counters)
  const [retry] = await startBuilds(ctx, row, [
    {
      repositoryId,
      workflow: { id: build.workflow, name: build.workflowName },
      plan,
      ended: null,
      triggerType: 'manual',
      branch: build.branch,
      tag: build.tag,
      pullRequest: await pullRequestOf(ctx, row, build),
      commit: {
        sha: build.commitSha,
        message: build.commitMessage ?? '',
        author: build.commitAuthor ?? '',
      },
      config: {
        source: build.configSource,
        fileName: frozen.configFileName,
        content: frozen.configContent,
      },
      priority: 1,
      // Those of the workflow are made anew.
      labels: build.labels.filter((label) => !ownLabels.includes(label)),
      retryOf: build.id,
      dedupeKey,
    },
  ])
  if (!retry) throw new Error('one build was asked for, and none came back')
  return retry
}

async function pullRequestOf(
  ctx: Ctx,
  row: RepositoryRow,
  build: Build,
): Promise<NewBuild['pullRequest']> {
  const { pullRequestNumber: number, pullRequestTarget: target, mergeCommitSha, fork } = build
  if (number === null || target === null) return null
  return {
    number,
    target,
    mergeCommit: mergeCommitSha,
    fork: fork && { from: fork, approvalId: await standingApproval(ctx, row, build, number) },
  }
}

/**
 * The approval that a retry of a fork's build may go by: the one of the build itself, as long as the
 * pull request stands where it stood. Where nobody can tell, the retry waits for another.
 */
async function standingApproval(
  ctx: Ctx,
  row: RepositoryRow,
  build: Build,
  number: number,
): Promise<Id | null> {
  const approval = await approvalFor(ctx, build)
  if (approval === null || approval.voidedAt !== null || row.forkBuilds === 'never') return null
  const head = await headOf(ctx, row, number).catch(() => null)
  return head?.commit === build.commitSha ? approval.id : null
}
