import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import type { Millis } from '../../lib/clock.ts'
import { messageOf } from '../../lib/errors.ts'
import { MiB, sizeText } from '../../lib/sizes.ts'
import { bare, oneLine } from '../apple/certificate.ts'
import { NotDer } from '../der.ts'
import { decodePkcs12 } from '../pkcs12/decode.ts'
import { UnknownEncryption } from '../pkcs12/encryption.ts'
import { refuse } from '../refusal.ts'
import { whatItIs } from '../sniff.ts'
import { decodeJks, unprotectKey } from './jks.ts'

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

/** Even with hundreds of trusted certificates it is smaller. */
export const keystoreBytesMax = 2 * MiB

export type KeystorePasswords = {
  store: string
  /** Null where it is the store's. */
  key: string | null
  /** Null where the only key there is is meant. */
  alias: string | null
}

/** What the keystore says of itself, and the entry that signs. */
export type OpenedKeystore = { keystore: Keystore; alias: string; keyPassword: string }

/**
 * Reads a keystore, JKS or PKCS#12, without Java, and opens the key that is to sign. Throws OoreError
 * `invalid` at `file`, `store_password`, `alias` or `key_password`.
 */
export function readKeystore(bytes: Uint8Array, passwords: KeystorePasswords): OpenedKeystore {
  if (bytes.length > keystoreBytesMax) {
    const most = sizeText(keystoreBytesMax)
    throw refuse('file', `The file has ${sizeText(bytes.length)}; a keystore has at most ${most}.`)
  }
  const file = Buffer.from(bytes)
  const magic = file.length < 4 ? 0 : file.readUInt32BE(0)
  if (magic === 0xcececece) throw refuse('file', jceks)
  return magic === 0xfeedfeed ? openJks(file, passwords) : openPkcs12(file, passwords)
}

const jceks =
  'This is a keystore of the JCEKS kind, which is not read here. Convert it: keytool -importkeystore -srckeystore upload.jks -srcstoretype JCEKS -destkeystore upload.p12 -deststoretype PKCS12'

function openJks(file: Buffer, { store, key, alias }: KeystorePasswords): OpenedKeystore {
  const entries = orDamaged(() => decodeJks(file, store))
  if (entries === null) throw refuse('store_password', wrongStorePassword(store))
  const withKeys = entries.filter((entry) => entry.protectedKey !== null && entry.chain.length > 0)
  const keystore: Keystore = {
    format: 'jks',
    aliases: withKeys.map((entry) => describe(entry.alias, entry.chain[0]!)),
  }
  const chosen = chosenAlias(keystore, entries.length, alias)
  const entry = withKeys.find((each) => each.alias === chosen)!
  const keyPassword = key ?? store
  const pkcs8 = orDamaged(() => unprotectKey(entry.protectedKey!, keyPassword))
  if (pkcs8 === null) throw refuse('key_password', wrongKeyPassword(chosen, key === null))
  checkOwn(pkcs8, entry.chain[0]!, chosen)
  return { keystore, alias: chosen, keyPassword }
}

function openPkcs12(file: Buffer, { store, key, alias }: KeystorePasswords): OpenedKeystore {
  const found = whatItIs(file)
  if (found !== null && !found.startsWith('a PKCS#12')) {
    throw refuse('file', `This is ${found}, not a keystore (.jks, .keystore or .p12).`)
  }
  const bags = orDamaged(() => decodePkcs12(file, store))
  if (bags === null) throw refuse('store_password', wrongStorePassword(store))
  const [locked] = bags.lockedKeys
  if (bags.keys.length === 0 && locked !== undefined) {
    if (!bags.isChecked) throw refuse('store_password', wrongStorePassword(store))
    throw refuse(
      'key_password',
      `The key "${locked.name ?? ''}" has another password than the keystore. Java and Gradle read no such PKCS#12: give both the same with keytool -importkeystore.`,
    )
  }
  const pairs = bags.keys.flatMap(({ pkcs8, name, keyId }, index) => {
    const own = bags.certificates.find(
      (each) => (keyId !== null && each.keyId === keyId) || belongs(pkcs8, each.der),
    )
    // Java numbers the keys that have no name.
    return own === undefined ? [] : [{ alias: name ?? String(index + 1), pkcs8, der: own.der }]
  })
  const keystore: Keystore = {
    format: 'pkcs12',
    aliases: pairs.map((pair) => describe(pair.alias, pair.der)),
  }
  const chosen = chosenAlias(keystore, bags.certificates.length + bags.others, alias)
  if (key !== null && key !== store) {
    throw refuse(
      'key_password',
      'In a PKCS#12 keystore, which this is, the key has the password of the keystore. Leave the key’s password empty.',
    )
  }
  const pair = pairs.find((each) => each.alias === chosen)!
  checkOwn(pair.pkcs8, pair.der, chosen)
  return { keystore, alias: chosen, keyPassword: store }
}

/** As Java does it, capital letters or small; the spelling of the keystore is the answer. */
function chosenAlias({ aliases }: Keystore, entries: number, wanted: string | null): string {
  const names = aliases.map(({ alias }) => `"${alias}"`).join(', ')
  const [first] = aliases
  if (first === undefined) {
    throw refuse(
      'file',
      entries === 0
        ? 'The keystore is empty.'
        : 'The keystore has no key that could sign: only certificates that are trusted, or secrets of other kinds.',
    )
  }
  if (wanted === null || wanted === '') {
    if (aliases.length === 1) return first.alias
    throw refuse('alias', `The keystore holds ${aliases.length} keys: say which: ${names}.`)
  }
  const found =
    aliases.find(({ alias }) => alias === wanted) ??
    aliases.find(({ alias }) => alias.toLowerCase() === wanted.toLowerCase())
  if (found !== undefined) return found.alias
  throw refuse('alias', `The keystore has no key "${wanted.slice(0, 80)}"; it holds ${names}.`)
}

function describe(alias: string, der: Buffer): KeystoreAlias {
  const { certificate, publicKey } = orDamaged(() => certificateIn(der))
  return {
    alias,
    subject: oneLine(certificate.subject),
    issuer: oneLine(certificate.issuer),
    keyAlgorithm: algorithmOf(publicKey),
    serial: certificate.serialNumber,
    sha1: bare(certificate.fingerprint),
    sha256: bare(certificate.fingerprint256),
    notBefore: Date.parse(certificate.validFrom),
    notAfter: Date.parse(certificate.validTo),
  }
}

/** Node reads the key in it only when it is asked for, and throws then. */
function certificateIn(der: Buffer): { certificate: X509Certificate; publicKey: KeyObject } {
  try {
    const certificate = new X509Certificate(der)
    return { certificate, publicKey: certificate.publicKey }
  } catch (cause) {
    throw new NotDer(messageOf(cause))
  }
}

/** The names that people know the curves by. */
const curves: Record<string, string> = {
  prime256v1: 'P-256',
  secp384r1: 'P-384',
  secp521r1: 'P-521',
}

function algorithmOf({
  asymmetricKeyType: type,
  asymmetricKeyDetails: details,
}: KeyObject): string {
  const curve = details?.namedCurve
  if (curve !== undefined) return `EC ${curves[curve] ?? curve}`
  return `${(type ?? 'unknown').toUpperCase()} ${details?.modulusLength ?? ''}`.trim()
}

function belongs(pkcs8: Buffer, der: Buffer): boolean {
  try {
    return new X509Certificate(der).checkPrivateKey(privateKey(pkcs8))
  } catch {
    return false
  }
}

const privateKey = (pkcs8: Buffer): KeyObject =>
  createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' })

function checkOwn(pkcs8: Buffer, der: Buffer, alias: string): void {
  if (belongs(pkcs8, der)) return
  throw refuse('file', `The key "${alias}" and its certificate do not belong together.`)
}

function orDamaged<T>(read: () => T): T {
  try {
    return read()
  } catch (cause) {
    if (cause instanceof UnknownEncryption) throw refuse('file', cause.message, cause)
    if (!(cause instanceof NotDer)) throw cause
    throw refuse(
      'file',
      `The file is no keystore, or is damaged or incomplete (${cause.message}). Copy it again; git and FTP in text mode ruin such files.`,
      cause,
    )
  }
}

const wrongStorePassword = (given: string): string =>
  given === ''
    ? 'The keystore has a password, and none was given.'
    : 'This password does not open the keystore.'

const wrongKeyPassword = (alias: string, isStores: boolean): string =>
  isStores
    ? `The key "${alias}" has another password than the keystore: enter it too.`
    : `This password opens the keystore, but not the key "${alias}".`
