import { OoreError } from '../../lib/errors.ts'
import type { Id } from '../../lib/ids.ts'
import { may, refused } from '../access/may.ts'
import { findBuild } from '../builds/find.ts'
import type { Ctx } from '../ctx.ts'
import { change } from '../events/change.ts'
import { findRepositoryRow } from '../repositories/find.ts'
import { answersOf } from '../statuses/show.ts'
import type { Answers } from '../statuses/status.ts'
import { commentsTopic, isCommented, putComment } from './want.ts'

/**
 * Writes the comment of a build's pull request once more, also where somebody deleted it. Throws
 * OoreError `conflict` where there is none to write.
 */
export async function resendComment(ctx: Ctx, buildId: Id): Promise<Answers> {
  const build = await findBuild(ctx, buildId)
  const { repositoryId } = build
  if (!may(ctx.actor, 'build.report', { repositoryId })) throw refused(ctx.actor)
  const row = await findRepositoryRow(ctx, repositoryId)
  if (build.pullRequestNumber === null) {
    throw new OoreError('conflict', `Build #${build.number} is of no pull request.`)
  }
  if (!isCommented(ctx, row, build)) {
    throw new OoreError(
      'conflict',
      `The pull requests of ${row.fullName} are not commented. ` +
        'Turn the comments on in its settings; it takes a token or a connection that may write.',
    )
  }
  await change(ctx, async (tx, record) => {
    const put = await putComment(ctx, tx, row, build, { again: true })
    if (put === 'put') record('comment.resent', buildId, { number: build.pullRequestNumber })
  })
  ctx.bells.ring(commentsTopic)
  return answersOf(ctx, build)
}
