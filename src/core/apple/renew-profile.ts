import { OoreError } from '../../lib/errors.ts'
import type { Id } from '../../lib/ids.ts'
import { oneAtATime } from '../../lib/one-at-a-time.ts'
import type { Profile } from '../../signing/apple/profile.ts'
import {
  deleteAppleProfile,
  isUsableOn,
  listAppleDevices,
} from '../../signing/connect/resources.ts'
import { may, refused } from '../access/may.ts'
import type { Credential } from '../credentials/credential.ts'
import { allKeys, type CredentialRow, findCredentialRow } from '../credentials/find.ts'
import type { Ctx } from '../ctx.ts'
import { sameUdid } from '../devices/device.ts'
import { connectBy } from './connect.ts'
import { createProfile } from './create-profile.ts'
import { invalid } from './invalid.ts'
import { told } from './show.ts'

export type Renewal = {
  /** Of App Store Connect; where nobody says the one that it was had by, or the only one. */
  key?: string | undefined
  /** Of a stored certificate; those of before where nobody says, as far as one of them is good. */
  certificate?: string | undefined
  /** A UDID: the devices stay those of before, as far as they are enabled, and this one comes. */
  add_device?: string | undefined
  /** Deletes the old one at Apple, where Oore had it made. */
  deletes_old?: boolean | undefined
}

/**
 * Has the same profile made anew, with the devices there are now, and puts it in the place of the
 * stored one; the old one is deleted at Apple last, and only where that was asked for. Throws OoreError
 * `conflict` where that alone did not work: the new one is stored then.
 */
export async function renewProfile(
  ctx: Ctx,
  idOrName: string,
  renewal: Renewal,
): Promise<Credential<'profile'>> {
  if (!may(ctx.actor, 'signing.change')) throw refused(ctx.actor, 'signing.change')
  const { id } = await findCredentialRow(ctx, 'profile', idOrName)
  // The next begins with what the one before has stored, so that no device of it is lost.
  return oneAtATime(`renewal ${id}`, () => renew(ctx, id, renewal))
}

async function renew(
  ctx: Ctx,
  id: Id,
  { key, certificate, add_device: addDevice, deletes_old: deletesOld = false }: Renewal,
): Promise<Credential<'profile'>> {
  const row = await findCredentialRow(ctx, 'profile', id)
  const profile = row.described as Profile
  const by = key?.trim() || (await keyOf(ctx, row))
  if (!profile.platforms.includes('iOS')) {
    throw invalid(
      'profile',
      `is for ${profile.platforms.join(', ')}: only those for iOS are renewed`,
    )
  }
  const renewed = await createProfile(ctx, by, {
    bundle_id: profile.bundleId,
    kind: profile.kind,
    name: row.name,
    replace: true,
    certificate,
    keeps: profile.certificates.map(({ sha1 }) => sha1),
    ...(addDevice !== undefined && { devices: await devicesWith(ctx, by, profile, addDevice) }),
  })
  if (deletesOld && row.appleId !== null) await deleteOld(ctx, by, row.appleId)
  return renewed
}

/** The key it was had by; where that was removed or there was none, the only one that is stored. */
async function keyOf(ctx: Ctx, { appStoreKeyId }: CredentialRow): Promise<Id> {
  const keys = await allKeys(ctx)
  const [first, ...others] = keys
  const own = keys.find(({ id }) => id === appStoreKeyId)
  if (own !== undefined) return own.id
  if (first !== undefined && others.length === 0) return first.id
  throw invalid(
    'key',
    first === undefined
      ? 'is missing: store one of App Store Connect first'
      : 'is missing: name the App Store Connect key to renew it with',
  )
}

/** Devices of before that were disabled or removed since would make Apple refuse all of them. */
async function devicesWith(ctx: Ctx, by: string, { devices }: Profile, udid: string) {
  const { connect } = await connectBy(ctx, by)
  const there = await told(() => listAppleDevices(connect))
  const usable = there.filter(isUsableOn('ios')).map((each) => each.udid)
  return [...devices.filter((each) => usable.some((other) => sameUdid(each, other))), udid]
}

async function deleteOld(ctx: Ctx, by: string, appleId: string): Promise<void> {
  const { connect } = await connectBy(ctx, by)
  try {
    await told(() => deleteAppleProfile(connect, appleId))
  } catch (cause) {
    if (!(cause instanceof OoreError)) throw cause
    throw new OoreError(
      'conflict',
      `The profile was made anew and is stored. Only the old one is still at Apple: ${cause.message}`,
      { cause },
    )
  }
}
