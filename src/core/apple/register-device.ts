import { and, eq } from 'drizzle-orm'
import { schema } from '../../db/client.ts'
import { OoreError } from '../../lib/errors.ts'
import type { Id } from '../../lib/ids.ts'
import { type AppleDevice, registerAppleDevice } from '../../signing/connect/resources.ts'
import { may, refused } from '../access/may.ts'
import type { Ctx } from '../ctx.ts'
import { type Device, spelledUdid, udidPattern, udidRule } from '../devices/device.ts'
import { deviceOf, findDeviceRow } from '../devices/find.ts'
import { change } from '../events/change.ts'
import { connectBy } from './connect.ts'
import { mustBe } from './invalid.ts'
import { told } from './show.ts'

/** What Apple takes as the name of a device. */
const appleNameLengthMax = 50

/**
 * Registers a device with a team at Apple. It takes one of the hundred places of its kind a year. One
 * that is registered already is given as it is there. Throws OoreError `conflict` for a disabled one.
 */
export async function registerDevice(
  ctx: Ctx,
  idOrName: string,
  { name, udid }: { name: string; udid: string },
): Promise<AppleDevice> {
  if (!may(ctx.actor, 'signing.change')) throw refused(ctx.actor, 'signing.change')
  const checked = { name: name.trim(), udid: udid.trim() }
  mustBe(
    'name',
    `up to ${appleNameLengthMax} characters`,
    checked.name !== '' && checked.name.length <= appleNameLengthMax,
  )
  mustBe('udid', udidRule, udidPattern.test(checked.udid))
  const { connect, key } = await connectBy(ctx, idOrName)
  const registered = await told(() => registerAppleDevice(connect, checked))
  if (registered.status === 'DISABLED') {
    throw new OoreError(
      'conflict',
      `"${registered.name}" is registered at Apple and disabled there, so it comes into no profile. Enable it in Apple’s developer account, under Devices.`,
    )
  }
  await noteRegistered(ctx, key.id, registered)
  return registered
}

/** Registers a device that is known here. Throws OoreError `not_found` for either. */
export async function registerKnownDevice(
  ctx: Ctx,
  id: Id,
  { key }: { key: string },
): Promise<Device> {
  if (!may(ctx.actor, 'signing.change')) throw refused(ctx.actor, 'signing.change')
  const { name, udid } = await findDeviceRow(ctx, id)
  await registerDevice(ctx, key, { name: name.slice(0, appleNameLengthMax).trim(), udid })
  return deviceOf(await findDeviceRow(ctx, id))
}

/** Where the device is known here, it is known from now on that it is registered. */
async function noteRegistered(ctx: Ctx, keyId: Id, { id: appleId, udid }: AppleDevice) {
  const { signingDevices: d } = schema
  await change(ctx, async (tx, record) => {
    const row = await tx
      .update(d)
      .set({ appleId, appStoreKeyId: keyId, updatedAt: ctx.clock() })
      .where(and(eq(d.organizationId, ctx.organizationId), eq(d.udid, spelledUdid(udid))))
      .returning({ id: d.id })
      .get()
    record('device.registered', row?.id ?? appleId, { udid })
  })
}
