import type { Millis } from '../../lib/clock.ts'
import type { ArtifactKind } from '../artifacts/artifact.ts'
import type { AppInfo, Package, Profile } from './install.ts'

/** What a page is read on, as far as the browser says. An iPad may say that it is a Mac. */
export type Device = 'ios_safari' | 'ios_other' | 'android' | 'mac' | 'other'

/** Told by the `User-Agent`, which anyone may write: it only chooses what is shown first. */
export function deviceOf(userAgent: string): Device {
  if (/\b(iPhone|iPad|iPod)\b/.test(userAgent)) {
    return isSafari(userAgent) ? 'ios_safari' : 'ios_other'
  }
  if (/\bAndroid\b/.test(userAgent)) return 'android'
  return /\bMacintosh\b/.test(userAgent) ? 'mac' : 'other'
}

/** Other browsers of iOS say Safari too, and beside it their own name; windows in apps say neither. */
const isSafari = (userAgent: string): boolean =>
  /\bVersion\/[\d.]+.*\bSafari\//.test(userAgent) &&
  !/\b(CriOS|FxiOS|EdgiOS|OPiOS|OPT|GSA|DuckDuckGo|Brave|YaBrowser|FBAN|FBAV|Instagram|Line)\b/.test(
    userAgent,
  )

/** How this reader comes to the app. */
export type Way =
  /** By a button on this page. `hint` says what the phone will ask. */
  | { is: 'here'; hint: string }
  /** On another device, or in another browser. */
  | { is: 'elsewhere'; why: string }
  /** By no phone. `who` can do something about it reads `why`. */
  | { is: 'nowhere'; why: string }

export type Circumstances = {
  kind: ArtifactKind
  package: Package
  device: Device
  baseUrl: URL
  now: Millis
}

/** Where the app can be installed, and why not here. */
export function wayTo(what: Circumstances): Way {
  return what.kind === 'ipa' ? wayToIpa(what) : wayToApk(what)
}

function wayToApk({ device }: Circumstances): Way {
  if (device === 'android') {
    return {
      is: 'here',
      hint:
        'Open the file when it is here. Android asks once whether this browser may install unknown ' +
        'apps; an app of the same name that was signed otherwise has to be removed first.',
    }
  }
  const isPhone = device === 'ios_safari' || device === 'ios_other'
  return {
    is: 'elsewhere',
    why: isPhone
      ? 'This is an Android app, and this device runs iOS. Open the page on an Android phone.'
      : 'This is an Android app. Point the camera of an Android phone at the code below.',
  }
}

function wayToIpa(what: Circumstances): Way {
  const why = whyNotInstallable(what)
  if (why !== null) return { is: 'nowhere', why }
  switch (what.device) {
    case 'ios_safari':
      return { is: 'here', hint: iosHint(what.package) }
    case 'mac':
      return { is: 'here', hint: `On an iPad only, not on a Mac. ${iosHint(what.package)}` }
    case 'ios_other':
      return {
        is: 'elsewhere',
        why: 'iOS installs apps from Safari only. Copy the address of this page and open it there.',
      }
    case 'android':
      return {
        is: 'elsewhere',
        why: 'This is an iOS app, and this device runs Android. Open the page on an iPhone or iPad.',
      }
    case 'other':
      return {
        is: 'elsewhere',
        why: 'This is an iOS app. Point the camera of an iPhone or iPad at the code below.',
      }
  }
}

/**
 * Why no iPhone or iPad would install this; null where one may. Asked before a button is shown, for
 * the system itself only says “Unable to install”.
 */
export function whyNotInstallable(
  what: Pick<Circumstances, 'package' | 'baseUrl' | 'now'>,
): string | null {
  const { package: read, baseUrl, now } = what
  if (read.is !== 'read') {
    return read.is === 'unread'
      ? `This file is not an iOS app as it should be: ${read.why}.`
      : 'This file is no iOS app.'
  }
  const { app } = read
  if (app.bundleId === null) return 'The app has no bundle identifier (CFBundleIdentifier).'
  return (
    whyNotSigned(app, now) ??
    (baseUrl.protocol === 'https:'
      ? null
      : `iOS installs apps over https only, and this server is reached at ${baseUrl.origin}. Its ` +
        'operator sets OORE_BASE_URL to an https address that phones trust.')
  )
}

function whyNotSigned({ profile, bundleId }: AppInfo, now: Millis): string | null {
  if (profile === null) {
    return 'The app was built without a provisioning profile, so no device runs it. Build it with an ad hoc, development or enterprise profile.'
  }
  if (profile.kind === 'app_store') {
    return 'The app is signed for the App Store, which alone can hand it out; TestFlight does so for testers. Build it with an ad hoc, development or enterprise profile to install it from here.'
  }
  if (profile.expiresAt !== null && profile.expiresAt <= now) {
    return 'The provisioning profile of the app has expired. Renew it and build again.'
  }
  if (bundleId !== null && !isFor(profile, bundleId)) {
    return `The provisioning profile is for ${profile.bundleIds}, and the app is ${bundleId}. Build it with a profile of its own.`
  }
  return null
}

function isFor({ bundleIds }: Profile, bundleId: string): boolean {
  if (bundleIds === null || bundleIds === bundleId) return true
  return bundleIds.endsWith('*') && bundleId.startsWith(bundleIds.slice(0, -1))
}

function iosHint(read: Package): string {
  const kind = read.is === 'read' ? read.app.profile?.kind : undefined
  switch (kind) {
    case 'development':
      return 'It runs on the devices that its profile names. Since iOS 16, Developer Mode has to be on (Settings, Privacy & Security).'
    case 'enterprise':
      return 'Afterwards trust its developer once: Settings, General, VPN & Device Management.'
    default:
      return 'It runs on the devices that its profile names.'
  }
}
