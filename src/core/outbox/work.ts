import { type SQL, sql } from 'drizzle-orm'
import { schema } from '../../db/client.ts'
import { Waiter } from '../../lib/bell.ts'
import { hours, monotonicClock, seconds } from '../../lib/clock.ts'
import type { Id } from '../../lib/ids.ts'
import type { Ctx } from '../ctx.ts'

/** At once, of all forges and of one: a slow one holds its own up, and nobody else's. */
const atOnceMax = 24
const atOncePerHostMax = 4
const lookAgainMs = seconds(5)
const troublePauseMs = seconds(1)
const mendEveryMs = hours(1)

/** What is on its way, so that it is not sent a second time, and the hosts that have enough of it. */
export type Busy = { ids: Id[]; fullHosts: string[] }

/** A table of what is wanted of forges, as its worker sees it. */
export type Outbox<Due> = {
  topic: string
  /** What was on its way when the server before was killed may have been taken, or not. */
  doubt(): Promise<void>
  /** Wants anew what should have been wanted. */
  mend(): Promise<void>
  next(busy: Busy): Promise<Due | null>
  rowOf(due: Due): { id: Id; host: string }
  /** Sends it once, and keeps what became of that. */
  send(due: Due, signal: AbortSignal): Promise<void>
}

/**
 * Sends what is wanted until the signal aborts; then returns once what is in hand is settled. Of one
 * row nothing is sent while something of it is on its way, so states arrive in order.
 */
export async function workOutbox<Due>(
  ctx: Ctx,
  outbox: Outbox<Due>,
  signal: AbortSignal,
): Promise<void> {
  const busy = new Map<Id, { host: string; work: Promise<void> }>()
  const waiter = new Waiter()
  const stop = ctx.bells.listen(outbox.topic, waiter.ring)
  let mendedAt = -Infinity
  try {
    await outbox.doubt()
    while (!signal.aborted) {
      if (monotonicClock() - mendedAt >= mendEveryMs) {
        await outbox.mend()
        mendedAt = monotonicClock()
      }
      const due = busy.size < atOnceMax ? await outbox.next(busyOf(busy)) : null
      if (due === null) {
        await waiter.wait(lookAgainMs, signal)
        continue
      }
      const { id, host } = outbox.rowOf(due)
      const work = outbox
        .send(due, signal)
        .catch(async (error: unknown) => {
          ctx.log.error({ err: error }, 'what became of an answer to a forge could not be kept')
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

function busyOf(busy: ReadonlyMap<Id, { host: string }>): Busy {
  const counts = new Map<string, number>()
  for (const { host } of busy.values()) counts.set(host, (counts.get(host) ?? 0) + 1)
  const fullHosts = [...counts]
    .filter(([, count]) => count >= atOncePerHostMax)
    .map(([host]) => host)
  return { ids: [...busy.keys()], fullHosts }
}

type RepositoryIds =
  typeof schema.commitStatuses.repositoryId | typeof schema.pullRequestComments.repositoryId

/** May something be sent of this repository now? The forge may have asked for less, by any answer. */
export function isNotHeld({ clock }: Ctx, repositoryId: RepositoryIds): SQL {
  const { commitStatuses, pullRequestComments } = schema
  const now = clock()
  const [statuses, comments] = [commitStatuses, pullRequestComments].map(
    (table) => sql`not exists (select 1 from ${table} held
      where held.repository_id = ${repositoryId} and held.held_until > ${now})`,
  )
  return sql`${statuses} and ${comments}`
}
