import type { Millis } from '../../lib/clock.ts'

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
