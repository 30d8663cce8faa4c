import { createHash, createVerify, X509Certificate } from 'node:crypto'
import { type Der, NotDer, octetsOf, oidOf, partAt, partsOf, readDer, writeDer } from '../der.ts'

const signedData = '1.2.840.113549.1.7.2'
const messageDigest = '1.2.840.113549.1.9.4'
const subjectKeyId = '2.5.29.14'

const hashes: Record<string, string> = {
  '1.3.14.3.2.26': 'sha1',
  '2.16.840.1.101.3.4.2.1': 'sha256',
  '2.16.840.1.101.3.4.2.2': 'sha384',
  '2.16.840.1.101.3.4.2.3': 'sha512',
}

/** RSA of PKCS#1 and ECDSA, by themselves or named together with a hash. Others are not told. */
const signatures = /^1\.2\.840\.(113549\.1\.1\.(1|5|11|12|13)|10045\.(2\.1|4\.(1|3\.[234])))$/

/** A signed message: what was signed, and whether it is what was signed. */
export type SignedMessage = {
  content: Buffer
  /**
   * Does the signature hold by the certificate that came along? Null where that cannot be told, by a
   * method that is not known here. Who stands behind the certificate is not asked.
   */
  isSound: boolean | null
  /** Has anybody signed it at all? */
  isSigned: boolean
}

/** Reads a signed message (CMS, RFC 5652), DER or BER. Throws NotDer. */
export function readSigned(bytes: Uint8Array): SignedMessage {
  const message = readDer(bytes)
  if (oidOf(partAt(message, 0)) !== signedData) throw new NotDer('it is no signed message')
  const parts = partsOf(partAt(partAt(message, 1), 0))
  const [, wrapped] = partsOf(parts[2])
  if (wrapped === undefined) throw new NotDer('it carries no content')
  const content = octetsOf(partAt(wrapped, 0))
  const signers = parts.at(-1)
  const isSigned = parts.length > 3 && Array.isArray(signers?.value) && signers.value.length > 0
  return { content, isSound: soundness(parts, content), isSigned }
}

function soundness(parts: readonly Der[], content: Buffer): boolean | null {
  try {
    const certificates = parts.find((part) => isTagged(part, 0))
    const signers = parts.at(-1)
    const [signer] = partsOf(signers)
    if (signer === undefined || certificates === undefined) return null
    return signerHolds(signer, certificates, content)
  } catch {
    return null
  }
}

const isTagged = (part: Der, tag: number): boolean =>
  part.tagClass === contextSpecific && Number(part.type) === tag

const contextSpecific = 0x80

function signerHolds(signer: Der, certificates: Der, content: Buffer): boolean | null {
  const [, identifier, digestAlgorithm, ...rest] = partsOf(signer)
  const hash = hashes[oidOf(partAt(digestAlgorithm, 0))]
  const attributes = rest.find((part) => isTagged(part, 0))
  const [algorithm, signature] = rest.filter((part) => !isTagged(part, 0) && !isTagged(part, 1))
  const own = certificatesOf(identifier, certificates)
  if (hash === undefined || signature === undefined || own.length === 0) return null
  if (!signatures.test(oidOf(partAt(algorithm, 0)))) return null
  const signed = attributes === undefined ? content : asSet(attributes)
  if (attributes !== undefined && !digestMatches(attributes, content, hash)) return false
  return own.some(({ publicKey }) =>
    createVerify(hash).update(signed).verify(publicKey, octetsOf(signature)),
  )
}

/** Signed attributes are tagged in the message, and were signed as the set they are (5.4). */
function asSet(attributes: Der): Buffer {
  const bytes = writeDer(attributes)
  bytes[0] = 0x31
  return bytes
}

function digestMatches(attributes: Der, content: Buffer, hash: string): boolean {
  const digest = partsOf(attributes).find((each) => oidOf(partAt(each, 0)) === messageDigest)
  if (digest === undefined) return false
  const told = octetsOf(partAt(partAt(digest, 1), 0))
  return createHash(hash).update(content).digest().equals(told)
}

/**
 * By issuer and serial number, as version 1 of a signer names it, or by the id of its key. Home-made
 * authorities give themselves and their first certificate the same number, so there may be two.
 */
function certificatesOf(identifier: Der | undefined, certificates: Der): X509Certificate[] {
  if (identifier === undefined) return []
  const named = partsOf(certificates).filter((each) => isNamedBy(identifier, each))
  return named.map((each) => new X509Certificate(writeDer(each)))
}

function isNamedBy(identifier: Der, certificate: Der): boolean {
  // The version may stand first, and may be left out.
  const [first, ...others] = partsOf(partAt(certificate, 0))
  const fields = first !== undefined && isTagged(first, 0) ? others : [first!, ...others]
  if (isTagged(identifier, 0)) {
    const keyId = keyIdOf(fields)
    return keyId !== null && keyId.equals(octetsOf(identifier))
  }
  const [serial, , issuer] = fields
  return isSame(issuer, partAt(identifier, 0)) && isSame(serial, partAt(identifier, 1))
}

const isSame = (one: Der | undefined, other: Der): boolean =>
  one !== undefined && writeDer(one).equals(writeDer(other))

function keyIdOf(fields: readonly Der[]): Buffer | null {
  const extensions = fields.find((field) => isTagged(field, 3))
  if (extensions === undefined) return null
  const named = partsOf(partAt(extensions, 0)).find(
    (each) => oidOf(partAt(each, 0)) === subjectKeyId,
  )
  return named === undefined ? null : octetsOf(readDer(octetsOf(partsOf(named).at(-1))))
}
