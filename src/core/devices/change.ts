import { eq } from 'drizzle-orm'
import { schema } from '../../db/client.ts'
import type { Id } from '../../lib/ids.ts'
import { may, refused } from '../access/may.ts'
import type { Ctx } from '../ctx.ts'
import { change } from '../events/change.ts'
import { checkDeviceName } from './add.ts'
import type { Device } from './device.ts'
import { deviceOf, findDeviceRow } from './find.ts'

/** Calls a device otherwise, here; Apple keeps the name it was registered under. */
export async function renameDevice(ctx: Ctx, id: Id, newName: string): Promise<Device> {
  if (!may(ctx.actor, 'signing.change')) throw refused(ctx.actor, 'signing.change')
  await findDeviceRow(ctx, id)
  const name = checkDeviceName(newName)
  const { signingDevices: d } = schema
  return change(ctx, async (tx, record) => {
    const row = await tx
      .update(d)
      .set({ name, updatedAt: ctx.clock() })
      .where(eq(d.id, id))
      .returning()
      .get()
    record('device.changed', id, { name })
    return deviceOf(row!)
  })
}

/** Forgets a device. At Apple it stays: a place there is free again once a year only. */
export async function removeDevice(ctx: Ctx, id: Id): Promise<void> {
  if (!may(ctx.actor, 'signing.change')) throw refused(ctx.actor, 'signing.change')
  const { udid } = await findDeviceRow(ctx, id)
  const { signingDevices: d } = schema
  await change(ctx, async (tx, record) => {
    const gone = await tx.delete(d).where(eq(d.id, id)).returning({ id: d.id })
    if (gone.length > 0) record('device.removed', id, { udid })
  })
}
