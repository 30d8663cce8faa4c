import { and, desc, eq, getTableColumns, lt, sql } from 'drizzle-orm'
import { schema } from '../../db/client.ts'
import { decodeCursor, encodeCursor } from '../../lib/cursor.ts'
import { KiB } from '../../lib/sizes.ts'
import type { Id } from '../../lib/ids.ts'
import type { Page, PageRequest } from '../../lib/page.ts'
import { may, refused } from '../access/may.ts'
import type { Ctx } from '../ctx.ts'
import type { Provider } from '../repositories/repository.ts'
import type { Delivery, DeliveryStatus } from './delivery.ts'
import { deliveryOf } from './find.ts'

export type DeliveryFilters = {
  repository: Id | null
  provider: Provider | null
  event: string | null
  status: DeliveryStatus | null
}

// 200 deliveries of 10 MiB would not be a page any more.
const payloadLengthMax = 16 * KiB

/** Deliveries that pass the filters, newest first. A long payload is left out: one shows it. */
export async function listDeliveries(
  ctx: Ctx,
  filters: DeliveryFilters,
  page: PageRequest,
): Promise<Page<Delivery>> {
  if (!may(ctx.actor, 'delivery.read')) throw refused(ctx.actor)
  const { deliveries: d, repositories } = schema
  const before = page.cursor ? decodeCursor(page.cursor, ['text'])[0] : null
  const rows = await ctx.db.read
    .select({ delivery: withShortPayload, repository: repositories.fullName })
    .from(d)
    .leftJoin(repositories, eq(repositories.id, d.repositoryId))
    .where(
      and(
        eq(d.organizationId, ctx.organizationId),
        filters.repository ? eq(d.repositoryId, filters.repository) : undefined,
        filters.provider ? eq(d.provider, filters.provider) : undefined,
        filters.event ? eq(d.event, filters.event) : undefined,
        filters.status ? eq(d.status, filters.status) : undefined,
        before === null ? undefined : lt(d.id, before),
      ),
    )
    .orderBy(desc(d.id))
    .limit(page.limit + 1)
    .all()
  const data = rows.slice(0, page.limit).map((row) => deliveryOf(row.delivery, row.repository))
  const last = data.at(-1)
  return { data, nextCursor: rows.length > page.limit && last ? encodeCursor([last.id]) : null }
}

const { payload, ...others } = getTableColumns(schema.deliveries)
const withShortPayload = {
  ...others,
  payload: sql<string>`case when length(${payload}) <= ${payloadLengthMax} then ${payload} else '' end`,
}
