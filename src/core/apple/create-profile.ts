import { createHash } from 'node:crypto'
import type { HeldCertificate } from '../../signing/apple/fit.ts'
import type { ProfileKind } from '../../signing/apple/profile.ts'
import { type Connect, ConnectRefused } from '../../signing/connect/call.ts'
import {
  type AppleCertificate,
  type AppleDevice,
  type AppleProfile,
  createAppleProfile,
  findAppleBundleId,
  isUsableOn,
  listAppleCertificates,
  listAppleDevices,
  listAppleProfiles,
  type NewAppleProfile,
  profileNameAt,
  profileTypes,
} from '../../signing/connect/resources.ts'
import { may, refused } from '../access/may.ts'
import { addCredential, checkNameIsFree } from '../credentials/add.ts'
import type { Credential } from '../credentials/credential.ts'
import { heldCredentials } from '../credentials/find.ts'
import type { Ctx } from '../ctx.ts'
import { sameUdid } from '../devices/device.ts'
import { connectBy } from './connect.ts'
import { invalid } from './invalid.ts'
import { sameSerial, told } from './show.ts'

export type NewProfile = {
  bundle_id: string
  kind: ProfileKind
  /** UDIDs; all that are enabled at Apple where nobody says. Only for kinds that are for devices. */
  devices?: readonly string[] | undefined
  /** Of a stored certificate; the one of the kind that is good for longest where nobody says. */
  certificate?: string | undefined
  /**
   * SHA-1 of certificates that it is to contain as far as Apple still has them, where nobody names one
   * and one of them is stored and good.
   */
  keeps?: readonly string[] | undefined
  name?: string | undefined
  replace?: boolean | undefined
}

/**
 * Has a profile for iOS made at Apple for a bundle identifier, with a stored certificate and, for the
 * kinds that are for devices, those that are wanted, or every one that is enabled there; and stores it.
 */
export async function createProfile(
  ctx: Ctx,
  idOrName: string,
  wish: NewProfile,
): Promise<Credential<'profile'>> {
  if (!may(ctx.actor, 'signing.change')) throw refused(ctx.actor, 'signing.change')
  const { connect, key } = await connectBy(ctx, idOrName)
  const profileType = profileTypes[wish.kind]
  if (profileType === undefined) {
    throw invalid(
      'kind',
      `is ${wish.kind}: Apple’s API makes ${Object.keys(profileTypes).join(', ')}`,
    )
  }
  // Before Apple is asked, so that nothing is made there that is not stored here.
  await checkNameIsFree(ctx, 'profile', wish)
  const made = await told(() => makeAtApple(ctx, connect, { ...wish, profileType }))
  return addCredential(ctx, 'profile', {
    file: { name: '', bytes: Buffer.from(made.profileContent ?? '', 'base64') },
    fields: {},
    name: wish.name,
    replace: wish.replace,
    isNumbered: true,
    apple: { id: made.id, keyId: key.id },
  })
}

async function makeAtApple(ctx: Ctx, connect: Connect, wish: NewProfile & { profileType: string }) {
  const app = await findAppleBundleId(connect, wish.bundle_id)
  if (app === null) {
    throw invalid(
      'bundle_id',
      `is "${wish.bundle_id}", and Apple knows no app id like that: register it in Apple’s developer account`,
    )
  }
  const certificates = await certificatesFor(ctx, connect, wish)
  const devices = await devicesFor(connect, wish)
  return madeSurely(connect, {
    name: profileNameAt(`${wish.bundle_id} ${wish.kind}`, ctx.clock()),
    profileType: wish.profileType,
    bundleId: app.id,
    certificates: certificates.map(({ id }) => id),
    devices: devices.map(({ id }) => id),
  })
}

/** Where the answer is lost, the profile may be there all the same: nobody else calls one so. */
async function madeSurely(connect: Connect, wish: NewAppleProfile): Promise<AppleProfile> {
  try {
    return await createAppleProfile(connect, wish)
  } catch (error) {
    if (error instanceof ConnectRefused) throw error
    const there = await listAppleProfiles(connect).catch(() => {
      throw error
    })
    const made = there.find(({ name }) => name === wish.name)
    if (made === undefined) throw error
    return made
  }
}

/** Macs and Apple TVs of the team are left aside: Apple makes no profile for iOS with them. */
async function devicesFor(
  connect: Connect,
  { kind, devices: wanted }: NewProfile,
): Promise<AppleDevice[]> {
  const needsDevices = kind === 'development' || kind === 'ad_hoc'
  if (!needsDevices) {
    if (wanted === undefined || wanted.length === 0) return []
    throw invalid('devices', `are named, and a profile of the kind ${kind} is for no devices`)
  }
  const usable = (await listAppleDevices(connect)).filter(isUsableOn('ios'))
  if (usable.length === 0) {
    throw invalid('kind', `is ${kind}, and no device is registered at Apple: register one first`)
  }
  if (wanted === undefined) return usable
  if (wanted.length === 0) throw invalid('devices', 'must name at least one')
  const chosen = new Map<string, AppleDevice>()
  for (const udid of wanted) {
    const found = usable.find((each) => sameUdid(each.udid, udid))
    if (found === undefined) {
      throw invalid('devices', `name "${udid}", which is not registered and enabled at Apple`)
    }
    chosen.set(found.id, found)
  }
  return [...chosen.values()]
}

/** The stored certificate as Apple knows it, or those of before. */
async function certificatesFor(
  ctx: Ctx,
  connect: Connect,
  { kind, certificate: wanted, keeps = [] }: NewProfile,
): Promise<AppleCertificate[]> {
  const wantedKind = kind === 'development' ? 'development' : 'distribution'
  const { certificates } = await heldCredentials(ctx)
  const usable = certificates
    .filter(
      ({ name, id, described }) =>
        (wanted === undefined || wanted === '' || name === wanted || id === wanted) &&
        described.kind === wantedKind &&
        described.notAfter > ctx.clock(),
    )
    .toSorted((one, other) => other.described.notAfter - one.described.notAfter)
  const atApple = await listAppleCertificates(connect)
  const found = usable.flatMap((held) => knownAs(held, atApple) ?? [])
  const kept = atApple.filter(
    ({ certificateContent, expirationDate }) =>
      keeps.includes(sha1Of(certificateContent)) &&
      !(expirationDate && Date.parse(expirationDate) <= ctx.clock()),
  )
  if (!wanted && found.some((each) => kept.includes(each))) return kept
  const [best] = found
  if (best !== undefined) return [best]
  throw invalid(
    'certificate',
    usable.length === 0
      ? `is missing: no ${wantedKind} certificate that is good now is stored${wanted ? ` as "${wanted}"` : ''}; store one, or have one made`
      : `is of another team: Apple does not know ${usable.map(({ name }) => `"${name}"`).join(', ')} by this key`,
  )
}

const sha1Of = (base64: string | null | undefined): string =>
  createHash('sha1')
    .update(Buffer.from(base64 ?? '', 'base64'))
    .digest('hex')

const knownAs = (
  { described }: HeldCertificate,
  atApple: readonly AppleCertificate[],
): AppleCertificate | undefined =>
  atApple.find(({ serialNumber }) => sameSerial(serialNumber, described.serial))
