import type { Millis } from '../../lib/clock.ts'

export type KeystoreFormat = 'jks' | 'pkcs12'

/** An entry with a key that can sign. */
export type KeystoreAlias = {
  alias: string
  subject: string
  issuer: string
  /** `RSA 2048`, `EC P-256`. */
  keyAlgorithm: string
  /** Upper-case hex. */
  serial: string
  /** Lower-case hex without colons: Play and Firebase ask for these. */
  sha1: string
  sha256: string
  notBefore: Millis
  notAfter: Millis
}

/** A keystore as it says of itself: nothing secret is in it. */
export type Keystore = { format: KeystoreFormat; aliases: KeystoreAlias[] }
