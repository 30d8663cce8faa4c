import { and, gt, inArray, isNotNull, isNull, lt, notInArray, or } from 'drizzle-orm'
import { type Database, schema, type Writer } from '../../db/client.ts'
import { batched } from '../../lib/batch.ts'
import { days, type Millis, minutes } from '../../lib/clock.ts'
import type { Id } from '../../lib/ids.ts'
import { may, refused } from '../access/may.ts'
import type { Ctx } from '../ctx.ts'
import { change } from '../events/change.ts'

export type NewDelivery = typeof schema.deliveries.$inferInsert & { integrationId: Id }
export type Kept = { status: 'accepted' | 'duplicate'; eventId: Id }

/**
 * The same delivery is the same for this long; after that its id may come again. GitHub signs no time,
 * so a shorter memory would let a delivery that somebody recorded be played again.
 */
const rememberedMs = days(30)
/** How old the note may be of when a hook last proved itself: it is not written with each delivery. */
const verifiedNoteMs = minutes(1)
const batchMax = 100

/** One gathering of deliveries per database: those that come at once are stored by one commit. */
const batches = new WeakMap<
  Database,
  (item: { ctx: Ctx; delivery: NewDelivery }) => Promise<Kept>
>()

/**
 * Stores a verified delivery, unless the same was stored within 30 days and did not fail. Resolves
 * when it is committed.
 */
export function keepDelivery(ctx: Ctx, delivery: NewDelivery): Promise<Kept> {
  if (!mayReceive(ctx, delivery)) throw refused(ctx.actor)
  const keep = batches.get(ctx.db) ?? batched(keepAll, batchMax)
  batches.set(ctx.db, keep)
  return keep({ ctx, delivery })
}

/** By a repository's own hook, or by that of a connection which speaks for it. */
const mayReceive = ({ actor }: Ctx, { integrationId, repositoryId }: NewDelivery): boolean =>
  actor.is === 'connection'
    ? may(actor, 'delivery.receive', { connectionId: integrationId })
    : may(actor, 'delivery.receive', { repositoryId: repositoryId ?? integrationId })

async function keepAll(items: readonly { ctx: Ctx; delivery: NewDelivery }[]): Promise<Kept[]> {
  const [first] = items
  if (!first) return []
  const { deliveries: d } = schema
  // Deliveries of several repositories may travel together: each fact names its own.
  const ctx: Ctx = { ...first.ctx, actor: { is: 'system' } }
  return change(ctx, async (tx, record) => {
    const all = items.map(({ delivery }) => delivery)
    const known = await tx
      .select({ id: d.id, integrationId: d.integrationId, deliveryId: d.deliveryId })
      .from(d)
      .where(
        and(
          inArray(d.integrationId, [...new Set(all.map(({ integrationId }) => integrationId))]),
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
    await noteVerified(tx, fresh, ctx.clock())
    for (const { id, repositoryId } of fresh) {
      record('delivery.received', id, { repository_id: repositoryId ?? null })
    }
    return kept
  })
}

const keyOf = (row: Pick<NewDelivery, 'deliveryId'> & { integrationId: Id | null }) =>
  `${row.integrationId}\n${row.deliveryId}`

/** Their hooks work: where that is news, or was last noted some time ago. */
async function noteVerified(tx: Writer, deliveries: readonly NewDelivery[], now: Millis) {
  const { repositories: r } = schema
  const ids = new Set(deliveries.flatMap(({ repositoryId }) => repositoryId ?? []))
  if (ids.size === 0) return
  await tx
    .update(r)
    .set({ hookVerifiedAt: now, hookFailedAt: null, hookFailure: null })
    .where(
      and(
        inArray(r.id, [...ids]),
        or(
          isNull(r.hookVerifiedAt),
          lt(r.hookVerifiedAt, now - verifiedNoteMs),
          isNotNull(r.hookFailedAt),
        ),
      ),
    )
}
