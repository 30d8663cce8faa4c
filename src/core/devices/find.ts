import { and, desc, eq, lt } from 'drizzle-orm'
import { schema } from '../../db/client.ts'
import { decodeCursor, encodeCursor } from '../../lib/cursor.ts'
import { OoreError } from '../../lib/errors.ts'
import type { Id } from '../../lib/ids.ts'
import type { Page, PageRequest } from '../../lib/page.ts'
import { may, refused } from '../access/may.ts'
import type { Ctx } from '../ctx.ts'
import { withAuthorNames } from '../users/names.ts'
import type { Device, DeviceLink } from './device.ts'

type DeviceRow = typeof schema.signingDevices.$inferSelect
type LinkRow = typeof schema.signingDeviceLinks.$inferSelect

export const deviceOf = (row: DeviceRow): Device => ({
  id: row.id,
  udid: row.udid,
  name: row.name,
  product: row.product,
  osVersion: row.osVersion,
  isEnrolled: row.linkId !== null,
  registeredBy: row.appleId === null ? null : row.appStoreKeyId,
  createdAt: row.createdAt,
})

export const deviceLinkOf = (row: LinkRow): DeviceLink => ({
  id: row.id,
  name: row.name,
  usesLeft: row.usesLeft,
  expiresAt: row.expiresAt,
  createdBy: row.createdBy,
  createdAt: row.createdAt,
})

/** One of them. Throws `not_found`. */
export async function showDevice(ctx: Ctx, id: Id): Promise<Device> {
  if (!may(ctx.actor, 'signing.read')) throw refused(ctx.actor, 'signing.read')
  return deviceOf(await findDeviceRow(ctx, id))
}

/** Devices, the newest first. */
export async function listDevices(ctx: Ctx, page: PageRequest): Promise<Page<Device>> {
  if (!may(ctx.actor, 'signing.read')) throw refused(ctx.actor, 'signing.read')
  const { signingDevices: d } = schema
  const rows = await ctx.db.read
    .select()
    .from(d)
    .where(
      and(
        eq(d.organizationId, ctx.organizationId),
        page.cursor ? lt(d.id, decodeCursor(page.cursor, ['text'])[0]) : undefined,
      ),
    )
    .orderBy(desc(d.id))
    .limit(page.limit + 1)
    .all()
  return pageOfRows(rows, page.limit, deviceOf)
}

/** Links that are there, also those that have ended, the newest first. */
export async function listDeviceLinks(ctx: Ctx, page: PageRequest): Promise<Page<DeviceLink>> {
  if (!may(ctx.actor, 'signing.change')) throw refused(ctx.actor, 'signing.change')
  const { signingDeviceLinks: l } = schema
  const rows = await ctx.db.read
    .select()
    .from(l)
    .where(
      and(
        eq(l.organizationId, ctx.organizationId),
        page.cursor ? lt(l.id, decodeCursor(page.cursor, ['text'])[0]) : undefined,
      ),
    )
    .orderBy(desc(l.id))
    .limit(page.limit + 1)
    .all()
  const shown = pageOfRows(rows, page.limit, deviceLinkOf)
  return { ...shown, data: await withAuthorNames(ctx, shown.data) }
}

function pageOfRows<R extends { id: Id }, T>(
  rows: readonly R[],
  limit: number,
  of: (row: R) => T,
): Page<T> {
  const shown = rows.slice(0, limit)
  const last = shown.at(-1)
  const nextCursor = rows.length > limit && last ? encodeCursor([last.id]) : null
  return { data: shown.map(of), nextCursor }
}

/** Throws `not_found`. */
export async function findDeviceRow(ctx: Ctx, id: Id): Promise<DeviceRow> {
  const { signingDevices: d } = schema
  const row = await ctx.db.read
    .select()
    .from(d)
    .where(and(eq(d.organizationId, ctx.organizationId), eq(d.id, id)))
    .get()
  if (row) return row
  throw new OoreError('not_found', 'There is no such device.')
}
