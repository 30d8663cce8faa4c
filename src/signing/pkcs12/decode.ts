import { createHmac } from 'node:crypto'
import { type Der, NotDer, octetsOf, oidOf, partAt, partsOf, readDer, writeDer } from '../der.ts'
import {
  decrypt,
  type Effort,
  effortOfFile,
  iterationsOf,
  UnknownEncryption,
} from './encryption.ts'
import { deriveKey, purposes } from './key-derivation.ts'

/** A private key as it lay in the file: PKCS#8, in DER. */
export type BagKey = { pkcs8: Buffer; name: string | null; keyId: string | null }
/** A certificate as it lay in the file. */
export type BagCertificate = { der: Buffer; name: string | null; keyId: string | null }

export type Bags = {
  keys: BagKey[]
  /** Keys that another password protects than the one that opened the file. */
  lockedKeys: { name: string | null }[]
  /** Is there a check sum that the password was held against? Else any password opens the file. */
  isChecked: boolean
  /** How many secrets of other kinds there are. */
  others: number
  certificates: BagCertificate[]
}

const oids = {
  data: '1.2.840.113549.1.7.1',
  encryptedData: '1.2.840.113549.1.7.6',
  keyBag: '1.2.840.113549.1.12.10.1.1',
  shroudedKeyBag: '1.2.840.113549.1.12.10.1.2',
  certBag: '1.2.840.113549.1.12.10.1.3',
  safeContentsBag: '1.2.840.113549.1.12.10.1.6',
  x509: '1.2.840.113549.1.9.22.1',
  friendlyName: '1.2.840.113549.1.9.20',
  localKeyId: '1.2.840.113549.1.9.21',
}

const macHashes: Record<string, { hash: string; bytes: number }> = {
  '1.3.14.3.2.26': { hash: 'sha1', bytes: 20 },
  '2.16.840.1.101.3.4.2.1': { hash: 'sha256', bytes: 32 },
  '2.16.840.1.101.3.4.2.2': { hash: 'sha384', bytes: 48 },
  '2.16.840.1.101.3.4.2.3': { hash: 'sha512', bytes: 64 },
  '2.16.840.1.101.3.4.2.4': { hash: 'sha224', bytes: 28 },
}

/** Bags within bags within bags: nobody writes even two. */
const nestingMax = 4

/**
 * Opens a PKCS#12 file (RFC 7292), as .p12, .pfx and Java's keystores are. Null where the password
 * is another. Throws NotDer where it is no such file or damaged, UnknownEncryption where it was
 * made in a way that is not known here.
 */
export function decodePkcs12(bytes: Uint8Array, password: string): Bags | null {
  const file = readDer(bytes)
  const [version, authSafe, mac] = partsOf(file)
  if (version === undefined || authSafe === undefined) throw new NotDer('a part is missing')
  if (oidOf(partAt(authSafe, 0)) !== oids.data) {
    throw new UnknownEncryption(oidOf(partAt(authSafe, 0)))
  }
  const content = octetsOf(partAt(partAt(authSafe, 1), 0))
  const effort = effortOfFile()
  for (const candidate of writtenWays(password)) {
    if (mac !== undefined && !isMacOf(mac, content, candidate, effort)) continue
    const bags = readSafe(content, candidate, effort)
    if (bags !== null) return { ...bags, isChecked: mac !== undefined }
  }
  return null
}

/**
 * As programs write a password: an empty one as an empty text, or as no text at all; other letters as
 * themselves, or each byte of their UTF-8 as a letter of its own, as LibreSSL does, the openssl of Macs.
 */
function writtenWays(password: string): (string | null)[] {
  const bytewise = Buffer.from(password, 'utf8').toString('latin1')
  if (password === '') return ['', null]
  return bytewise === password ? [password] : [password, bytewise]
}

function isMacOf(mac: Der, content: Buffer, password: string | null, effort: Effort): boolean {
  const [digestInfo, salt, iterations] = partsOf(mac)
  const oid = oidOf(partAt(partAt(digestInfo, 0), 0))
  const way = macHashes[oid]
  if (way === undefined) throw new UnknownEncryption(oid)
  const expected = octetsOf(partAt(digestInfo, 1))
  if (expected.length !== way.bytes) {
    throw new NotDer(`its check sum has ${expected.length} bytes instead of ${way.bytes}`)
  }
  const key = deriveKey({
    password,
    salt: octetsOf(salt),
    iterations: iterationsOf(iterations, effort, 1),
    purpose: purposes.mac,
    length: way.bytes,
    hash: way.hash,
  })
  const found = createHmac(way.hash, key).update(content).digest()
  return found.equals(expected)
}

type OpenedBags = Omit<Bags, 'isChecked'>

/** Null where a part does not open by this password. */
function readSafe(content: Buffer, password: string | null, effort: Effort): OpenedBags | null {
  const bags: OpenedBags = { keys: [], lockedKeys: [], certificates: [], others: 0 }
  for (const info of partsOf(readDer(content))) {
    const safe = openedSafe(info, password, effort)
    if (safe === 'another password') return null
    if (safe !== null) readBags(safe, password, bags, effort, 0)
  }
  return bags
}

function openedSafe(
  info: Der,
  password: string | null,
  effort: Effort,
): Der | null | 'another password' {
  const kind = oidOf(partAt(info, 0))
  const body = partAt(partAt(info, 1), 0)
  if (kind === oids.data) return readDer(octetsOf(body))
  if (kind !== oids.encryptedData) return null
  const [, algorithm, encrypted] = partsOf(partAt(body, 1))
  if (algorithm === undefined) throw new NotDer('a part is missing')
  const opened = decrypt(algorithm, octetsOf(encrypted), password, effort)
  if (opened === null) return 'another password'
  try {
    return readDer(opened)
  } catch (error) {
    // One wrong password in 256 leaves a padding that looks right.
    if (error instanceof NotDer) return 'another password'
    throw error
  }
}

function readBags(
  safe: Der,
  password: string | null,
  bags: OpenedBags,
  effort: Effort,
  nesting: number,
): void {
  if (nesting > nestingMax) throw new NotDer('it is nested too deep')
  for (const bag of partsOf(safe)) {
    const [kind, value, attributes] = partsOf(bag)
    const body = partAt(value, 0)
    const names = attributesOf(attributes)
    switch (oidOf(kind)) {
      case oids.keyBag:
        bags.keys.push({ pkcs8: writeDer(body), ...names })
        break
      case oids.shroudedKeyBag: {
        const pkcs8 = decrypt(partAt(body, 0), octetsOf(partAt(body, 1)), password, effort)
        if (pkcs8 !== null && isDer(pkcs8)) bags.keys.push({ pkcs8, ...names })
        else bags.lockedKeys.push({ name: names.name })
        break
      }
      case oids.certBag:
        if (oidOf(partAt(body, 0)) === oids.x509) {
          bags.certificates.push({ der: octetsOf(partAt(partAt(body, 1), 0)), ...names })
        }
        break
      case oids.safeContentsBag:
        readBags(body, password, bags, effort, nesting + 1)
        break
      default:
        // Revocation lists and secrets of other kinds sign nothing.
        bags.others += 1
    }
  }
}

function isDer(bytes: Buffer): boolean {
  try {
    readDer(bytes)
    return true
  } catch {
    return false
  }
}

function attributesOf(attributes: Der | undefined): { name: string | null; keyId: string | null } {
  const names: { name: string | null; keyId: string | null } = { name: null, keyId: null }
  for (const attribute of attributes === undefined ? [] : partsOf(attributes)) {
    const [kind, values] = partsOf(attribute)
    const [value] = partsOf(values)
    if (value === undefined) continue
    if (oidOf(kind) === oids.friendlyName) names.name = bmpText(value)
    if (oidOf(kind) === oids.localKeyId) names.keyId = octetsOf(value).toString('hex')
  }
  return names
}

/** forge has read a BMPString as text already. */
const bmpText = ({ value }: Der): string | null => (typeof value === 'string' ? value : null)
