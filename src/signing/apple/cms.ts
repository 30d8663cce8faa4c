import { createVerify, X509Certificate, createHash } from 'node:crypto'
import {
  type Der,
  integerOf,
  NotDer,
  octetsOf,
  oidOf,
  partAt,
  partsOf,
  readDer,
  writeDer,
} from '../der.ts'

const signedData = '1.2.840.113549.1.7.2'
const messageDigest = '1.2.840.113549.1.9.4'

/** RSA as PKCS #1 v1.5 has it, alone or with a digest, and ECDSA. */
const signatureAlgorithms =
  /^1\.2\.840\.(113549\.1\.1\.(1|5|11|12|13)|10045\.(2\.1|4\.1|4\.3\.[2-4]))$/

/** A chain is of three or four; each is tried only where the signer does not name its own. */
const certificatesMax = 10

const hashes: Record<string, string> = {
  '1.3.14.3.2.26': 'sha1',
  '2.16.840.1.101.3.4.2.1': 'sha256',
  '2.16.840.1.101.3.4.2.2': 'sha384',
  '2.16.840.1.101.3.4.2.3': 'sha512',
}

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
  const content = octetsOf(partAt(partAt(parts[2], 1), 0))
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
  const [version, identifier, digestAlgorithm, ...rest] = partsOf(signer)
  const hash = hashes[oidOf(partAt(digestAlgorithm, 0))]
  const attributes = rest.find((part) => isTagged(part, 0))
  const [algorithm, signature] = rest.filter((part) => !isTagged(part, 0) && !isTagged(part, 1))
  if (!signatureAlgorithms.test(oidOf(partAt(algorithm, 0)))) return null
  // Version 1 names its certificate by issuer and serial number, version 3 by the key (5.3).
  const possible =
    integerOf(version) === 1
      ? [certificateOf(identifier, certificates)].filter((each) => each !== null)
      : partsOf(certificates).map((each) => new X509Certificate(writeDer(each)))
  if (hash === undefined || signature === undefined || possible.length === 0) return null
  const signed = attributes === undefined ? content : asSet(attributes)
  if (attributes !== undefined && !digestMatches(attributes, content, hash)) return false
  const bytes = octetsOf(signature)
  return possible
    .slice(0, certificatesMax)
    .some(({ publicKey }) => createVerify(hash).update(signed).verify(publicKey, bytes))
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

/** By issuer and serial number, as version 1 of a signer names it. */
function certificateOf(identifier: Der | undefined, certificates: Der): X509Certificate | null {
  const serial = octetsOf(partAt(identifier, 1))
    .toString('hex')
    .replace(/^(00)+/, '')
  for (const each of partsOf(certificates)) {
    const certificate = new X509Certificate(writeDer(each))
    const own = certificate.serialNumber.toLowerCase().replace(/^(00)+/, '')
    if (own === serial) return certificate
  }
  return null
}
