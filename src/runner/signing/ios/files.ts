import { join } from 'node:path'
import type { Plan } from '../../../pipeline/plan.ts'
import type { ClaimCertificate, ClaimProfile, ClaimSigning } from '../../../protocol/messages.ts'
import { exportOptions } from '../../../signing/apple/export-options.ts'
import { covers } from '../../../signing/apple/fit.ts'
import { fileNameOf, writeSigningFiles, type SigningFile } from '../files.ts'

export type AppleSigning = NonNullable<ClaimSigning['ios']>

/** Beyond every identifier's length. */
const patternRank = 1000

/** Packages for Macs are signed with certificates of their own kind, apps are not. */
export const signsCode = (kind: ClaimCertificate['kind']): boolean => !kind.endsWith('installer')

/** `<UUID>.mobileprovision`, as Xcode names it. */
export const profileFileName = ({ uuid, is_mac }: ClaimProfile): string =>
  `${fileNameOf(uuid)}.${is_mac ? 'provisionprofile' : 'mobileprovision'}`

export const certificateFileName = ({ sha1 }: ClaimCertificate): string => `${fileNameOf(sha1)}.p12`

/**
 * Writes certificates, profiles and ExportOptions.plist into the build's directory, for tools that
 * take paths; returns the variables of the steps. `xcode` is its version, null where there is none.
 */
export function installFiles(
  ios: AppleSigning,
  plan: Plan,
  directory: string,
  xcode: string | null,
): Record<string, string> {
  const variables: Record<string, string> = {}
  const files = new Map<string, SigningFile>()
  const add = (name: string, base64: string, variable: string | null) => {
    const path = join(directory, name)
    files.set(path, { path, bytes: Buffer.from(base64, 'base64') })
    if (variable !== null) variables[variable] = path
  }
  for (const certificate of ios.certificates) {
    add(certificateFileName(certificate), certificate.p12_base64, certificate.variable)
  }
  for (const profile of ios.profiles) {
    add(profileFileName(profile), profile.file_base64, profile.variable)
  }
  const { ios: asked } = plan.signing
  const isKnown = asked?.by === 'bundle' && !asked.bundleIdentifier.includes('$')
  const wanted = isKnown ? asked.bundleIdentifier : null
  const chosen = chosenFor(ios, wanted)
  const options = optionsFor(ios, wanted, chosen, xcode)
  const optionsPath = join(directory, 'ExportOptions.plist')
  if (options !== null) files.set(optionsPath, { path: optionsPath, bytes: Buffer.from(options) })
  writeSigningFiles([...files.values()])
  return {
    ...(chosen.certificate && { CODE_SIGN_IDENTITY: chosen.certificate.common_name }),
    ...(chosen.profile && { PROVISIONING_PROFILE_SPECIFIER: chosen.profile.profile_name }),
    ...(chosen.teamId !== null && { DEVELOPMENT_TEAM: chosen.teamId }),
    ...(options !== null && { EXPORT_OPTIONS_PLIST: optionsPath }),
    ...variables,
  }
}

type Chosen = {
  profile: ClaimProfile | null
  certificate: ClaimCertificate | null
  teamId: string | null
}

/** The profile of the app itself: identifiers of extensions begin with the app’s, so are longer. */
function chosenFor({ profiles, certificates }: AppleSigning, wanted: string | null): Chosen {
  const rank = ({ bundle_id: id }: ClaimProfile): number =>
    id.length + (id.endsWith('*') ? patternRank : 0)
  const own = profiles.filter(({ bundle_id: id }) => wanted !== null && covers(id, wanted))
  const [profile = null] = (own.length > 0 ? own : profiles).toSorted((a, b) => rank(a) - rank(b))
  const certificate = certificates.find(
    ({ sha1, kind }) =>
      signsCode(kind) && (profile === null || profile.certificates_sha1.includes(sha1)),
  )
  return {
    profile,
    certificate: certificate ?? null,
    teamId: profile?.team_id ?? certificate?.team_id ?? null,
  }
}

/** Null where it is not known which identifier is signed with which profile. */
function optionsFor(
  { profiles }: AppleSigning,
  wanted: string | null,
  { profile, certificate }: Chosen,
  xcode: string | null,
): string | null {
  if (profile === null || certificate === null) return null
  const named = profiles
    .filter(({ kind }) => kind === profile.kind)
    .flatMap(({ bundle_id: id, profile_name: name }) => {
      if (!id.endsWith('*')) return [[id, name] as const]
      // A pattern is no identifier; the app’s own is known where the file says it.
      return wanted !== null && covers(id, wanted) ? [[wanted, name] as const] : []
    })
  if (named.length === 0) return null
  return exportOptions({
    kind: profile.kind,
    teamId: profile.team_id,
    certificate: certificate.sha1.toUpperCase(),
    // The first of an identifier wins: profiles come with the best of each first.
    profiles: Object.fromEntries(named.toReversed()),
    xcode,
  })
}
