import { and, asc, eq, lte, notInArray, sql } from 'drizzle-orm'
import { schema } from '../../db/client.ts'
import { Waiter } from '../../lib/bell.ts'
import { hours, monotonicClock, seconds } from '../../lib/clock.ts'
import type { Id } from '../../lib/ids.ts'
import type { Ctx } from '../ctx.ts'
import { type Due, sendStatus } from './send.ts'
import { statusesTopic, wantStatus } from './want.ts'

/** At once, of all forges and of one: a slow one holds its own up, and nobody else's. */
const atOnceMax = 24
const atOncePerHostMax = 4
const lookAgainMs = seconds(5)
const troublePauseMs = seconds(1)
const mendEveryMs = hours(1)

/**
 * Tells forges what is wanted until the signal aborts; then returns once what is in hand is settled.
 * Of one check nothing is sent while something of it is on its way, so states arrive in order.
 */
export async function workStatuses(ctx: Ctx, signal: AbortSignal): Promise<void> {
  const busy = new Map<Id, { host: string; work: Promise<void> }>()
  const waiter = new Waiter()
  const stop = ctx.bells.listen(statusesTopic, waiter.ring)
  let mendedAt = -Infinity
  try {
    await doubtWaiting(ctx)
    while (!signal.aborted) {
      if (monotonicClock() - mendedAt >= mendEveryMs) {
        await mendStatuses(ctx)
        mendedAt = monotonicClock()
      }
      const due = busy.size < atOnceMax ? await nextDue(ctx, busy) : null
      if (!due) {
        await waiter.wait(lookAgainMs, signal)
        continue
      }
      const { id, host } = due.status
      const work = sendStatus(ctx, due, signal)
        .catch(async (error: unknown) => {
          ctx.log.error({ err: error }, 'what became of a commit status could not be kept')
          // It is still there, and would be taken up again at once.
          await new Waiter().wait(troublePauseMs, signal)
        })
        .finally(() => {
          busy.delete(id)
          waiter.ring()
        })
      busy.set(id, { host, work })
    }
  } finally {
    stop()
    await Promise.all([...busy.values()].map(({ work }) => work))
  }
}

/** The server that ran before may have been killed with any of these on its way. */
async function doubtWaiting(ctx: Ctx): Promise<void> {
  const { commitStatuses: s } = schema
  await ctx.db.write(async (tx) => {
    await tx
      .update(s)
      .set({ isUnsure: true })
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

async function nextDue(ctx: Ctx, busy: ReadonlyMap<Id, { host: string }>): Promise<Due | null> {
  const { commitStatuses: s, repositories, builds } = schema
  const now = ctx.clock()
  const hosts = fullHosts(busy)
  const row = await ctx.db.read
    .select({ status: s, repository: repositories, build: builds })
    .from(s)
    .innerJoin(repositories, eq(repositories.id, s.repositoryId))
    .innerJoin(builds, eq(builds.id, s.buildId))
    .where(
      and(
        // With the word itself, so that SQLite uses the index of these rows.
        sql`${s.telling} = 'waiting'`,
        lte(s.notBefore, now),
        sql`not exists (select 1 from ${s} held
          where held.repository_id = ${s.repositoryId} and held.held_until > ${now})`,
        busy.size > 0 ? notInArray(s.id, [...busy.keys()]) : undefined,
        hosts.length > 0 ? notInArray(s.host, hosts) : undefined,
      ),
    )
    .orderBy(asc(s.changedAt))
    .limit(1)
    .get()
  return row ?? null
}

function fullHosts(busy: ReadonlyMap<Id, { host: string }>): string[] {
  const counts = new Map<string, number>()
  for (const { host } of busy.values()) counts.set(host, (counts.get(host) ?? 0) + 1)
  return [...counts].filter(([, count]) => count >= atOncePerHostMax).map(([host]) => host)
}
