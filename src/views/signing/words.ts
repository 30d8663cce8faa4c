import type { Credential } from '../../core/credentials/credential.ts'
import type { CertificateKind } from '../../signing/apple/certificate.ts'
import type { ProfileKind } from '../../signing/apple/profile.ts'

export const certificateKindWords: Record<CertificateKind, string> = {
  development: 'Development',
  distribution: 'Distribution',
  mac_installer: 'Mac installer',
  developer_id_application: 'Developer ID application',
  developer_id_installer: 'Developer ID installer',
}

export const profileKindWords: Record<ProfileKind, string> = {
  development: 'Development',
  ad_hoc: 'Ad hoc',
  app_store: 'App Store',
  enterprise: 'Enterprise',
  developer_id: 'Developer ID',
}

/** What a row of a list says beside the name: what it is, and for whom. */
export function summaryOf(credential: Credential): { what: string; whose: string } {
  switch (credential.kind) {
    case 'certificate': {
      const { commonName, kind, teamId } = credential.described
      return {
        what: commonName,
        whose: `${certificateKindWords[kind]}, team ${teamId ?? 'unknown'}`,
      }
    }
    case 'profile': {
      const { bundleId, kind, teamId, devices } = credential.described
      const count = devices.length === 1 ? '1 device' : `${devices.length} devices`
      const whose = `${profileKindWords[kind]}, team ${teamId}${devices.length > 0 ? `, ${count}` : ''}`
      return { what: bundleId, whose }
    }
    case 'keystore': {
      const { alias, format, aliases } = credential.described
      const own = aliases.find((each) => each.alias === alias)
      return { what: own?.subject ?? alias, whose: `${formatWords[format]}, alias ${alias}` }
    }
    case 'app_store_key': {
      const { keyId, issuerId } = credential.described
      return { what: keyId, whose: `Issuer ${issuerId}` }
    }
    default:
      return credential satisfies never
  }
}

export const formatWords = { jks: 'JKS', pkcs12: 'PKCS#12' } as const

/** `AB:CD:EF`, as keytool, Play and Firebase write fingerprints. */
export const colons = (hex: string): string => hex.toUpperCase().match(/../g)?.join(':') ?? hex
