import type { Millis } from '../../lib/clock.ts'

/** What a certificate of Apple's is for, read from the beginning of its common name. */
export type CertificateKind =
  /** `Apple Development:`, `iPhone Developer:`, `Mac Developer:` */
  | 'development'
  /** `Apple Distribution:`, `iPhone Distribution:`, `3rd Party Mac Developer Application:` */
  | 'distribution'
  /** `3rd Party Mac Developer Installer:` */
  | 'mac_installer'
  /** `Developer ID Application:` */
  | 'developer_id_application'
  /** `Developer ID Installer:` */
  | 'developer_id_installer'

/** A certificate that signs, as people and rules see it: nothing secret is in it. */
export type SigningCertificate = {
  commonName: string
  /** All of the subject, one `NAME=value` after another. */
  subject: string
  issuer: string
  /** The subject's organizational unit; its user id is another number. */
  teamId: string | null
  kind: CertificateKind
  /** Upper-case hex, as Apple shows it. */
  serial: string
  /** Lower-case hex without colons; what codesign calls the identity. */
  sha1: string
  sha256: string
  notBefore: Millis
  notAfter: Millis
}
