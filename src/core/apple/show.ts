import type { Credential } from '../credentials/credential.ts'
import { credentialOf, heldCredentials } from '../credentials/find.ts'
import { may, refused } from '../access/may.ts'
import type { Ctx } from '../ctx.ts'
import { ConnectRefused } from '../../signing/connect/call.ts'
import {
  type AppleCertificate,
  type AppleDevice,
  type AppleProfile,
  listAppleCertificates,
  listAppleDevices,
  listAppleProfiles,
} from '../../signing/connect/resources.ts'
import { OoreError } from '../../lib/errors.ts'
import type { Device } from '../devices/device.ts'
import { listDevices } from '../devices/find.ts'
import { connectBy } from './connect.ts'

/** What a team has at Apple, and what of it is stored here under which name. */
export type AppleAccount = {
  key: Credential<'app_store_key'>
  devices: AppleDevice[]
  /** Known here, and not registered there; at most 200. */
  waiting: Device[]
  certificates: (Omit<AppleCertificate, 'certificateContent'> & { heldAs: string | null })[]
  profiles: (Omit<AppleProfile, 'profileContent'> & { heldAs: string | null })[]
}

/** Asks Apple what there is, by a key. Throws OoreError `conflict`, `unavailable` in Apple's words. */
export async function showApple(ctx: Ctx, idOrName: string): Promise<AppleAccount> {
  if (!may(ctx.actor, 'signing.change')) throw refused(ctx.actor, 'signing.change')
  const { connect, key } = await connectBy(ctx, idOrName)
  const held = await heldCredentials(ctx)
  const [devices, certificates, profiles] = await told(() =>
    Promise.all([
      listAppleDevices(connect),
      listAppleCertificates(connect),
      listAppleProfiles(connect),
    ]),
  )
  return {
    key: credentialOf<'app_store_key'>(key),
    devices,
    waiting: await waitingDevices(ctx, devices),
    certificates: certificates.map(({ certificateContent: _content, ...each }) => ({
      ...each,
      heldAs: heldUnder(held.certificates, ({ serial }) => sameSerial(serial, each.serialNumber)),
    })),
    profiles: profiles.map(({ profileContent: _content, ...each }) => ({
      ...each,
      heldAs: heldUnder(held.profiles, ({ uuid }) => uuid === each.uuid),
    })),
  }
}

async function waitingDevices(ctx: Ctx, atApple: readonly AppleDevice[]): Promise<Device[]> {
  const known = new Set(atApple.map(({ udid }) => udid.toLowerCase()))
  const { data } = await listDevices(ctx, { limit: 200, cursor: null })
  return data.filter(({ udid }) => !known.has(udid.toLowerCase()))
}

function heldUnder<D>(
  held: readonly { name: string; described: D }[],
  isSame: (described: D) => boolean,
): string | null {
  return held.find(({ described }) => isSame(described))?.name ?? null
}

/** Apple leaves zeros at the beginning out. */
export const sameSerial = (one: string, other: string): boolean =>
  one.replace(/^0+/, '').toLowerCase() === other.replace(/^0+/, '').toLowerCase()

/** What Apple refuses is at odds with how things stand there: its own words are told. */
export async function told<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask()
  } catch (error) {
    if (!(error instanceof ConnectRefused)) throw error
    throw new OoreError('conflict', `Apple says: ${error.words || error.message}`, { cause: error })
  }
}
