import { createCipheriv, createHmac, randomBytes } from 'node:crypto'
import { der, type Der, writeDer } from '../der.ts'
import { deriveKey, purposes } from './key-derivation.ts'

const iterations = 2048
const tripleDes = '1.2.840.113549.1.12.1.3'

export type Identity = {
  /** All of them in DER; certificates are kept as they are, byte by byte. */
  pkcs8: Uint8Array
  certificate: Uint8Array
  /** Those that issued it. */
  chain: readonly Uint8Array[]
  /** What the key is called in a keychain. */
  name: string
}

/**
 * Writes a PKCS#12 file in the old way, 3DES with a SHA-1 MAC: the only one that `security` of every
 * macOS takes. It is no protection to speak of, so it is for files that live as long as an import.
 */
export function encodePkcs12(identity: Identity, password: string): Buffer {
  const keyId = randomBytes(20)
  const attributes = der.set(
    attribute('1.2.840.113549.1.9.20', der.bmpString(identity.name)),
    attribute('1.2.840.113549.1.9.21', der.octets(keyId)),
  )
  const certificates = der.sequence(
    bag('1.2.840.113549.1.12.10.1.3', certificateBag(identity.certificate), attributes),
    ...identity.chain.map((each) => bag('1.2.840.113549.1.12.10.1.3', certificateBag(each))),
  )
  const key = encrypt(identity.pkcs8, password)
  const shrouded = der.sequence(key.algorithm, der.octets(key.encrypted))
  const keys = der.sequence(bag('1.2.840.113549.1.12.10.1.2', shrouded, attributes))
  const content = writeDer(der.sequence(encryptedData(certificates, password), data(keys)))
  return writeDer(
    der.sequence(
      der.integer(3),
      der.sequence(der.oid(dataOid), der.tagged(0, der.octets(content))),
      macOf(content, password),
    ),
  )
}

const dataOid = '1.2.840.113549.1.7.1'

const data = (safe: Der): Der =>
  der.sequence(der.oid(dataOid), der.tagged(0, der.octets(writeDer(safe))))

/** `[0] IMPLICIT OCTET STRING` holds the encrypted content. */
function encryptedData(safe: Der, password: string): Der {
  const { algorithm, encrypted } = encrypt(writeDer(safe), password)
  const implicit = der.taggedBytes(0, encrypted)
  return der.sequence(
    der.oid('1.2.840.113549.1.7.6'),
    der.tagged(
      0,
      der.sequence(der.integer(0), der.sequence(der.oid(dataOid), algorithm, implicit)),
    ),
  )
}

function encrypt(plain: Uint8Array, password: string): { algorithm: Der; encrypted: Buffer } {
  const salt = randomBytes(8)
  const shared = { password, salt, iterations, hash: 'sha1' }
  const key = deriveKey({ ...shared, purpose: purposes.key, length: 24 })
  const iv = deriveKey({ ...shared, purpose: purposes.iv, length: 8 })
  const cipher = createCipheriv('des-ede3-cbc', key, iv)
  return {
    algorithm: der.sequence(
      der.oid(tripleDes),
      der.sequence(der.octets(salt), der.integer(iterations)),
    ),
    encrypted: Buffer.concat([cipher.update(plain), cipher.final()]),
  }
}

function macOf(content: Buffer, password: string): Der {
  const salt = randomBytes(8)
  const key = deriveKey({
    password,
    salt,
    iterations,
    purpose: purposes.mac,
    length: 20,
    hash: 'sha1',
  })
  const digest = createHmac('sha1', key).update(content).digest()
  const sha1 = der.sequence(der.oid('1.3.14.3.2.26'), der.none())
  return der.sequence(
    der.sequence(sha1, der.octets(digest)),
    der.octets(salt),
    der.integer(iterations),
  )
}

const attribute = (oid: string, value: Der): Der => der.sequence(der.oid(oid), der.set(value))

const bag = (oid: string, value: Der, attributes?: Der): Der =>
  der.sequence(der.oid(oid), der.tagged(0, value), ...(attributes ? [attributes] : []))

const certificateBag = (certificate: Uint8Array): Der =>
  der.sequence(der.oid('1.2.840.113549.1.9.22.1'), der.tagged(0, der.octets(certificate)))
