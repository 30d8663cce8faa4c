import type { Credential } from '../credentials/credential.ts'
import { allKeys, heldCredentials } from '../credentials/find.ts'
import { may, refused } from '../access/may.ts'
import type { Ctx } from '../ctx.ts'
import type { Id } from '../../lib/ids.ts'
import { type Device, sameUdid } from './device.ts'
import { showDevice } from './find.ts'

/** A device, the stored profiles that are for devices, and the keys it can be registered by. */
export type DeviceUse = {
  device: Device
  profiles: { profile: Credential<'profile'>; namesIt: boolean }[]
  keys: Credential<'app_store_key'>[]
}

/** What can be installed on a device, as far as is stored here. Throws `not_found`. */
export async function showDeviceUse(ctx: Ctx, id: Id): Promise<DeviceUse> {
  if (!may(ctx.actor, 'signing.read')) throw refused(ctx.actor, 'signing.read')
  const device = await showDevice(ctx, id)
  const { profiles } = await heldCredentials(ctx)
  return {
    device,
    keys: await allKeys(ctx),
    profiles: profiles
      .filter(({ described: { kind, platforms } }) => {
        const isForDevices = kind === 'ad_hoc' || kind === 'development'
        return isForDevices && platforms.includes('iOS')
      })
      .map((profile) => ({
        profile,
        namesIt: profile.described.devices.some((udid) => sameUdid(udid, device.udid)),
      })),
  }
}
