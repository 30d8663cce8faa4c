import { and, asc, lte, notInArray, sql } from 'drizzle-orm'
import { schema } from '../../db/client.ts'
import { Waiter } from '../../lib/bell.ts'
import { seconds } from '../../lib/clock.ts'
import type { Id } from '../../lib/ids.ts'
import type { Ctx } from '../ctx.ts'
import type { DeliveryRow } from './find.ts'
import { processDelivery } from './process.ts'

/** How many repositories' deliveries are decided at once; those of one are decided in order. */
const atOnceMax = 4
const lookAgainMs = seconds(5)
/** While deliveries keep pouring in, storing them comes first: pause this long between two. */
const yieldMs = 100
const pourMs = 100
const troublePauseMs = seconds(1)

/**
 * Decides stored deliveries, oldest first, until the signal aborts; then returns once the ones in
 * hand are settled. What is stored when it stops is decided at the next start.
 */
export async function workDeliveries(ctx: Ctx, signal: AbortSignal): Promise<void> {
  const busy = new Map<Id, Promise<void>>()
  const waiter = new Waiter()
  let [lastButOne, last] = [0, 0]
  const stop = ctx.bells.listen('fact:delivery.received', () => {
    lastButOne = last
    last = ctx.clock()
    waiter.ring()
  })
  const isPouring = () => last - lastButOne < pourMs && ctx.clock() - last < pourMs
  const stopOthers = ctx.bells.listen('fact:delivery.redelivered', waiter.ring)
  try {
    while (!signal.aborted) {
      if (isPouring()) await new Waiter().wait(yieldMs, signal)
      const row = busy.size < atOnceMax ? await nextDelivery(ctx, [...busy.keys()]) : null
      if (!row) {
        await waiter.wait(lookAgainMs, signal)
        continue
      }
      const key = row.repositoryId ?? row.integrationId ?? row.id
      const work = processDelivery(ctx, row)
        .catch(async (error: unknown) => {
          ctx.log.error({ err: error }, 'a delivery could not be settled')
          // It is still there, and would be taken up again at once.
          await new Waiter().wait(troublePauseMs, signal)
        })
        .finally(() => {
          busy.delete(key)
          waiter.ring()
        })
      busy.set(key, work)
    }
  } finally {
    stop()
    stopOthers()
    await Promise.all(busy.values())
  }
}

async function nextDelivery(ctx: Ctx, busy: Id[]): Promise<DeliveryRow | null> {
  const { deliveries: d } = schema
  // What a connection tells of repositories that are not known yet is decided in its order.
  const whose = sql`coalesce(${d.repositoryId}, ${d.integrationId}, ${d.id})`
  const row = await ctx.db.read
    .select()
    .from(d)
    .where(
      and(
        // Said with the word itself: for a parameter SQLite would not use the index of these rows.
        sql`${d.status} = 'received'`,
        lte(d.notBefore, ctx.clock()),
        busy.length > 0 ? notInArray(whose, busy) : undefined,
      ),
    )
    .orderBy(asc(d.id))
    .limit(1)
    .get()
  return row ?? null
}
