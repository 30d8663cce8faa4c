import { OoreError } from '../../lib/errors.ts'
import type { Id } from '../../lib/ids.ts'
import { may, refused } from '../access/may.ts'
import { findBuild } from '../builds/find.ts'
import type { Ctx } from '../ctx.ts'
import { change } from '../events/change.ts'
import { findRepositoryRow, type RepositoryRow } from '../repositories/find.ts'
import { answersOf } from './show.ts'
import type { Answers } from './status.ts'
import { checkOf, isReported, putWanted, statusesTopic } from './want.ts'

/**
 * Tells a build's forge how it stands once more, whatever became of the last time. Throws OoreError
 * `conflict` where nobody is told of this build, or where a newer build speaks for its commit.
 */
export async function resendStatus(ctx: Ctx, buildId: Id): Promise<Answers> {
  const build = await findBuild(ctx, buildId)
  const { repositoryId } = build
  if (!may(ctx.actor, 'build.report', { repositoryId })) throw refused(ctx.actor)
  const row = await findRepositoryRow(ctx, repositoryId)
  if (!isReported(ctx, row, build)) throw new OoreError('conflict', whyNobody(ctx, row, build))
  const check = await checkOf(ctx, row, build)
  await change(ctx, async (tx, record) => {
    const put = await putWanted(ctx, tx, check, { again: true })
    if (put === 'newer') {
      throw new OoreError(
        'conflict',
        `A newer build of this commit and workflow speaks for ${check.context}. Tell of that one.`,
      )
    }
    record('status.resent', buildId, { context: check.context })
  })
  ctx.bells.ring(statusesTopic)
  return answersOf(ctx, build)
}

function whyNobody(
  ctx: Ctx,
  { provider, fullName }: RepositoryRow,
  build: { configSource: string },
): string {
  if (ctx.scm(provider).report === undefined) {
    return `${fullName} is of a plain git server, which shows no statuses of commits.`
  }
  return build.configSource === 'draft'
    ? 'This build used a draft, and nobody is told of those.'
    : `${fullName} has no token to report with. Enter one in its settings, as the password for cloning.`
}
