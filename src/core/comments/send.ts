import { and, desc, eq, sql } from 'drizzle-orm'
import { schema } from '../../db/client.ts'
import { messageOf, OoreError } from '../../lib/errors.ts'
import type { Id } from '../../lib/ids.ts'
import type { Commented, Told } from '../../scm/contract.ts'
import { may, refused } from '../access/may.ts'
import type { Ctx } from '../ctx.ts'
import { change } from '../events/change.ts'
import { giveUpAfterMs, pauseAfter, progressEveryMs, repeatAfterMs } from '../outbox/pace.ts'
import { isCommenting, type RepositoryRow } from '../repositories/find.ts'
import { forgeTargetOf } from '../repositories/source.ts'
import { composeComment, markerOf } from './compose.ts'

export type CommentRow = typeof schema.pullRequestComments.$inferSelect

/** What is due, with what is needed to send it. */
export type DueComment = { comment: CommentRow; repository: RepositoryRow }

/**
 * Writes a comment as things are now, once, and keeps what became of it, as `sendStatus` does of a
 * check.
 */
export async function sendComment(ctx: Ctx, due: DueComment, signal: AbortSignal): Promise<void> {
  if (!may(ctx.actor, 'build.report')) throw refused(ctx.actor)
  const told = await tell(ctx, due, signal)
  // Cut short by the stop of the server: it is sent at the next start, as if nothing had been.
  if (signal.aborted && told.is === 'later') return
  switch (told.is) {
    case 'told':
      return keepTold(ctx, due.comment, told.handle ?? null)
    case 'gone':
      return keepGone(ctx, due.comment)
    case 'refused':
      return giveUp(ctx, due.comment, told.why)
    case 'later':
      return postpone(ctx, due.comment, told)
  }
}

async function tell(
  ctx: Ctx,
  { comment, repository }: DueComment,
  signal: AbortSignal,
): Promise<Commented> {
  const write = ctx.scm(repository.provider).comment
  if (repository.removedAt !== null || write === undefined) {
    return { is: 'refused', why: 'The repository was removed from Oore.' }
  }
  if (!isCommenting(repository)) {
    return { is: 'refused', why: 'Comments were turned off in the repository’s settings.' }
  }
  try {
    const target = await forgeTargetOf(ctx, repository)
    if (target === null) return { is: 'refused', why: 'The repository has no token any more.' }
    const { number, handle } = comment
    const isUnsure = comment.isUnsure || comment.wasUnsure
    const body = await composeComment(ctx, comment, repository)
    const wanted = { number, body, marker: markerOf(comment), handle, isUnsure }
    return await write(target, wanted, signal)
  } catch (error) {
    if (error instanceof OoreError && error.trouble === 'unavailable') {
      return { is: 'later', why: messageOf(error), afterMs: null, unsure: false }
    }
    if (error instanceof OoreError) return { is: 'refused', why: messageOf(error) }
    ctx.log.error({ err: error, comment: comment.id }, 'a comment could not be written')
    const why = 'Oore broke while telling this. The server log has the details.'
    return { is: 'later', why, afterMs: null, unsure: true }
  }
}

async function keepTold(ctx: Ctx, sent: CommentRow, handle: string | null): Promise<void> {
  const now = ctx.clock()
  const { pullRequestComments: c } = schema
  const isCurrent = sql`${c.seq} = ${sent.seq}`
  const subject = await newestBuild(ctx, sent)
  await change(ctx, async (tx, record) => {
    await tx
      .update(c)
      .set({
        handle,
        toldAt: now,
        telling: sql`case when ${isCurrent} and ${c.isUnsure} = 0 then 'told' else 'waiting' end`,
        notBefore: sql`case when ${isCurrent} then ${now + repeatAfterMs}
          when ${c.notBefore} > 0 then ${now + progressEveryMs} else 0 end`,
        isUnsure: sql`case when ${isCurrent} then 0 else ${c.isUnsure} end`,
        attempts: 0,
        failingSince: null,
        heldUntil: 0,
        lastError: null,
      })
      .where(eq(c.id, sent.id))
    record('comment.told', subject, { number: sent.number, commit: sent.commitSha })
  })
}

/** Nobody is written to again who took the words away; the next commit is another matter. */
async function keepGone(ctx: Ctx, sent: CommentRow): Promise<void> {
  const { pullRequestComments: c } = schema
  const isSameCommit = sql`${c.commitSha} = ${sent.commitSha}`
  const subject = await newestBuild(ctx, sent)
  await change(ctx, async (tx, record) => {
    await tx
      .update(c)
      .set({
        handle: null,
        isUnsure: false,
        isGone: sql`${isSameCommit}`,
        telling: sql`case when ${isSameCommit} then 'given_up' else 'waiting' end`,
        lastError: sql`case when ${isSameCommit} then ${deleted} else null end`,
      })
      .where(eq(c.id, sent.id))
    record('comment.gone', subject, { number: sent.number })
  })
}

const deleted = 'Somebody deleted the comment. The next push makes a new one.'

async function giveUp(ctx: Ctx, sent: CommentRow, why: string): Promise<void> {
  const { pullRequestComments: c } = schema
  const subject = await newestBuild(ctx, sent)
  await change(ctx, async (tx, record) => {
    const moved = await tx
      .update(c)
      .set({ telling: 'given_up', lastError: why, attempts: sent.attempts + 1, isUnsure: false })
      .where(and(eq(c.id, sent.id), eq(c.seq, sent.seq)))
      .returning({ id: c.id })
      .get()
    if (moved) record('comment.given_up', subject, { number: sent.number, why })
  })
}

type Later = Extract<Told, { is: 'later' }>

async function postpone(
  ctx: Ctx,
  sent: CommentRow,
  { why, afterMs, unsure }: Later,
): Promise<void> {
  const now = ctx.clock()
  const failingSince = sent.failingSince ?? now
  if (now - failingSince >= giveUpAfterMs) {
    return giveUp(ctx, sent, `${why} It was tried for 24 hours.`)
  }
  const { pullRequestComments: c } = schema
  const subject = await newestBuild(ctx, sent)
  await change(ctx, async (tx, record) => {
    await tx
      .update(c)
      .set({
        ...(unsure ? { isUnsure: true, wasUnsure: true } : {}),
        heldUntil: afterMs === null ? sent.heldUntil : now + afterMs,
      })
      .where(eq(c.id, sent.id))
    const attempts = sent.attempts + 1
    const moved = await tx
      .update(c)
      .set({ attempts, failingSince, notBefore: now + pauseAfter(attempts), lastError: why })
      .where(and(eq(c.id, sent.id), eq(c.seq, sent.seq)))
      .returning({ id: c.id })
      .get()
    if (moved) record('comment.postponed', subject, { number: sent.number, attempts })
  })
}

/** Whose page shows what became of the comment. */
async function newestBuild(ctx: Ctx, sent: CommentRow): Promise<Id> {
  const { builds: b } = schema
  const newest = await ctx.db.read
    .select({ id: b.id })
    .from(b)
    .where(
      and(
        eq(b.repositoryId, sent.repositoryId),
        eq(b.pullRequestNumber, sent.number),
        eq(b.commitSha, sent.commitSha),
      ),
    )
    .orderBy(desc(b.id))
    .limit(1)
    .get()
  return newest?.id ?? sent.id
}
