import { writeXmlPlist } from '../../lib/plist/write.ts'
import type { ProfileKind } from './profile.ts'

/** What is to be said to `xcodebuild -exportArchive` about an app and what is inside of it. */
export type ExportWish = {
  kind: ProfileKind
  teamId: string
  /** The certificate's SHA-1, upper case, or its name. */
  certificate: string
  /** By bundle identifier: the profile's name or UUID. */
  profiles: Record<string, string>
  /** `15.4`; null where Xcode does not say. */
  xcode: string | null
  /** Keys that somebody wants otherwise; they win. */
  custom?: Record<string, unknown>
}

/** Xcode 15.3 renamed the methods; those before know only the old names (signing.md 4.4). */
const methods: Record<ProfileKind, { old: string; since153: string }> = {
  development: { old: 'development', since153: 'debugging' },
  ad_hoc: { old: 'ad-hoc', since153: 'release-testing' },
  app_store: { old: 'app-store', since153: 'app-store-connect' },
  enterprise: { old: 'enterprise', since153: 'enterprise' },
  developer_id: { old: 'developer-id', since153: 'developer-id' },
}

/** The text of an ExportOptions.plist for manual signing. */
export function exportOptions(wish: ExportWish): string {
  const { kind, teamId, certificate, profiles, xcode, custom = {} } = wish
  const { old, since153 } = methods[kind]
  return writeXmlPlist({
    method: isSince153(xcode) ? since153 : old,
    signingStyle: 'manual',
    teamID: teamId,
    signingCertificate: certificate,
    provisioningProfiles: profiles,
    destination: 'export',
    uploadSymbols: true,
    stripSwiftSymbols: true,
    ...custom,
  })
}

/** The old names are still taken by newer ones, so an unknown version gets those. */
function isSince153(version: string | null): boolean {
  const [major = 0, minor = 0] = (version ?? '0').split('.').map(Number)
  return major > 15 || (major === 15 && minor >= 3)
}
