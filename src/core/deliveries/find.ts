import { and, eq } from 'drizzle-orm'
import { schema } from '../../db/client.ts'
import { OoreError } from '../../lib/errors.ts'
import { type Id, isId } from '../../lib/ids.ts'
import { may, refused } from '../access/may.ts'
import type { Ctx } from '../ctx.ts'
import type { Delivery } from './delivery.ts'

export type DeliveryRow = typeof schema.deliveries.$inferSelect

/** One delivery with its payload. Throws OoreError `not_found`. */
export async function showDelivery(ctx: Ctx, id: Id): Promise<Delivery> {
  if (!may(ctx.actor, 'delivery.read')) throw refused(ctx.actor)
  const { deliveries, repositories } = schema
  const row = isId(id)
    ? await ctx.db.read
        .select({ delivery: deliveries, repository: repositories.fullName })
        .from(deliveries)
        .leftJoin(repositories, eq(repositories.id, deliveries.repositoryId))
        .where(and(eq(deliveries.id, id), eq(deliveries.organizationId, ctx.organizationId)))
        .get()
    : undefined
  if (!row) throw new OoreError('not_found', 'There is no such delivery.')
  return deliveryOf(row.delivery, row.repository)
}

export function deliveryOf(row: DeliveryRow, repository: string | null): Delivery {
  return {
    id: row.id,
    provider: row.provider,
    event: row.event,
    deliveryId: row.deliveryId,
    repositoryId: row.repositoryId,
    repository,
    status: row.status,
    reason: row.reason,
    buildIds: row.buildIds,
    sourceIp: row.sourceIp,
    receivedAt: row.receivedAt,
    processedAt: row.processedAt,
    headers: row.headers,
    payload: row.payload,
  }
}
