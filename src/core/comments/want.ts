import { and, desc, eq, isNull, sql } from 'drizzle-orm'
import { schema, type Writer } from '../../db/client.ts'
import { type Id, newId } from '../../lib/ids.ts'
import { forgeAddress } from '../../scm/forge/address.ts'
import { type Build, isFinished } from '../builds/build.ts'
import { findBuild } from '../builds/find.ts'
import type { Ctx } from '../ctx.ts'
import { progressEveryMs } from '../outbox/pace.ts'
import { findRepositoryRow, isCommenting, type RepositoryRow } from '../repositories/find.ts'
import { hasAccess } from '../repositories/source.ts'

/** What `ctx.bells` rings when there is a comment to write. */
export const commentsTopic = 'comments'

/**
 * Writes down that the comment of a build's pull request is to say how its builds stand now. There is
 * none before there is a result: whoever is told of a comment wants to read something. One that
 * somebody deleted is made anew for the next commit.
 */
export async function wantComment(ctx: Ctx, buildId: Id): Promise<void> {
  const build = await findBuild(ctx, buildId)
  const row = await findRepositoryRow(ctx, build.repositoryId).catch(() => null)
  if (row === null || !isCommented(ctx, row, build)) return
  const put = await ctx.db.write(async (tx) => putComment(ctx, tx, row, build))
  if (put === 'put') ctx.bells.ring(commentsTopic)
}

/** Is the pull request of this build commented? */
export const isCommented = (ctx: Ctx, row: RepositoryRow, build: Build): boolean =>
  build.pullRequestNumber !== null &&
  build.configSource !== 'draft' &&
  ctx.scm(row.provider).comment !== undefined &&
  isCommenting(row) &&
  hasAccess(row)

/**
 * Puts what is true within this transaction in the place of what was wanted before. With `again` also
 * where nothing moved, and where somebody deleted the comment.
 */
export async function putComment(
  ctx: Ctx,
  tx: Writer,
  row: RepositoryRow,
  { pullRequestNumber }: Build,
  { again = false } = {},
): Promise<'put' | 'nothing'> {
  if (pullRequestNumber === null) return 'nothing'
  const commitSha = await newestCommit(tx, row.id, pullRequestNumber)
  if (commitSha === null) return 'nothing'
  const { pullRequestComments: c } = schema
  const old = await tx
    .select()
    .from(c)
    .where(and(eq(c.repositoryId, row.id), eq(c.number, pullRequestNumber)))
    .get()
  const isMoved = old?.commitSha !== commitSha
  if (old?.isGone === true && !isMoved && !again) return 'nothing'
  const { hasResult, isOver } = await progressOf(tx, row.id, pullRequestNumber, commitSha)
  if ((old?.handle ?? null) === null && !hasResult && !again) return 'nothing'
  const now = ctx.clock()
  const fresh = {
    commitSha,
    host: forgeAddress(row.cloneUrl, ctx.config.allowLocalRepositories)?.host ?? '',
    telling: 'waiting' as const,
    changedAt: now,
    isGone: false,
    // What only tells how far things are is told now and then.
    notBefore:
      isOver || again ? 0 : Math.max(0, (old?.toldAt ?? -progressEveryMs) + progressEveryMs),
    attempts: 0,
    failingSince: null,
    lastError: null,
  }
  if (old) {
    // A forge that fails is not asked more often because a build moves.
    const paced = old.attempts > 0 && !isMoved && !isOver && !again
    const { attempts, failingSince, lastError, notBefore } = old
    await tx
      .update(c)
      .set({
        ...fresh,
        ...(paced ? { attempts, failingSince, lastError, notBefore } : {}),
        seq: old.seq + 1,
      })
      .where(eq(c.id, old.id))
    return 'put'
  }
  await tx.insert(c).values({
    id: newId(),
    organizationId: row.organizationId,
    repositoryId: row.id,
    number: pullRequestNumber,
    seq: 1,
    heldUntil: 0,
    isUnsure: false,
    ...fresh,
  })
  return 'put'
}

/** Of the newest push that was built: a retry of an older one is no news of it. */
async function newestCommit(tx: Writer, repositoryId: Id, number: number): Promise<string | null> {
  const { builds: b } = schema
  const newest = await tx
    .select({ commitSha: b.commitSha })
    .from(b)
    .where(
      and(eq(b.repositoryId, repositoryId), eq(b.pullRequestNumber, number), isNull(b.retryOf)),
    )
    .orderBy(desc(b.id))
    .limit(1)
    .get()
  return newest?.commitSha ?? null
}

async function progressOf(
  tx: Writer,
  repositoryId: Id,
  number: number,
  commitSha: string,
): Promise<{ hasResult: boolean; isOver: boolean }> {
  const { builds: b } = schema
  const rows = await tx
    .selectDistinct({ status: b.status })
    .from(b)
    .where(
      and(
        eq(b.repositoryId, repositoryId),
        eq(b.pullRequestNumber, number),
        eq(b.commitSha, commitSha),
      ),
    )
    .all()
  return {
    hasResult: rows.some(({ status }) => status === 'success' || status === 'failure'),
    isOver: rows.every(({ status }) => isFinished(status)),
  }
}

/** For the index of the rows that wait, with the word itself. */
export const isWaiting = sql`${schema.pullRequestComments.telling} = 'waiting'`
