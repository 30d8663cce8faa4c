import { and, eq, sql } from 'drizzle-orm'
import { schema } from '../../db/client.ts'
import type { Build } from '../builds/build.ts'
import type { Ctx } from '../ctx.ts'
import type { Comment } from './comment.ts'

/** The comment of a build's pull request, whatever commit it is of now; null where there is none. */
export async function commentOf(
  ctx: Ctx,
  { repositoryId, pullRequestNumber }: Build,
): Promise<Comment | null> {
  if (pullRequestNumber === null) return null
  const { pullRequestComments: c, commitStatuses: s } = schema
  const row = await ctx.db.read
    .select({
      comment: c,
      held: sql<number>`max(${c.heldUntil}, coalesce((select max(held.held_until) from ${s} held
        where held.repository_id = ${c.repositoryId}), 0))`,
    })
    .from(c)
    .where(and(eq(c.repositoryId, repositoryId), eq(c.number, pullRequestNumber)))
    .get()
  if (!row) return null
  const { comment, held } = row
  return {
    repositoryId,
    number: comment.number,
    commitSha: comment.commitSha,
    telling: comment.telling,
    toldAt: comment.toldAt,
    attempts: comment.attempts,
    nextTryAt: comment.telling === 'waiting' ? Math.max(comment.notBefore, held) : null,
    lastError: comment.lastError,
    isGone: comment.isGone,
  }
}
