import { dictionaryAt, NoPlist, type PlistDictionary, textAt } from '../../lib/plist/plist.ts'
import { readPlist } from '../../lib/plist/read.ts'
import type { Profile } from './install.ts'

/**
 * Reads `embedded.mobileprovision`. It is a signed message (CMS) with the property list inside of it
 * as it is; the signature is not checked here, because the phone does that, and nothing depends on
 * it but what is said to the reader. Throws NoPlist.
 */
export function readProfile(bytes: Buffer): Profile {
  const start = bytes.indexOf('<?xml')
  const end = bytes.lastIndexOf('</plist>')
  if (start < 0 || end < start) throw new NoPlist('there is no property list in it')
  const list = readPlist(bytes.subarray(start, end + '</plist>'.length))
  const expires = list.get('ExpirationDate')
  const devices = list.get('ProvisionedDevices')
  return {
    kind: kindOf(list),
    expiresAt: expires instanceof Date && !isNaN(expires.getTime()) ? expires.getTime() : null,
    deviceCount: Array.isArray(devices) ? devices.length : 0,
    bundleIds: bundleIdsOf(dictionaryAt(list, 'Entitlements')),
  }
}

/** Kinds are nowhere named: they follow from who may install, and whether a debugger may attach. */
function kindOf(list: PlistDictionary): Profile['kind'] {
  if (list.get('ProvisionsAllDevices') === true) return 'enterprise'
  if (!Array.isArray(list.get('ProvisionedDevices'))) return 'app_store'
  const mayDebug = dictionaryAt(list, 'Entitlements').get('get-task-allow') === true
  return mayDebug ? 'development' : 'ad_hoc'
}

/** `TEAM123456.com.lumen.wallet` → `com.lumen.wallet`. */
function bundleIdsOf(entitlements: PlistDictionary): string | null {
  const full = textAt(entitlements, 'application-identifier')
  return full === null ? null : full.slice(full.indexOf('.') + 1)
}
