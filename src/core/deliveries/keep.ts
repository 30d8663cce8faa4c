import { and, gt, inArray, notInArray } from 'drizzle-orm'
import { type Database, schema } from '../../db/client.ts'
import { batched } from '../../lib/batch.ts'
import { days } from '../../lib/clock.ts'
import type { Id } from '../../lib/ids.ts'
import { may, refused } from '../access/may.ts'
import type { Ctx } from '../ctx.ts'
import { change } from '../events/change.ts'

export type NewDelivery = typeof schema.deliveries.$inferInsert & { repositoryId: Id }
export type Kept = { status: 'accepted' | 'duplicate'; eventId: Id }

/** The same delivery is the same for this long; after that its id may come again. */
const rememberedMs = days(1)
const batchMax = 100

/** One gathering of deliveries per database: those that come at once are stored by one commit. */
const batches = new WeakMap<
  Database,
  (item: { ctx: Ctx; delivery: NewDelivery }) => Promise<Kept>
>()

/**
 * Stores a verified delivery, unless the same was stored within a day and did not fail. Resolves
 * when it is committed.
 */
export function keepDelivery(ctx: Ctx, delivery: NewDelivery): Promise<Kept> {
  const { repositoryId } = delivery
  if (!may(ctx.actor, 'delivery.receive', { repositoryId })) throw refused(ctx.actor)
  const keep = batches.get(ctx.db) ?? batched(keepAll, batchMax)
  batches.set(ctx.db, keep)
  return keep({ ctx, delivery })
}

async function keepAll(items: readonly { ctx: Ctx; delivery: NewDelivery }[]): Promise<Kept[]> {
  const [first] = items
  if (!first) return []
  const { deliveries: d } = schema
  // Deliveries of several repositories may travel together: each fact names its own.
  const ctx: Ctx = { ...first.ctx, actor: { is: 'system' } }
  return change(ctx, async (tx, record) => {
    const all = items.map(({ delivery }) => delivery)
    const known = await tx
      .select({ id: d.id, repositoryId: d.repositoryId, deliveryId: d.deliveryId })
      .from(d)
      .where(
        and(
          inArray(d.repositoryId, [...new Set(all.map(({ repositoryId }) => repositoryId))]),
          inArray(d.deliveryId, [...new Set(all.map(({ deliveryId }) => deliveryId))]),
          notInArray(d.status, ['failed', 'rejected']),
          gt(d.receivedAt, ctx.clock() - rememberedMs),
        ),
      )
      .all()
    const ids = new Map(known.map((row) => [keyOf(row), row.id]))
    const fresh: NewDelivery[] = []
    const kept = all.map((delivery): Kept => {
      const same = ids.get(keyOf(delivery))
      if (same !== undefined) return { status: 'duplicate', eventId: same }
      ids.set(keyOf(delivery), delivery.id)
      fresh.push(delivery)
      return { status: 'accepted', eventId: delivery.id }
    })
    if (fresh.length > 0) await tx.insert(d).values(fresh)
    for (const { id, repositoryId } of fresh) {
      record('delivery.received', id, { repository_id: repositoryId })
    }
    return kept
  })
}

const keyOf = ({ repositoryId, deliveryId }: { repositoryId: Id | null; deliveryId: string }) =>
  `${repositoryId}\n${deliveryId}`
