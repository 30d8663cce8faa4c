import { and, eq, inArray, sql } from 'drizzle-orm'
import { schema } from '../../db/client.ts'
import { OoreError } from '../../lib/errors.ts'
import type { Id } from '../../lib/ids.ts'
import { may, refused } from '../access/may.ts'
import type { Ctx } from '../ctx.ts'
import { change } from '../events/change.ts'
import { type Delivery, deliveryStatuses, mayRedeliver } from './delivery.ts'
import { showDelivery } from './find.ts'

/**
 * Processes a stored payload again, as if it had just come. Throws OoreError `conflict` where it
 * waits still, or was rejected: what was not signed is never processed.
 */
export async function redeliver(ctx: Ctx, id: Id): Promise<Delivery> {
  const delivery = await showDelivery(ctx, id)
  if (!may(ctx.actor, 'delivery.process')) throw refused(ctx.actor)
  await change(ctx, async (tx, record) => {
    const { deliveries: d } = schema
    const moved = await tx
      .update(d)
      .set({
        status: 'received',
        reason: '',
        processedAt: null,
        attempts: 0,
        notBefore: 0,
        round: sql`${d.round} + 1`,
      })
      .where(and(eq(d.id, id), inArray(d.status, deliveryStatuses.filter(mayRedeliver))))
      .returning({ id: d.id })
      .get()
    if (!moved) {
      throw new OoreError(
        'conflict',
        delivery.status === 'rejected'
          ? 'It was rejected: its signature did not fit, so it is not processed. Send it again with the right secret.'
          : 'It waits to be processed already.',
      )
    }
    record('delivery.redelivered', id)
  })
  return showDelivery(ctx, id)
}
