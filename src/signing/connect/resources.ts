import { z } from 'zod'
import { isoTime, type Millis } from '../../lib/clock.ts'
import { OoreError } from '../../lib/errors.ts'
import type { CertificateKind } from '../apple/certificate.ts'
import type { ProfileKind } from '../apple/profile.ts'
import { askConnect, type Connect, ConnectRefused } from './call.ts'

/*
 * What of the App Store Connect API is used: devices, bundle ids, certificates and profiles
 * ("Provisioning" in Apple's documentation). Only what is used of an answer is read.
 */

const perPage = '200'
/** A team has at most some hundreds of each; more is a mistake of somebody's. */
const pagesMax = 50

const resource = <A extends z.ZodRawShape>(attributes: A) =>
  z.object({ id: z.string(), attributes: z.object(attributes) })

const device = resource({
  name: z.string(),
  udid: z.string(),
  platform: z.string(),
  status: z.string(),
  deviceClass: z.string().nullish(),
  model: z.string().nullish(),
})
const bundleId = resource({ identifier: z.string(), name: z.string(), platform: z.string() })
const certificate = resource({
  displayName: z.string().nullish(),
  name: z.string(),
  certificateType: z.string(),
  serialNumber: z.string(),
  expirationDate: z.string().nullish(),
  certificateContent: z.string().nullish(),
})
const profile = resource({
  name: z.string(),
  uuid: z.string(),
  profileType: z.string(),
  profileState: z.string(),
  expirationDate: z.string().nullish(),
  profileContent: z.string().nullish(),
})

export type AppleDevice = z.infer<typeof device>['attributes'] & { id: string }
export type AppleBundleId = z.infer<typeof bundleId>['attributes'] & { id: string }
export type AppleCertificate = z.infer<typeof certificate>['attributes'] & { id: string }
export type AppleProfile = z.infer<typeof profile>['attributes'] & { id: string }

type Shape = typeof device | typeof bundleId | typeof certificate | typeof profile

/** All of a kind, page after page. */
async function all<S extends Shape>(
  connect: Connect,
  shape: S,
  path: string,
  query: Record<string, string> = {},
): Promise<(z.infer<S>['attributes'] & { id: string })[]> {
  const found: (z.infer<S>['attributes'] & { id: string })[] = []
  for await (const { data } of pagesOf(connect, z.object({ data: z.array(shape) }), path, query)) {
    found.push(...data.map(({ id, attributes }) => ({ ...attributes, id })))
  }
  return found
}

/** The pages of a list, each read by a schema, to the last one. */
export async function* pagesOf<T>(
  connect: Connect,
  schema: z.ZodType<T>,
  path: string,
  query: Record<string, string> = {},
): AsyncGenerator<T> {
  let next: string | null = path
  let sent: Record<string, string> = { ...query, limit: perPage }
  for (let count = 0; next !== null && count < pagesMax; count += 1) {
    const answer: unknown = await askConnect(connect, { path: next, query: sent })
    yield understood(schema, answer)
    next = understood(links, answer).links?.next ?? null
    sent = {}
  }
}

const links = z.object({ links: z.object({ next: z.string().nullish() }).nullish() })

/** Throws OoreError `unavailable` where Apple's answer is another than documented. */
function understood<T>(schema: z.ZodType<T>, answer: unknown): T {
  const read = schema.safeParse(answer)
  if (read.success) return read.data
  const [issue] = read.error.issues
  throw new OoreError(
    'unavailable',
    `App Store Connect answered in a way that is not understood (${issue?.path.join('.') ?? ''}).`,
  )
}

const one = <S extends Shape>(
  shape: S,
  answer: unknown,
): z.infer<S>['attributes'] & { id: string } => {
  const { data } = understood(z.object({ data: shape }), answer) as { data: z.infer<S> }
  return { ...data.attributes, id: data.id }
}

export const listAppleDevices = (connect: Connect): Promise<AppleDevice[]> =>
  all(connect, device, '/v1/devices')

/** What a profile is for; watches are in those for iOS. */
export type DevicePlatform = 'ios' | 'macos' | 'tvos'

/** Apple's `deviceClass` of what each may name, and its platform where no class is told. */
const devicesOf: Record<DevicePlatform, { classes: readonly string[]; platform: string | null }> = {
  ios: { classes: ['IPHONE', 'IPAD', 'IPOD', 'APPLE_WATCH'], platform: 'IOS' },
  macos: { classes: ['MAC'], platform: 'MAC_OS' },
  tvos: { classes: ['APPLE_TV'], platform: null },
}

/** May a profile for a platform name it, as things stand at Apple? */
export const isUsableOn =
  (on: DevicePlatform) =>
  ({ platform, deviceClass, status }: AppleDevice): boolean => {
    const { classes, platform: own } = devicesOf[on]
    return status === 'ENABLED' && (deviceClass ? classes.includes(deviceClass) : platform === own)
  }

/** Registers a device. One that is registered already is given as it is there. */
export async function registerAppleDevice(
  connect: Connect,
  { name, udid }: { name: string; udid: string },
): Promise<AppleDevice> {
  const attributes = { name, udid, platform: 'IOS' }
  try {
    const body = { data: { type: 'devices', attributes } }
    return one(device, await askConnect(connect, { method: 'POST', path: '/v1/devices', body }))
  } catch (error) {
    if (!(error instanceof ConnectRefused) || error.status !== 409) throw error
    // Whatever the case of the letters that it was registered in, and disabled ones too.
    const there = await listAppleDevices(connect)
    const found = there.find((each) => each.udid.toLowerCase() === udid.toLowerCase())
    if (found === undefined) throw error
    return found
  }
}

/** The app ids of a team; those alone that begin so, where that is said. */
export const listAppleBundleIds = (
  connect: Connect,
  beginning?: string,
): Promise<AppleBundleId[]> =>
  all(
    connect,
    bundleId,
    '/v1/bundleIds',
    beginning === undefined ? {} : { 'filter[identifier]': beginning },
  )

/** The app id with exactly this identifier: Apple's filter takes all that begin with it. */
export async function findAppleBundleId(
  connect: Connect,
  identifier: string,
): Promise<AppleBundleId | null> {
  const found = await listAppleBundleIds(connect, identifier)
  return found.find((each) => each.identifier === identifier) ?? null
}

export type NewAppleBundleId = {
  identifier: string
  name: string
  /** `UNIVERSAL` is documented too, and refused since 2025; apps for both take the one for iOS. */
  platform?: 'IOS' | 'MAC_OS'
}

/** Registers an app id. Throws ConnectRefused where it is taken, by this team or another. */
export async function createAppleBundleId(
  connect: Connect,
  { identifier, name, platform = 'IOS' }: NewAppleBundleId,
): Promise<AppleBundleId> {
  const attributes = { identifier, name, platform }
  const body = { data: { type: 'bundleIds', attributes } }
  return one(bundleId, await askConnect(connect, { method: 'POST', path: '/v1/bundleIds', body }))
}

export const listAppleCertificates = (connect: Connect): Promise<AppleCertificate[]> =>
  all(connect, certificate, '/v1/certificates')

/** What Apple calls the kinds that it issues by its API. */
export const certificateTypes: Partial<Record<CertificateKind, string>> = {
  development: 'DEVELOPMENT',
  distribution: 'DISTRIBUTION',
}

/** Has a certificate issued for a signing request in PEM. Throws ConnectRefused at Apple's limit. */
export async function createAppleCertificate(
  connect: Connect,
  { certificateType, csr }: { certificateType: string; csr: string },
): Promise<AppleCertificate> {
  const attributes = { certificateType, csrContent: csr }
  const body = { data: { type: 'certificates', attributes } }
  return one(
    certificate,
    await askConnect(connect, { method: 'POST', path: '/v1/certificates', body }),
  )
}

export const listAppleProfiles = (connect: Connect): Promise<AppleProfile[]> =>
  all(connect, profile, '/v1/profiles')

/** What Apple calls the kinds of profiles for iOS. */
export const profileTypes: Partial<Record<ProfileKind, string>> = {
  development: 'IOS_APP_DEVELOPMENT',
  ad_hoc: 'IOS_APP_ADHOC',
  app_store: 'IOS_APP_STORE',
  enterprise: 'IOS_APP_INHOUSE',
}

/** Names of profiles are taken once in a team, so the time is part of them, to the millisecond. */
export const profileNameAt = (what: string, at: Millis): string =>
  `${what} ${isoTime(at).slice(0, 23).replace('T', ' ').replace(/[:.]/g, '')}`

export type NewAppleProfile = {
  name: string
  profileType: string
  bundleId: string
  certificates: readonly string[]
  /** Apple's ids; only for the kinds that are for devices. */
  devices: readonly string[]
}

/** Has a profile made. Profiles are never changed: another device means another profile. */
export async function createAppleProfile(
  connect: Connect,
  wish: NewAppleProfile,
): Promise<AppleProfile> {
  const idOf = (type: string) => (id: string) => ({ type, id })
  const body = {
    data: {
      type: 'profiles',
      attributes: { name: wish.name, profileType: wish.profileType },
      relationships: {
        bundleId: { data: idOf('bundleIds')(wish.bundleId) },
        certificates: { data: wish.certificates.map(idOf('certificates')) },
        ...(wish.devices.length > 0 && { devices: { data: wish.devices.map(idOf('devices')) } }),
      },
    },
  }
  return one(profile, await askConnect(connect, { method: 'POST', path: '/v1/profiles', body }))
}

/** Deletes a profile. One that is gone already is fine. */
export async function deleteAppleProfile(connect: Connect, id: string): Promise<void> {
  try {
    await askConnect(connect, { method: 'DELETE', path: `/v1/profiles/${encodeURIComponent(id)}` })
  } catch (error) {
    if (error instanceof ConnectRefused && error.status === 404) return
    throw error
  }
}
