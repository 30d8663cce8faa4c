import type { Credential } from '../../core/credentials/credential.ts'
import { isoTime, isoTimeOrNull } from '../../lib/clock.ts'

/** A credential as the API shows it. Nothing that is secret was ever in it. */
export const credentialJson = (credential: Credential): Record<string, unknown> => ({
  id: credential.id,
  name: credential.name,
  ...describedJson(credential),
  made_here: credential.isMadeHere,
  last_used_at: isoTimeOrNull(credential.lastUsed?.at ?? null),
  last_used_build_id: credential.lastUsed?.buildId ?? null,
  created_by: credential.createdBy,
  created_at: isoTime(credential.createdAt),
  updated_at: isoTime(credential.updatedAt),
})

function describedJson(credential: Credential): Record<string, unknown> {
  switch (credential.kind) {
    case 'certificate': {
      const { described: c } = credential
      return {
        kind: c.kind,
        common_name: c.commonName,
        subject: c.subject,
        issuer: c.issuer,
        team_id: c.teamId,
        serial: c.serial,
        sha1: c.sha1,
        sha256: c.sha256,
        not_before: isoTime(c.notBefore),
        not_after: isoTime(c.notAfter),
      }
    }
    case 'profile': {
      const { described: p } = credential
      return {
        kind: p.kind,
        uuid: p.uuid,
        profile_name: p.name,
        team_id: p.teamId,
        team_name: p.teamName,
        bundle_id: p.bundleId,
        platforms: p.platforms,
        devices: p.devices,
        certificates: p.certificates.map(({ sha1, commonName, notAfter }) => ({
          sha1,
          common_name: commonName,
          not_after: isoTime(notAfter),
        })),
        entitlements: p.entitlements,
        xcode_managed: p.isXcodeManaged,
        issued_at: isoTime(p.createdAt),
        expires_at: isoTime(p.expiresAt),
      }
    }
    case 'keystore': {
      const { described: k } = credential
      return {
        format: k.format,
        alias: k.alias,
        aliases: k.aliases.map((each) => ({
          alias: each.alias,
          subject: each.subject,
          issuer: each.issuer,
          key_algorithm: each.keyAlgorithm,
          serial: each.serial,
          sha1: each.sha1,
          sha256: each.sha256,
          not_before: isoTime(each.notBefore),
          not_after: isoTime(each.notAfter),
        })),
      }
    }
    case 'app_store_key':
      return {
        key_id: credential.described.keyId,
        issuer_id: credential.described.issuerId,
      }
    default:
      return credential satisfies never
  }
}
