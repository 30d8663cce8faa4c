import { OoreError } from '../../lib/errors.ts'
import { isoTime, type Millis } from '../../lib/clock.ts'
import type { HeldCertificate } from '../../signing/apple/fit.ts'
import type { ProfileKind } from '../../signing/apple/profile.ts'
import type { Connect } from '../../signing/connect/call.ts'
import {
  type AppleCertificate,
  createAppleProfile,
  deleteAppleProfile,
  findAppleBundleId,
  listAppleCertificates,
  listAppleDevices,
  profileTypes,
} from '../../signing/connect/resources.ts'
import { may, refused } from '../access/may.ts'
import { addCredential } from '../credentials/add.ts'
import type { Credential } from '../credentials/credential.ts'
import { findCredentialRow, heldCredentials } from '../credentials/find.ts'
import type { Ctx } from '../ctx.ts'
import type { Profile } from '../../signing/apple/profile.ts'
import { connectBy } from './connect.ts'
import { sameSerial, told } from './show.ts'

export type NewProfile = {
  bundle_id: string
  kind: ProfileKind
  /** Of a stored certificate; the one of the kind that is good for longest where nobody says. */
  certificate?: string | undefined
  name?: string | undefined
  replace?: boolean | undefined
}

/**
 * Has a profile made at Apple for a bundle identifier, with a stored certificate and, for the kinds
 * that are for devices, every device that is enabled there; and stores it.
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
  const made = await told(() => makeAtApple(ctx, connect, { ...wish, profileType }))
  return addCredential(ctx, 'profile', {
    file: { name: '', bytes: Buffer.from(made.profileContent ?? '', 'base64') },
    fields: {},
    name: wish.name,
    replace: wish.replace,
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
  const certificate = await certificateFor(ctx, connect, wish)
  const needsDevices = wish.kind === 'development' || wish.kind === 'ad_hoc'
  const devices = needsDevices
    ? (await listAppleDevices(connect)).filter(({ status }) => status === 'ENABLED')
    : []
  if (needsDevices && devices.length === 0) {
    throw invalid(
      'kind',
      `is ${wish.kind}, and no device is registered at Apple: register one first`,
    )
  }
  return createAppleProfile(connect, {
    name: `${wish.bundle_id} ${wish.kind} ${stamp(ctx.clock())}`,
    profileType: wish.profileType,
    bundleId: app.id,
    certificates: [certificate.id],
    devices: devices.map(({ id }) => id),
  })
}

/** Names are taken once in a team, so the time is part of them. */
const stamp = (at: Millis): string => isoTime(at).slice(0, 19).replace('T', ' ').replaceAll(':', '')

/** The stored certificate as Apple knows it. */
async function certificateFor(
  ctx: Ctx,
  connect: Connect,
  { kind, certificate: wanted }: NewProfile,
): Promise<AppleCertificate> {
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
  const [best] = found
  if (best !== undefined) return best
  throw invalid(
    'certificate',
    usable.length === 0
      ? `is missing: no ${wantedKind} certificate that is good now is stored${wanted ? ` as "${wanted}"` : ''}; store one, or have one made`
      : `is of another team: Apple does not know ${usable.map(({ name }) => `"${name}"`).join(', ')} by this key`,
  )
}

const knownAs = (
  { described }: HeldCertificate,
  atApple: readonly AppleCertificate[],
): AppleCertificate | undefined =>
  atApple.find(({ serialNumber }) => sameSerial(serialNumber, described.serial))

/**
 * Has the same profile made anew, with the devices there are now, and puts it in the place of the
 * stored one. The old one is deleted at Apple only where Oore had it made and `deletes_old` is said.
 */
export async function renewProfile(
  ctx: Ctx,
  idOrName: string,
  {
    key,
    deletes_old: deletesOld = false,
  }: { key?: string | undefined; deletes_old?: boolean | undefined },
): Promise<Credential<'profile'>> {
  if (!may(ctx.actor, 'signing.change')) throw refused(ctx.actor, 'signing.change')
  const row = await findCredentialRow(ctx, 'profile', idOrName)
  const { bundleId, kind } = row.described as Profile
  const by = key?.trim() || row.appStoreKeyId
  if (!by) throw invalid('key', 'is missing: name the App Store Connect key to renew it with')
  const renewed = await createProfile(ctx, by, {
    bundle_id: bundleId,
    kind,
    name: row.name,
    replace: true,
  })
  if (deletesOld && row.appleId !== null) {
    const { connect } = await connectBy(ctx, by)
    await told(() => deleteAppleProfile(connect, row.appleId!))
  }
  return renewed
}

function invalid(field: string, message: string): OoreError {
  return new OoreError('invalid', `The ${field} ${message}.`, { fields: [{ field, message }] })
}
