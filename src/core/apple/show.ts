import type { Credential } from '../credentials/credential.ts'
import { credentialOf, heldCredentials } from '../credentials/find.ts'
import { may, refused } from '../access/may.ts'
import type { Ctx } from '../ctx.ts'
import { ConnectRefused } from '../../signing/connect/call.ts'
import { type Profile, readProfile } from '../../signing/apple/profile.ts'
import {
  type AppleBundleId,
  type AppleCertificate,
  type AppleDevice,
  type AppleProfile,
  isUsableOn,
  listAppleBundleIds,
  listAppleCertificates,
  listAppleDevices,
  listAppleProfiles,
} from '../../signing/connect/resources.ts'
import { OoreError } from '../../lib/errors.ts'
import { type Device, spelledUdid } from '../devices/device.ts'
import { listDevices } from '../devices/find.ts'
import { connectBy } from './connect.ts'

const waitingMax = 200

/** What a team has at Apple, and what of it is stored here under which name. */
export type AppleAccount = {
  key: Credential<'app_store_key'>
  devices: AppleDevice[]
  /** Known here, and not registered there; at most 200. */
  waiting: Device[]
  bundleIds: AppleBundleId[]
  certificates: (Omit<AppleCertificate, 'certificateContent'> & { heldAs: string | null })[]
  profiles: (Omit<AppleProfile, 'profileContent'> & {
    heldAs: string | null
    /** What the profile itself says; null where it cannot be read. */
    bundleId: string | null
    /** How many devices it names, and how many that are enabled it does not; null where it is for none. */
    devices: { named: number; missing: number } | null
  })[]
}

/** Asks Apple what there is, by a key. Throws OoreError `conflict`, `unavailable` in Apple's words. */
export async function showApple(ctx: Ctx, idOrName: string): Promise<AppleAccount> {
  if (!may(ctx.actor, 'signing.change')) throw refused(ctx.actor, 'signing.change')
  const { connect, key } = await connectBy(ctx, idOrName)
  const held = await heldCredentials(ctx)
  const [devices, bundleIds, certificates, profiles] = await told(() =>
    Promise.all([
      listAppleDevices(connect),
      listAppleBundleIds(connect),
      listAppleCertificates(connect),
      listAppleProfiles(connect),
    ]),
  )
  return {
    key: credentialOf<'app_store_key'>(key),
    devices,
    waiting: await waitingDevices(ctx, devices),
    bundleIds: bundleIds.toSorted((one, other) => one.identifier.localeCompare(other.identifier)),
    certificates: certificates.map(({ certificateContent: _content, ...each }) => ({
      ...each,
      heldAs: heldUnder(held.certificates, ({ serial }) => sameSerial(serial, each.serialNumber)),
    })),
    profiles: profiles.map(({ profileContent, ...each }) => ({
      ...each,
      ...saidBy(profileContent, each.profileType, devices),
      heldAs: heldUnder(held.profiles, ({ uuid }) => uuid === each.uuid),
    })),
  }
}

/** Apple's lists of what is in a profile end after fifty; the profile itself has all of it. */
function saidBy(
  content: string | null | undefined,
  profileType: string,
  atApple: readonly AppleDevice[],
): Pick<AppleAccount['profiles'][number], 'bundleId' | 'devices'> {
  const profile = profileIn(content)
  if (profile === null) return { bundleId: null, devices: null }
  const { bundleId, devices } = profile
  if (devices.length === 0) return { bundleId, devices: null }
  const named = new Set(devices.map(spelledUdid))
  const missing = profileType.startsWith('IOS_')
    ? atApple.filter((each) => isUsableOn('ios')(each) && !named.has(spelledUdid(each.udid))).length
    : 0
  return { bundleId, devices: { named: named.size, missing } }
}

function profileIn(content: string | null | undefined): Profile | null {
  try {
    return readProfile(Buffer.from(content ?? '', 'base64'))
  } catch (error) {
    if (error instanceof OoreError) return null
    throw error
  }
}

async function waitingDevices(ctx: Ctx, atApple: readonly AppleDevice[]): Promise<Device[]> {
  const known = new Set(atApple.map(({ udid }) => spelledUdid(udid)))
  const { data } = await listDevices(ctx, { limit: waitingMax, cursor: null })
  return data.filter(({ udid }) => !known.has(spelledUdid(udid)))
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
