import { and, asc, eq, lte, notInArray, sql } from 'drizzle-orm'
import { schema } from '../../db/client.ts'
import type { Ctx } from '../ctx.ts'
import { type Busy, isNotHeld, workOutbox } from '../outbox/work.ts'
import { type Due, sendStatus } from './send.ts'
import { statusesTopic, wantStatus } from './want.ts'

/** Tells forges how commits stand until the signal aborts: see workOutbox. */
export const workStatuses = (ctx: Ctx, signal: AbortSignal): Promise<void> =>
  workOutbox<Due>(
    ctx,
    {
      topic: statusesTopic,
      doubt: () => doubtWaiting(ctx),
      mend: () => mendStatuses(ctx),
      next: (busy) => nextDue(ctx, busy),
      rowOf: ({ status }) => status,
      send: (due, until) => sendStatus(ctx, due, until),
    },
    signal,
  )

/** The server that ran before may have been killed with any of these on its way. */
async function doubtWaiting(ctx: Ctx): Promise<void> {
  const { commitStatuses: s } = schema
  await ctx.db.write(async (tx) => {
    await tx
      .update(s)
      .set({ isUnsure: true, wasUnsure: true })
      .where(sql`${s.telling} = 'waiting'`)
  })
}

/**
 * Wants anew what should have been wanted: a reaction that kept failing, because the disk was full,
 * passes facts over, and a check would wait for ever.
 */
async function mendStatuses(ctx: Ctx): Promise<void> {
  const { commitStatuses: s, builds: b } = schema
  const stale = await ctx.db.read
    .select({ id: b.id })
    .from(s)
    .innerJoin(b, eq(b.id, s.buildId))
    .where(
      // With the words themselves, so that SQLite uses the index of these rows.
      sql`${s.state} in ('pending', 'running') and ${b.finishedAt} is not null`,
    )
    .all()
  for (const { id } of stale) await wantStatus(ctx, id)
}

async function nextDue(ctx: Ctx, { ids, fullHosts }: Busy): Promise<Due | null> {
  const { commitStatuses: s, repositories, builds } = schema
  const row = await ctx.db.read
    .select({ status: s, repository: repositories, build: builds })
    .from(s)
    .innerJoin(repositories, eq(repositories.id, s.repositoryId))
    .innerJoin(builds, eq(builds.id, s.buildId))
    .where(
      and(
        // With the word itself, so that SQLite uses the index of these rows.
        sql`${s.telling} = 'waiting'`,
        lte(s.notBefore, ctx.clock()),
        isNotHeld(ctx, s.repositoryId),
        ids.length > 0 ? notInArray(s.id, ids) : undefined,
        fullHosts.length > 0 ? notInArray(s.host, fullHosts) : undefined,
      ),
    )
    .orderBy(asc(s.changedAt))
    .limit(1)
    .get()
  return row ?? null
}
