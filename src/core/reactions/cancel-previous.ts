import { and, desc, eq, inArray, isNull, lt, type SQL } from 'drizzle-orm'
import { schema } from '../../db/client.ts'
import { OoreError } from '../../lib/errors.ts'
import type { Build } from '../builds/build.ts'
import { cancelBuild } from '../builds/cancel.ts'
import { findBuild } from '../builds/find.ts'
import type { Reaction } from './reaction.ts'

/**
 * `cancel_previous_builds`: a push ends older builds that pushes started on the same branch, and
 * each event of a pull request the older builds of the same pull request.
 */
export const cancelPrevious: Reaction = {
  name: 'cancel-previous',
  to: ['build.queued'],
  async react(ctx, fact) {
    if (fact.data['cancel_previous'] !== true) return
    const build = await findBuild(ctx, fact.subject)
    const { builds: b } = schema
    const older = await ctx.db.read
      .select({ id: b.id })
      .from(b)
      .where(
        and(
          eq(b.repositoryId, build.repositoryId),
          eq(b.workflow, build.workflow),
          ofSameOrigin(build),
          eq(b.triggerType, build.triggerType),
          inArray(b.status, ['pending', 'running']),
          lt(b.id, build.id),
        ),
      )
      .orderBy(desc(b.id))
      .all()
    for (const { id } of older) {
      await cancelBuild(ctx, id, `Superseded by build #${build.number}.`).catch(unlessEnded)
    }
  },
}

function ofSameOrigin({ branch, pullRequestNumber }: Build): SQL {
  const { builds: b } = schema
  if (pullRequestNumber !== null) return eq(b.pullRequestNumber, pullRequestNumber)
  return branch === null ? isNull(b.branch) : eq(b.branch, branch)
}

function unlessEnded(error: unknown): void {
  if (!(error instanceof OoreError && error.trouble === 'conflict')) throw error
}
