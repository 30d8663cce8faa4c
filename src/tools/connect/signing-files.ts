import { join, resolve } from 'node:path'
import { OoreError } from '../../lib/errors.ts'
import { profileDirectories } from '../../runner/signing/ios/places.ts'
import type { SigningMachine } from '../../runner/signing/machine.ts'
import { readCertificate } from '../../signing/apple/certificate.ts'
import { type Profile, readProfile } from '../../signing/apple/profile.ts'
import { signingRequestFor } from '../../signing/apple/signing-request.ts'
import type { Connect } from '../../signing/connect/call.ts'
import {
  type AppleBundleId,
  type AppleCertificate,
  type AppleProfile,
  createAppleBundleId,
  createAppleCertificate,
  createAppleProfile,
  isUsableOn,
  listAppleBundleIds,
  listAppleCertificates,
  listAppleDevices,
  listAppleProfiles,
  profileNameAt,
} from '../../signing/connect/resources.ts'
import { log, ToolFailed } from '../values.ts'
import {
  certificateKeyGiven,
  type CertificateKeyOptions,
  isCertificateOf,
} from './certificate-key.ts'
import { type ProfileTypeName, profileTypes } from './profile-types.ts'
import { derOf, type P12Options, saveCertificate, saveFile } from './save.ts'

export type FetchOptions = CertificateKeyOptions &
  P12Options & {
    type: ProfileTypeName
    /** Of an app id that is registered. */
    platform?: 'IOS' | 'MAC_OS' | 'UNIVERSAL'
    create?: boolean
    strictMatchIdentifier?: boolean
    profilesDir?: string
  }

type Fetching = { connect: Connect; identifier: string; options: FetchOptions }

/**
 * Puts the profiles of an app and its extensions where Xcode finds them, and the certificates of the
 * given key where `keychain add-certificates` does; with `--create` what is missing is made at Apple.
 * Throws ToolFailed. Nothing is revoked or deleted.
 */
export async function fetchSigningFiles(
  machine: SigningMachine,
  fetching: Fetching,
): Promise<void> {
  const { options } = fetching
  const key = certificateKeyGiven(options)
  const apps = await appsOf(fetching)
  const certificates = await certificatesOf(fetching, key)
  const profiles = await profilesOf(fetching, apps, certificates)
  for (const at of certificates) saveCertificate(machine, { at, key, options })
  const ending =
    profileTypes[options.type].platform === 'macos' ? 'provisionprofile' : 'mobileprovision'
  for (const profile of profiles) {
    const directories = options.profilesDir ? [options.profilesDir] : profileDirectories(machine)
    for (const directory of directories) {
      saveFile(join(resolve(directory), `${profile.uuid}.${ending}`), contentOf(profile))
    }
  }
}

/** The app id, and those of extensions, which begin with it. */
async function appsOf({ connect, identifier, options }: Fetching): Promise<AppleBundleId[]> {
  const found = (await listAppleBundleIds(connect, identifier)).filter(
    (each) =>
      each.identifier === identifier ||
      (!options.strictMatchIdentifier && each.identifier.startsWith(`${identifier}.`)),
  )
  if (found.some((each) => each.identifier === identifier)) return found
  if (!options.create) {
    throw new ToolFailed(`Apple knows no app id ${identifier}. With --create it is registered.`)
  }
  const name = identifier.replaceAll(/[^A-Za-z0-9]+/g, ' ').trim()
  log(`Registering the app id ${identifier}.`)
  const platform = options.platform === 'MAC_OS' ? 'MAC_OS' : 'IOS'
  return [await createAppleBundleId(connect, { identifier, name, platform }), ...found]
}

/** Those that are of this key and good now. */
async function certificatesOf(
  { connect, options }: Fetching,
  key: string,
): Promise<AppleCertificate[]> {
  const { certificates } = profileTypes[options.type]
  const [wanted] = certificates
  const found = (await listAppleCertificates(connect)).filter(
    (each) =>
      certificates.some((kind) => kind === each.certificateType) &&
      isCertificateOf(key, derOf(each), connect.clock()),
  )
  if (found.length > 0) return found
  if (!options.create) {
    throw new ToolFailed(
      `Apple has no ${wanted} certificate of this private key that is good now. With --create one is issued.`,
    )
  }
  log(`Having a ${wanted} certificate issued.`)
  const csr = await signingRequestFor(key, 'Oore')
  return [await createAppleCertificate(connect, { certificateType: wanted, csr })]
}

/** For each app the profiles that are good now and name a certificate of the key. */
async function profilesOf(
  { connect, identifier, options }: Fetching,
  apps: readonly AppleBundleId[],
  certificates: readonly AppleCertificate[],
): Promise<AppleProfile[]> {
  const sha1s = new Set(certificates.map((each) => readCertificate(derOf(each)).sha1))
  const usable = (await listAppleProfiles(connect))
    .filter((each) => each.profileType === options.type && each.profileState === 'ACTIVE')
    .flatMap((at) => profileIn(at))
    .filter(({ profile }) => profile.certificates.some(({ sha1 }) => sha1s.has(sha1)))
  const fetched: AppleProfile[] = []
  for (const app of apps) {
    const own = usable.filter(({ profile }) => profile.bundleId === app.identifier)
    if (own.length > 0) fetched.push(...own.map(({ at }) => at))
    else if (options.create)
      fetched.push(await makeProfile(connect, app, certificates, options.type))
    else if (app.identifier !== identifier) log(`Passed over ${app.identifier}: it has no profile.`)
    else {
      throw new ToolFailed(
        `Apple has no profile ${options.type} of ${identifier} with this certificate. With --create one is made.`,
      )
    }
  }
  return fetched
}

/** One that cannot be read is none that could be used. */
function profileIn(at: AppleProfile): { at: AppleProfile; profile: Profile }[] {
  try {
    return [{ at, profile: readProfile(contentOf(at)) }]
  } catch (error) {
    if (error instanceof OoreError) return []
    throw error
  }
}

async function makeProfile(
  connect: Connect,
  app: AppleBundleId,
  certificates: readonly AppleCertificate[],
  profileType: FetchOptions['type'],
): Promise<AppleProfile> {
  log(`Having a profile ${profileType} made for ${app.identifier}.`)
  const { needsDevices, platform } = profileTypes[profileType]
  const devices = needsDevices ? (await listAppleDevices(connect)).filter(isUsableOn(platform)) : []
  if (needsDevices && devices.length === 0) {
    throw new ToolFailed(
      `A profile ${profileType} is for devices, and none is registered at Apple.`,
    )
  }
  const [certificate] = certificates
  return createAppleProfile(connect, {
    name: profileNameAt(`${app.identifier} ${profileType}`, connect.clock()),
    profileType,
    bundleId: app.id,
    certificates: certificate === undefined ? [] : [certificate.id],
    devices: devices.map(({ id }) => id),
  })
}

const contentOf = ({ profileContent }: AppleProfile): Buffer =>
  Buffer.from(profileContent ?? '', 'base64')
