import { and, asc, eq, gt, lte, notInArray, sql } from 'drizzle-orm'
import { schema } from '../../db/client.ts'
import { days } from '../../lib/clock.ts'
import type { Ctx } from '../ctx.ts'
import { type Busy, isNotHeld, workOutbox } from '../outbox/work.ts'
import { type DueComment, sendComment } from './send.ts'
import { commentsTopic, isWaiting, wantComment } from './want.ts'

/** Older ones are not read any more. */
const mendWithinMs = days(2)

/** Writes the comments of pull requests until the signal aborts: see workOutbox. */
export const workComments = (ctx: Ctx, signal: AbortSignal): Promise<void> =>
  workOutbox<DueComment>(
    ctx,
    {
      topic: commentsTopic,
      doubt: () => doubtWaiting(ctx),
      mend: () => mendComments(ctx),
      next: (busy) => nextDue(ctx, busy),
      rowOf: ({ comment }) => comment,
      send: (due, until) => sendComment(ctx, due, until),
    },
    signal,
  )

async function doubtWaiting(ctx: Ctx): Promise<void> {
  await ctx.db.write(async (tx) => {
    await tx
      .update(schema.pullRequestComments)
      .set({ isUnsure: true, wasUnsure: true })
      .where(isWaiting)
  })
}

/** Wants anew what does not tell of the end of a build: see mendStatuses. */
async function mendComments(ctx: Ctx): Promise<void> {
  const { pullRequestComments: c, builds: b } = schema
  const stale = await ctx.db.read
    .selectDistinct({ id: sql<string>`max(${b.id})` })
    .from(c)
    .innerJoin(
      b,
      and(
        eq(b.repositoryId, c.repositoryId),
        eq(b.pullRequestNumber, c.number),
        eq(b.commitSha, c.commitSha),
        gt(b.finishedAt, c.toldAt),
      ),
    )
    .where(and(eq(c.telling, 'told'), gt(c.toldAt, ctx.clock() - mendWithinMs)))
    .groupBy(c.id)
    .all()
  for (const { id } of stale) await wantComment(ctx, id)
}

async function nextDue(ctx: Ctx, { ids, fullHosts }: Busy): Promise<DueComment | null> {
  const { pullRequestComments: c, repositories } = schema
  const row = await ctx.db.read
    .select({ comment: c, repository: repositories })
    .from(c)
    .innerJoin(repositories, eq(repositories.id, c.repositoryId))
    .where(
      and(
        isWaiting,
        lte(c.notBefore, ctx.clock()),
        isNotHeld(ctx, c.repositoryId),
        ids.length > 0 ? notInArray(c.id, ids) : undefined,
        fullHosts.length > 0 ? notInArray(c.host, fullHosts) : undefined,
      ),
    )
    .orderBy(asc(c.changedAt))
    .limit(1)
    .get()
  return row ?? null
}
