import type { Millis } from '../../lib/clock.ts'
import type { Artifact, ArtifactKind } from '../artifacts/artifact.ts'
import type { Build } from '../builds/build.ts'

/** What a phone can be given as it is. An app bundle is not: stores make apps out of it. */
export type InstallableKind = Extract<ArtifactKind, 'apk' | 'ipa'>

/** Can a phone install this kind of artifact as it is? */
export const isInstallable = (kind: ArtifactKind): kind is InstallableKind =>
  kind === 'apk' || kind === 'ipa'

/** What a provisioning profile lets an iOS app be installed on. */
export type Profile = {
  kind: 'development' | 'ad_hoc' | 'enterprise' | 'app_store'
  expiresAt: Millis | null
  /** How many devices are named in it; 0 where it names none. */
  deviceCount: number
  /** `com.lumen.wallet`, or with a `*` at its end; null where it does not say. */
  bundleIds: string | null
}

/** What an app says of itself. */
export type AppInfo = {
  title: string | null
  /** The bundle identifier of an iOS app. */
  bundleId: string | null
  version: string | null
  buildNumber: string | null
  /** The oldest system it runs on, such as `15.0`. */
  minimumOs: string | null
  profile: Profile | null
  /** Its icon as a PNG that every browser draws. */
  icon: Uint8Array<ArrayBuffer> | null
}

/**
 * What is known of an installable artifact beyond its row: `read` for an ipa, `unread` where it is
 * not what its name says, `unopened` for an apk, which is not looked into.
 */
export type Package =
  { is: 'read'; app: AppInfo } | { is: 'unread'; why: string } | { is: 'unopened' }

/** What a link leads to while it is good. */
export type Install = {
  artifact: Artifact
  build: Build
  /** Where the bytes lie. */
  file: string
  endsAt: Millis
}
