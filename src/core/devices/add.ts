import { and, eq } from 'drizzle-orm'
import { schema, type Writer } from '../../db/client.ts'
import { OoreError } from '../../lib/errors.ts'
import { type Id, newId } from '../../lib/ids.ts'
import { actorText } from '../access/actor.ts'
import { may, refused } from '../access/may.ts'
import type { Ctx } from '../ctx.ts'
import { change, type Recorder } from '../events/change.ts'
import { type Device, deviceNameMax, spelledUdid, udidPattern, udidRule } from './device.ts'
import { deviceOf } from './find.ts'

/** Adds a device by hand. One that is there already gets the name. Throws OoreError `invalid`. */
export async function addDevice(ctx: Ctx, input: { udid: string; name: string }): Promise<Device> {
  if (!may(ctx.actor, 'signing.change')) throw refused(ctx.actor, 'signing.change')
  const udid = input.udid.trim()
  const name = checkDeviceName(input.name)
  if (!udidPattern.test(udid)) throw unfit('udid', `must be ${udidRule}`)
  return change(ctx, (tx, record) => putDevice(ctx, tx, record, { udid, name }))
}

/** Throws OoreError `invalid`. */
export function checkDeviceName(given: string): string {
  const name = given.trim()
  if (name !== '' && name.length <= deviceNameMax) return name
  throw unfit('name', `must have 1 to ${deviceNameMax} characters`)
}

const unfit = (field: string, message: string): OoreError =>
  new OoreError('invalid', `The ${field} ${message}.`, { fields: [{ field, message }] })

type Told = {
  udid: string
  name: string
  product?: string | null
  osVersion?: string | null
  linkId?: Id
}

/** The device with this UDID, however it is written; null where it is not known. */
export async function findByUdid(ctx: Ctx, tx: Writer, udid: string): Promise<Device | null> {
  const { signingDevices: d } = schema
  const own = and(eq(d.organizationId, ctx.organizationId), eq(d.udid, spelledUdid(udid)))
  const row = await tx.select().from(d).where(own).get()
  return row ? deviceOf(row) : null
}

/** Writes a device, in the caller's transaction: once for each UDID, whatever way it came. */
export async function putDevice(
  ctx: Ctx,
  tx: Writer,
  record: Recorder,
  { udid: written, name, product, osVersion, linkId }: Told,
): Promise<Device> {
  const udid = spelledUdid(written)
  const { signingDevices: d } = schema
  const now = ctx.clock()
  const before = await findByUdid(ctx, tx, udid)
  const told = {
    name,
    ...(product !== undefined && { product }),
    ...(osVersion !== undefined && { osVersion }),
    ...(linkId !== undefined && { linkId }),
    updatedAt: now,
  }
  const row = before
    ? await tx.update(d).set(told).where(eq(d.id, before.id)).returning().get()
    : await tx
        .insert(d)
        .values({
          id: newId(),
          organizationId: ctx.organizationId,
          udid,
          ...told,
          createdBy: actorText(ctx.actor),
          createdAt: now,
        })
        .returning()
        .get()
  record(before ? 'device.changed' : 'device.added', row!.id, { udid, name })
  return deviceOf(row!)
}
