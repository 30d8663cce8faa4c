import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import type { Millis } from '../../lib/clock.ts'
import { MiB, sizeText } from '../../lib/sizes.ts'
import { NotDer } from '../der.ts'
import { type Bags, decodePkcs12 } from '../pkcs12/decode.ts'
import { encodePkcs12 } from '../pkcs12/encode.ts'
import { UnknownEncryption } from '../pkcs12/encryption.ts'
import { dayText, refuse } from '../refusal.ts'
import { whatItIs } from '../sniff.ts'
import { readCertificate, type ReadCertificate, type SigningCertificate } from './certificate.ts'

/** A whole chain takes some ten kilobytes. */
export const p12BytesMax = MiB

/** A private key with its certificate, and the certificates that came along. */
type Found = { key: KeyObject; certificate: Buffer; described: ReadCertificate; chain: Buffer[] }

/**
 * Reads the certificate that a .p12 is about, after making sure that it can sign apps: its private
 * key is there and is its own, and it is valid now. Throws OoreError `invalid` at `file` or `password`.
 */
export function readP12(
  bytes: Uint8Array,
  password: string,
  now: Millis,
): { certificate: SigningCertificate } {
  const { described } = openP12(bytes, password)
  const { kind, commonName, notBefore, notAfter } = described
  if (kind === null) throw refuse('file', notForSigning(commonName))
  if (notAfter <= now) {
    throw refuse(
      'file',
      `The certificate "${commonName}" expired on ${dayText(notAfter)}. Make a new one in Apple’s developer account, and export it with its private key.`,
    )
  }
  if (notBefore > now) {
    throw refuse(
      'file',
      `The certificate "${commonName}" is not valid before ${dayText(notBefore)}. Check the clock of this server.`,
    )
  }
  return { certificate: { ...described, kind } }
}

/**
 * The same identity, written so that `security` of every macOS takes it, under a password that must
 * not be empty. Throws OoreError `invalid` as `readP12` does, the validity left aside.
 */
export function recodeP12(bytes: Uint8Array, password: string, newPassword: string): Buffer {
  const { key, certificate, described, chain } = openP12(bytes, password)
  const pkcs8 = key.export({ format: 'der', type: 'pkcs8' })
  return encodePkcs12({ pkcs8, certificate, chain, name: described.commonName }, newPassword)
}

/** A .p12 of a key in PKCS#8 (PEM) and its certificate in DER, as Apple hands it out. */
export function makeP12(keyPem: string, certificateDer: Uint8Array, password: string): Buffer {
  const pkcs8 = createPrivateKey(keyPem).export({ format: 'der', type: 'pkcs8' })
  const { commonName } = readCertificate(certificateDer)
  const certificate = new X509Certificate(Buffer.from(certificateDer)).raw
  return encodePkcs12({ pkcs8, certificate, chain: [], name: commonName }, password)
}

function openP12(bytes: Uint8Array, password: string): Found {
  const { keys, lockedKeys, certificates, isChecked } = bagsOf(bytes, password)
  if (keys.length === 0 && lockedKeys.length > 0) {
    throw refuse('password', isChecked ? lockedKey : wrongPassword(password))
  }
  if (keys.length === 0) throw refuse('file', withoutKey(certificates.length))
  if (certificates.length === 0) {
    throw refuse('file', 'The file holds a private key and no certificate. Export both together.')
  }
  const readable = certificates.flatMap(({ der }) => {
    const x509 = x509Of(der)
    return x509 === null ? [] : [{ der, x509 }]
  })
  const privateKeys = keys.flatMap(({ pkcs8 }) => keyOf(pkcs8) ?? [])
  const pairs = new Map<string, Pair>()
  for (const key of privateKeys) {
    const own = bestOf(readable.filter(({ x509 }) => x509.checkPrivateKey(key)))
    if (own !== null) pairs.set(own.described.sha1, { key, ...own })
  }
  const [pair] = pairs.values()
  if (pair === undefined) throw refuse('file', differing(readable.map(({ x509 }) => x509)))
  if (pairs.size > 1) {
    const names = [...pairs.values()].map(({ described }) => `"${described.commonName}"`)
    throw refuse(
      'file',
      `The file holds ${pairs.size} certificates with their keys: ${names.join(', ')}. Export one at a time.`,
    )
  }
  const issuers = readable.filter(({ x509 }) => !x509.checkPrivateKey(pair.key))
  return { ...pair, chain: issuers.map(({ der }) => der) }
}

type Pair = Omit<Found, 'chain'>

/** A renewed certificate may have the key of the old one: what signs apps counts, and the newest. */
function bestOf(all: readonly { der: Buffer }[]): Omit<Pair, 'key'> | null {
  const read = all.map(({ der }) => ({ certificate: der, described: readCertificate(der) }))
  const apps = read.filter(({ described }) => described.kind !== null)
  return (
    (apps.length > 0 ? apps : read).toSorted(
      (a, b) => b.described.notAfter - a.described.notAfter,
    )[0] ?? null
  )
}

function bagsOf(bytes: Uint8Array, password: string): Bags {
  if (bytes.length > p12BytesMax) {
    const most = sizeText(p12BytesMax)
    throw refuse('file', `The file has ${sizeText(bytes.length)}; a .p12 has at most ${most}.`)
  }
  const found = whatItIs(bytes)
  if (found !== null && !found.startsWith('a PKCS#12 file')) throw refuse('file', notP12(found))
  try {
    const bags = decodePkcs12(bytes, password)
    if (bags !== null) return bags
  } catch (cause) {
    if (cause instanceof UnknownEncryption) {
      throw refuse('file', `${cause.message} Export it again, with another encryption.`, cause)
    }
    if (!(cause instanceof NotDer)) throw cause
    throw refuse('file', damaged(bytes, cause.message), cause)
  }
  throw refuse('password', wrongPassword(password))
}

const wrongPassword = (given: string): string =>
  given === ''
    ? 'The file has a password, and none was given.'
    : 'This password does not open the file.'

const lockedKey = 'The private key in the file has another password than the file itself.'

const notP12 = (found: string): string =>
  `This is ${found}, not a .p12. In Keychain Access choose the certificate together with its private key, then Export as “Personal Information Exchange (.p12)”.`

/** Says of a file that ends before the length it announces that it is incomplete. */
function damaged(bytes: Uint8Array, why: string): string {
  const announced = announcedLength(bytes)
  return announced !== null && announced > bytes.length
    ? `The file is incomplete: it has ${bytes.length} bytes of ${announced}. Copy or export it again.`
    : `The file is no .p12, or is damaged (${why}). Export it again.`
}

/** How long the outermost value says that it is, its head included; null where it does not. */
function announcedLength(bytes: Uint8Array): number | null {
  const [tag, first] = bytes
  if (tag !== 0x30 || first === undefined || first === 0x80) return null
  if (first < 0x80) return 2 + first
  const count = first & 0x7f
  if (count > 4 || bytes.length < 2 + count) return null
  return 2 + count + Buffer.from(bytes).readUIntBE(2, count)
}

function withoutKey(certificates: number): string {
  const what = certificates > 0 ? 'a certificate without its private key' : 'nothing to sign with'
  return `The file holds ${what}. In Keychain Access open “My Certificates”, choose the entry that unfolds to a key, and export that. The key is only on the Mac where the request for the certificate was made.`
}

function differing(certificates: readonly X509Certificate[]): string {
  const names = certificates.map((each) => `"${readCertificate(each.raw).commonName}"`)
  return `The private key in the file is not that of ${names.join(' or ') || 'any certificate in it'}: the two do not belong together. Export the key with its own certificate.`
}

function notForSigning(commonName: string): string {
  const other =
    /^(Apple Push Services|Apple Production iOS Push|Apple Development iOS Push|Pass Type ID|Website Push ID|Merchant ID|VoIP Services|Apple Pay)/.exec(
      commonName,
    )?.[0]
  const found = commonName === '' ? 'no common name' : `the name "${commonName}"`
  return other === undefined
    ? `The certificate has ${found}; one that signs apps begins with “Apple Distribution:”, “Apple Development:”, “iPhone Distribution:” or “Developer ID Application:”.`
    : `The certificate has ${found}: it is for ${other}, and signs no app.`
}

function x509Of(der: Buffer): X509Certificate | null {
  try {
    return new X509Certificate(der)
  } catch {
    return null
  }
}

function keyOf(pkcs8: Buffer): KeyObject | null {
  try {
    return createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' })
  } catch {
    return null
  }
}
