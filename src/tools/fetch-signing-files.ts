import { createPrivateKey, createPublicKey, randomBytes, X509Certificate } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { OoreError } from '../lib/errors.ts'
import { machineVariable } from '../lib/machine-variables.ts'
import { certificateDirectory, profileDirectories } from '../runner/signing/ios/places.ts'
import type { SigningMachine } from '../runner/signing/machine.ts'
import { readCertificate } from '../signing/apple/certificate.ts'
import { makeP12 } from '../signing/apple/p12.ts'
import { type Profile, readProfile } from '../signing/apple/profile.ts'
import { signingRequestFor } from '../signing/apple/signing-request.ts'
import type { Connect } from '../signing/connect/call.ts'
import {
  type AppleBundleId,
  type AppleCertificate,
  type AppleProfile,
  createAppleBundleId,
  createAppleCertificate,
  createAppleProfile,
  isUsableForIos,
  listAppleBundleIds,
  listAppleCertificates,
  listAppleDevices,
  listAppleProfiles,
  profileNameAt,
} from '../signing/connect/resources.ts'
import { note } from './journal.ts'
import { say, ToolFailed, valueOf } from './values.ts'

/** What can be fetched, and the kind of certificate that each is signed with. */
export const fetchedTypes = {
  IOS_APP_DEVELOPMENT: { certificate: 'DEVELOPMENT', needsDevices: true },
  IOS_APP_ADHOC: { certificate: 'DISTRIBUTION', needsDevices: true },
  IOS_APP_STORE: { certificate: 'DISTRIBUTION', needsDevices: false },
  IOS_APP_INHOUSE: { certificate: 'DISTRIBUTION', needsDevices: false },
} as const

export type FetchOptions = {
  type: keyof typeof fetchedTypes
  create?: boolean
  strictMatchIdentifier?: boolean
  certificateKey?: string
  certificateKeyPassword?: string
  p12Password?: string
  certificatesDir?: string
  profilesDir?: string
}

type Fetching = { connect: Connect; identifier: string; options: FetchOptions }
/** A certificate at Apple, and it itself. */
type Held = { at: AppleCertificate; der: Buffer }

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
  const key = keyGiven(options)
  const apps = await appsOf(fetching)
  const certificates = await certificatesOf(fetching, key)
  const profiles = await profilesOf(fetching, apps, certificates)
  const password = options.p12Password === undefined ? '' : valueOf(options.p12Password)
  for (const { at, der } of certificates) {
    const directory = options.certificatesDir ?? certificateDirectory(machine)
    // A name of its own, so that no file of somebody's is written over.
    const name = `${at.certificateType}_${at.id}_${randomBytes(4).toString('hex')}.p12`
    save(directory, name, makeP12(key, der, password))
  }
  for (const profile of profiles) {
    const directories = options.profilesDir ? [options.profilesDir] : profileDirectories(machine)
    for (const directory of directories) {
      save(directory, `${profile.uuid}.mobileprovision`, contentOf(profile))
    }
  }
}

/** The key in PKCS#8, in PEM. */
function keyGiven(options: FetchOptions): string {
  const given = (option: string | undefined, variable: string) =>
    option === undefined ? machineVariable(variable) : valueOf(option)
  const text = given(options.certificateKey, 'CERTIFICATE_PRIVATE_KEY')?.trim()
  if (!text) {
    throw new ToolFailed(
      'The private key of the certificate is missing: set CERTIFICATE_PRIVATE_KEY, or say --certificate-key.',
      2,
    )
  }
  const passphrase = given(options.certificateKeyPassword, 'CERTIFICATE_PRIVATE_KEY_PASSWORD')
  try {
    const key = createPrivateKey({ key: text, ...(passphrase && { passphrase }) })
    if (key.asymmetricKeyType === 'rsa')
      return key.export({ format: 'pem', type: 'pkcs8' }).toString()
  } catch (cause) {
    throw new ToolFailed(
      `The private key of the certificate cannot be read${passphrase ? ' with its password' : ''}: it is a key in PEM, like \`ssh-keygen -t rsa -b 2048 -m PEM\` makes it.`,
      2,
      { cause },
    )
  }
  throw new ToolFailed('The private key of the certificate is none of RSA, which Apple wants.', 2)
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
  say(`Registering the app id ${identifier}.`)
  return [await createAppleBundleId(connect, { identifier, name }), ...found]
}

/** Those that are of this key and good now. */
async function certificatesOf({ connect, options }: Fetching, key: string): Promise<Held[]> {
  const wanted = fetchedTypes[options.type].certificate
  const own = spkiOf(key)
  const found = (await listAppleCertificates(connect)).flatMap((at): Held[] => {
    const der = Buffer.from(at.certificateContent ?? '', 'base64')
    const isKind = at.certificateType === wanted || at.certificateType === `IOS_${wanted}`
    return isKind && isOf(der, own, connect) ? [{ at, der }] : []
  })
  if (found.length > 0) return found
  if (!options.create) {
    throw new ToolFailed(
      `Apple has no ${wanted.toLowerCase()} certificate of this private key that is good now. With --create one is issued.`,
    )
  }
  say(`Having a ${wanted.toLowerCase()} certificate issued.`)
  const csr = signingRequestFor(key, 'Oore')
  const at = await createAppleCertificate(connect, { certificateType: wanted, csr })
  return [{ at, der: Buffer.from(at.certificateContent ?? '', 'base64') }]
}

const spkiOf = (key: string): Buffer =>
  createPublicKey(createPrivateKey(key)).export({ format: 'der', type: 'spki' })

function isOf(der: Buffer, spki: Buffer, { clock }: Connect): boolean {
  try {
    const { publicKey } = new X509Certificate(der)
    const isOwn = publicKey.export({ format: 'der', type: 'spki' }).equals(spki)
    return isOwn && readCertificate(der).notAfter > clock()
  } catch {
    return false
  }
}

/** For each app the profiles that are good now and name a certificate of the key. */
async function profilesOf(
  { connect, identifier, options }: Fetching,
  apps: readonly AppleBundleId[],
  certificates: readonly Held[],
): Promise<AppleProfile[]> {
  const sha1s = new Set(certificates.map(({ der }) => readCertificate(der).sha1))
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
    else if (app.identifier !== identifier) say(`Passed over ${app.identifier}: it has no profile.`)
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
  certificates: readonly Held[],
  profileType: FetchOptions['type'],
): Promise<AppleProfile> {
  say(`Having a profile ${profileType} made for ${app.identifier}.`)
  const { needsDevices } = fetchedTypes[profileType]
  const devices = needsDevices ? (await listAppleDevices(connect)).filter(isUsableForIos) : []
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
    certificates: certificate === undefined ? [] : [certificate.at.id],
    devices: devices.map(({ id }) => id),
  })
}

const contentOf = ({ profileContent }: AppleProfile): Buffer =>
  Buffer.from(profileContent ?? '', 'base64')

/** Noted before it is written, so that nothing lies about after the build. */
function save(directory: string, name: string, bytes: Uint8Array): void {
  const path = join(resolve(directory), name)
  if (existsSync(path) && readFileSync(path).equals(bytes)) return say(`${path} is there already.`)
  mkdirSync(resolve(directory), { recursive: true })
  note({ kind: 'file', path })
  writeFileSync(path, bytes, { mode: 0o600 })
  say(`Saved ${path}.`)
}
