import { X509Certificate } from 'node:crypto'
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

const kinds: readonly [beginning: RegExp, kind: CertificateKind][] = [
  [/^(Apple Development|iPhone Developer|Mac Developer):/, 'development'],
  [
    /^(Apple Distribution|iPhone Distribution|3rd Party Mac Developer Application):/,
    'distribution',
  ],
  [/^3rd Party Mac Developer Installer:/, 'mac_installer'],
  [/^Developer ID Application:/, 'developer_id_application'],
  [/^Developer ID Installer:/, 'developer_id_installer'],
]

/** What the common name says that a certificate is for; null where it does not sign apps. */
export const kindOfCertificate = (commonName: string): CertificateKind | null =>
  kinds.find(([beginning]) => beginning.test(commonName))?.[1] ?? null

/** The certificate as its own text says, whatever it is for. */
export type ReadCertificate = Omit<SigningCertificate, 'kind'> & { kind: CertificateKind | null }

/** Reads a certificate in DER or PEM. Throws where it is none. */
export function readCertificate(bytes: Uint8Array): ReadCertificate {
  const x509 = new X509Certificate(Buffer.from(bytes))
  const subject = namesIn(x509.subject)
  const commonName = subject.get('CN') ?? ''
  return {
    commonName,
    subject: oneLine(x509.subject),
    issuer: oneLine(x509.issuer),
    teamId: subject.get('OU') ?? null,
    kind: kindOfCertificate(commonName),
    serial: x509.serialNumber,
    sha1: bare(x509.fingerprint),
    sha256: bare(x509.fingerprint256),
    notBefore: Date.parse(x509.validFrom),
    notAfter: Date.parse(x509.validTo),
  }
}

/** Node gives a name's parts as lines of `CN=value`; of two alike the first counts. */
function namesIn(name: string): Map<string, string> {
  const names = new Map<string, string>()
  for (const line of name.split('\n')) {
    const at = line.indexOf('=')
    const [key, value] = [line.slice(0, at), line.slice(at + 1)]
    if (at > 0 && !names.has(key)) names.set(key, unescaped(value))
  }
  return names
}

/**
 * Node puts a backslash before what separates names in a text (RFC 2253, 2.4), and so into the name of
 * every `Lumen, Inc.`. What it writes in hex, line breaks and the like, stays so.
 */
const unescaped = (value: string): string => value.replaceAll(/\\([^0-9A-F])/g, '$1')

/** A distinguished name on one line: `CN=…, OU=…`. */
export const oneLine = (name: string): string => name.split('\n').filter(Boolean).join(', ')

/** `AB:CD` → `abcd`. */
export const bare = (fingerprint: string): string => fingerprint.replaceAll(':', '').toLowerCase()
