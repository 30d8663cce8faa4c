import type { Millis } from '../../lib/clock.ts'
import {
  dictionaryAt,
  NoPlist,
  type PlistDictionary,
  type PlistValue,
  textAt,
  textsAt,
} from '../../lib/plist/plist.ts'
import { readPlist } from '../../lib/plist/read.ts'
import { MiB, sizeText } from '../../lib/sizes.ts'
import { NotDer } from '../der.ts'
import { refuse } from '../refusal.ts'
import { whatItIs } from '../sniff.ts'
import { readCertificate } from './certificate.ts'
import { readSigned } from './cms.ts'

/** In the words of `distribution_type`, and Developer ID for apps outside the Mac App Store. */
export type ProfileKind = 'development' | 'ad_hoc' | 'app_store' | 'enterprise' | 'developer_id'

/** A provisioning profile as it says of itself. */
export type Profile = {
  uuid: string
  name: string
  teamId: string
  teamName: string | null
  appIdName: string | null
  /** After the prefix; ends in `*` where it is for several. */
  bundleId: string
  kind: ProfileKind
  /** `iOS`, `xrOS`, `visionOS`, `tvOS`, `OSX`, as written. */
  platforms: string[]
  createdAt: Millis
  expiresAt: Millis
  /** UDIDs; empty where it is for none or for all. */
  devices: string[]
  /** The certificates that may sign with it. */
  certificates: { sha1: string; commonName: string; notAfter: Millis }[]
  entitlements: Record<string, unknown>
  /** Made by Xcode itself, which manual signing refuses. */
  isXcodeManaged: boolean
}

/** Thousands of devices with as many certificates stay far below. */
export const profileBytesMax = 4 * MiB

/**
 * Reads a provisioning profile, .mobileprovision or .provisionprofile. An expired one is read like
 * any other. That its signature is Apple's is not asked, only that its text is what was signed: Xcode
 * and the device refuse it otherwise. Throws OoreError `invalid` at `file`.
 */
export function readProfile(bytes: Uint8Array): Profile {
  if (bytes.length > profileBytesMax) {
    const most = sizeText(profileBytesMax)
    throw refuse('file', `The file has ${sizeText(bytes.length)}; a profile has at most ${most}.`)
  }
  const { content, isSound, isSigned } = messageIn(bytes)
  if (isSound === false || !isSigned) {
    throw refuse(
      'file',
      'The profile was changed after it was signed: its signature does not hold. Download it again from Apple’s developer account.',
    )
  }
  try {
    return profileOf(readPlist(content))
  } catch (cause) {
    if (!(cause instanceof NoPlist)) throw cause
    throw refuse('file', `The profile cannot be read: ${cause.message}. Download it again.`, cause)
  }
}

/** Has it ended, or will it have by then? */
export const isExpired = ({ expiresAt }: Pick<Profile, 'expiresAt'>, at: Millis): boolean =>
  expiresAt <= at

function messageIn(bytes: Uint8Array) {
  try {
    return readSigned(bytes)
  } catch (cause) {
    if (!(cause instanceof NotDer)) throw cause
    const found = whatItIs(bytes)
    const isOther = found !== null && !/^a (provisioning|signed)/.test(found)
    throw refuse(
      'file',
      isOther
        ? `This is ${found}, not a provisioning profile (.mobileprovision).`
        : `The file is no provisioning profile, or is incomplete (${cause.message}). Download it again from Apple’s developer account.`,
      cause,
    )
  }
}

function profileOf(list: PlistDictionary): Profile {
  const entitlements = dictionaryAt(list, 'Entitlements')
  const applicationId =
    textAt(entitlements, 'application-identifier') ??
    textAt(entitlements, 'com.apple.application-identifier')
  const platforms = textsAt(list, 'Platform')
  return {
    uuid: needed(textAt(list, 'UUID'), 'UUID'),
    name: needed(textAt(list, 'Name'), 'Name'),
    teamId: needed(
      textsAt(list, 'TeamIdentifier')[0] ?? textsAt(list, 'ApplicationIdentifierPrefix')[0] ?? null,
      'TeamIdentifier',
    ),
    teamName: textAt(list, 'TeamName'),
    appIdName: textAt(list, 'AppIDName'),
    bundleId: afterPrefix(needed(applicationId, 'Entitlements.application-identifier')),
    kind: kindOf(list, entitlements),
    platforms,
    createdAt: timeAt(list, 'CreationDate'),
    expiresAt: timeAt(list, 'ExpirationDate'),
    devices: textsAt(list, 'ProvisionedDevices'),
    certificates: certificatesIn(list),
    entitlements: Object.fromEntries([...entitlements].map(([key, value]) => [key, plain(value)])),
    isXcodeManaged: list.get('IsXcodeManaged') === true,
  }
}

function needed(text: string | null, key: string): string {
  if (text !== null) return text
  throw refuse('file', `The file is no provisioning profile: it has no ${key}.`)
}

/** `TEAM123456.com.lumen.wallet` → `com.lumen.wallet`. */
const afterPrefix = (applicationId: string): string =>
  applicationId.slice(applicationId.indexOf('.') + 1)

function timeAt(list: PlistDictionary, key: string): Millis {
  const value = list.get(key)
  if (value instanceof Date && !isNaN(value.getTime())) return value.getTime()
  throw refuse('file', `The file is no provisioning profile: it has no ${key}.`)
}

/** Kinds are nowhere named: they follow from who may install, and whether a debugger may attach. */
function kindOf(list: PlistDictionary, entitlements: PlistDictionary): ProfileKind {
  const isMac =
    textsAt(list, 'Platform').includes('OSX') ||
    entitlements.has('com.apple.application-identifier')
  if (list.get('ProvisionsAllDevices') === true) {
    // Apps for everyone's Mac are signed with a Developer ID; no enterprise has such.
    return isMac ? 'developer_id' : 'enterprise'
  }
  if (!Array.isArray(list.get('ProvisionedDevices'))) return 'app_store'
  // There is no ad hoc for Macs, and their profiles for development do not speak of debuggers.
  return isMac || entitlements.get('get-task-allow') === true ? 'development' : 'ad_hoc'
}

function certificatesIn(list: PlistDictionary): Profile['certificates'] {
  const all = list.get('DeveloperCertificates')
  return (Array.isArray(all) ? all : []).flatMap((each) => {
    if (!(each instanceof Uint8Array)) return []
    try {
      const { sha1, commonName, notAfter } = readCertificate(each)
      return [{ sha1, commonName, notAfter }]
    } catch {
      return []
    }
  })
}

/** As JSON can hold it: dates as text, bytes as base64. */
function plain(value: PlistValue): unknown {
  if (value instanceof Date) return value.toISOString()
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
  if (Array.isArray(value)) return value.map(plain)
  if (value instanceof Map) return Object.fromEntries([...value].map(([k, v]) => [k, plain(v)]))
  return value
}
