import { and, eq, isNotNull, isNull, notInArray, or } from 'drizzle-orm'
import { schema } from '../../db/client.ts'
import { OoreError } from '../../lib/errors.ts'
import type { Ctx } from '../ctx.ts'
import type { RepositoryRow } from '../repositories/find.ts'
import { sourceOf } from '../repositories/source.ts'

/**
 * That a commit somebody names is not one of a fork: forges hand those out by their ids as if they
 * were of the repository, and a build by hand has everything that the repository's own has. Throws
 * OoreError `conflict` for one that is known from a pull request and not from a branch.
 */
export async function refuseForkCommit(
  ctx: Ctx,
  row: RepositoryRow,
  commit: string,
  branch: string,
): Promise<void> {
  const { builds: b } = schema
  const ofRepository = eq(b.repositoryId, row.id)
  const isThis = or(eq(b.commitSha, commit), eq(b.mergeCommitSha, commit))
  const ofFork = await ctx.db.read
    .select({ number: b.pullRequestNumber })
    .from(b)
    .where(and(ofRepository, isNotNull(b.fork), isThis))
    .limit(1)
    .get()
  if (!ofFork) return
  // Once it is merged, a push brings it; what people started proves nothing.
  const pushed = await ctx.db.read
    .select({ id: b.id })
    .from(b)
    .where(
      and(
        ofRepository,
        isNull(b.fork),
        eq(b.commitSha, commit),
        notInArray(b.triggerType, ['manual', 'api']),
      ),
    )
    .limit(1)
    .get()
  if (pushed) return
  const head = await ctx.scm(row.provider).look(await sourceOf(ctx, row), { branch }, [])
  if (head.commit === commit) return
  throw new OoreError(
    'conflict',
    `${commit.slice(0, 12)} is a commit of a fork, known from pull request ${ofFork.number}, and ` +
      'would be built here as if it were your own. Approve the build of the pull request, or, once ' +
      'it is merged, build the branch.',
  )
}
