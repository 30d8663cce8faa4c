import { and, eq, inArray } from 'drizzle-orm'
import { schema } from '../../db/client.ts'
import { OoreError } from '../../lib/errors.ts'
import type { Id } from '../../lib/ids.ts'
import { readPlan } from '../../pipeline/plan.ts'
import { may, refused } from '../access/may.ts'
import { type Build, sourcesOf } from '../builds/build.ts'
import { findBuild } from '../builds/find.ts'
import { cancelsPrevious } from '../builds/queue.ts'
import type { Ctx } from '../ctx.ts'
import { change } from '../events/change.ts'
import { findRepositoryRow, type RepositoryRow } from '../repositories/find.ts'
import { headOf } from './head.ts'
import { checkWaits, type ForkBuild, heldWith, keepVerdict, ofFork } from './settle.ts'

/**
 * Lets one commit of a fork run: the build and every other that waits for the same commit of the
 * same pull request. `commit` is the whole id of what was looked at. Throws OoreError `conflict`
 * where that is not what waits, or not where the pull request stands, and `unavailable` where its
 * repository does not say.
 */
export async function approveBuild(
  ctx: Ctx,
  id: Id,
  { commit }: { commit: string },
): Promise<Build> {
  const build = ofFork(await findBuild(ctx, id))
  const { repositoryId } = build
  if (!may(ctx.actor, 'build.approve', { repositoryId })) throw refused(ctx.actor, 'build.approve')
  checkWaits(build, commit)
  const row = await findRepositoryRow(ctx, repositoryId)
  checkBuilds(row)
  await checkStands(ctx, row, build)

  const { builds: b, buildPlans: p } = schema
  await change(ctx, async (tx, record) => {
    const held = await heldWith(tx, build)
    // Meanwhile somebody else may have said something, or another commit may have been pushed.
    if (!held.some((each) => each.id === id)) throw tooLate(build)
    const approvalId = await keepVerdict(ctx, tx, build, held, 'approved')
    for (const each of held) {
      await tx
        .update(b)
        .set({ status: 'pending', approvalId, queuedAt: ctx.clock() })
        .where(and(eq(b.id, each.id), inArray(b.status, sourcesOf('pending'))))
      const frozen = await tx.select().from(p).where(eq(p.buildId, each.id)).get()
      const plan = frozen?.plan ? readPlan(frozen.plan) : null
      record('build.approved', each.id, { approval: approvalId, commit: build.commitSha })
      record('build.queued', each.id, {
        workflow: each.workflow,
        cancel_previous: cancelsPrevious(plan, each.triggerType),
      })
    }
  })
  return findBuild(ctx, id)
}

function checkBuilds({ fullName, state, forkBuilds }: RepositoryRow): void {
  if (state === 'inactive') {
    throw new OoreError('conflict', `${fullName} is paused. Activate it to start builds.`)
  }
  if (forkBuilds === 'never') {
    throw new OoreError(
      'conflict',
      `${fullName} builds nothing of forks: its settings say so. Change that first.`,
    )
  }
}

/** The forge may know of a newer commit before its delivery is here. */
async function checkStands(ctx: Ctx, row: RepositoryRow, build: ForkBuild): Promise<void> {
  const head = await headOf(ctx, row, build.pullRequestNumber)
  if (head?.commit === build.commitSha) return
  const what = `Pull request ${build.pullRequestNumber}`
  throw new OoreError(
    'conflict',
    head === null
      ? `${what} is not in ${row.fullName} any more, so nothing of it is approved.`
      : `${what} stands at ${head.commit.slice(0, 12)} by now, which needs its own approval. ` +
          `${build.commitSha.slice(0, 12)} was not approved.`,
  )
}

const tooLate = ({ number }: ForkBuild): OoreError =>
  new OoreError(
    'conflict',
    `Build #${number} does not wait any more. Its page says what happened meanwhile.`,
  )
