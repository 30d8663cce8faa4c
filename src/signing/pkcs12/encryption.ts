import { createDecipheriv, pbkdf2Sync } from 'node:crypto'
import rc2 from 'node-forge/lib/rc2.js'
import util from 'node-forge/lib/util.js'
import { type Der, integerOf, NotDer, octetsOf, oidOf, partAt, partsOf } from '../der.ts'
import { deriveKey, purposes } from './key-derivation.ts'

/*
 * How keys and bags are encrypted by a password: the ways of PKCS#12 (RFC 7292, appendix C) and
 * those of PKCS#5 (RFC 8018).
 */

/** More is a file that is made to keep readers busy; openssl takes 2,048, Java 10,000. */
export const iterationsMax = 1_000_000

/** A file that asks for what is not known here, in the words of its specification. */
export class UnknownEncryption extends Error {
  constructor(oid: string) {
    super(`It is encrypted by a method that is not known here (${oid}).`)
    this.name = 'UnknownEncryption'
  }
}

/**
 * How often passwords may yet be hashed for a file, all its parts together: a small file may have
 * thousands of parts, and whoever reads it does nothing else meanwhile. Java 8 takes 150,000 for each
 * key and 100,000 for the whole.
 */
export type Effort = { left: number }
export const effortOfFile = (): Effort => ({ left: 2_000_000 })

/**
 * Reads how often a password is hashed, for so many blocks, and takes that from what is left. Throws
 * NotDer where it is out of all proportion.
 */
export function iterationsOf(value: Der | undefined, effort: Effort, blocks: number): number {
  const iterations = value === undefined ? 1 : integerOf(value)
  if (!(iterations >= 1 && iterations <= iterationsMax)) {
    throw new NotDer(`it hashes its password ${iterations} times`)
  }
  effort.left -= iterations * blocks
  if (effort.left < 0) throw new NotDer('it hashes its password far more often than any program')
  return iterations
}

const pbes2 = '1.2.840.113549.1.5.13'
const pbkdf2 = '1.2.840.113549.1.5.12'

const ofPkcs12: Record<string, { cipher: 'des' | 'rc2'; keyBytes: number }> = {
  '1.2.840.113549.1.12.1.3': { cipher: 'des', keyBytes: 24 },
  '1.2.840.113549.1.12.1.4': { cipher: 'des', keyBytes: 16 },
  '1.2.840.113549.1.12.1.5': { cipher: 'rc2', keyBytes: 16 },
  '1.2.840.113549.1.12.1.6': { cipher: 'rc2', keyBytes: 5 },
}

const ofPkcs5: Record<string, { cipher: string; keyBytes: number }> = {
  '2.16.840.1.101.3.4.1.2': { cipher: 'aes-128-cbc', keyBytes: 16 },
  '2.16.840.1.101.3.4.1.22': { cipher: 'aes-192-cbc', keyBytes: 24 },
  '2.16.840.1.101.3.4.1.42': { cipher: 'aes-256-cbc', keyBytes: 32 },
  '1.2.840.113549.3.7': { cipher: 'des-ede3-cbc', keyBytes: 24 },
}

/**
 * For each block of so many bytes a password is hashed anew. PBKDF2 is native: measured, a round of it
 * takes this much of the time of one in PKCS#12's own way.
 */
const hashes: Record<string, { hash: string; bytes: number; weight: number }> = {
  '1.2.840.113549.2.7': { hash: 'sha1', bytes: 20, weight: 0.15 },
  '1.2.840.113549.2.8': { hash: 'sha224', bytes: 28, weight: 0.15 },
  '1.2.840.113549.2.9': { hash: 'sha256', bytes: 32, weight: 0.15 },
  '1.2.840.113549.2.10': { hash: 'sha384', bytes: 48, weight: 0.35 },
  '1.2.840.113549.2.11': { hash: 'sha512', bytes: 64, weight: 0.35 },
}

/**
 * Decrypts what an AlgorithmIdentifier says how. Null where the password is another. Throws NotDer
 * where the description is broken, UnknownEncryption where it names a way that is not known here.
 */
export function decrypt(
  algorithm: Der,
  encrypted: Uint8Array,
  password: string | null,
  effort: Effort,
): Buffer | null {
  const oid = oidOf(partAt(algorithm, 0))
  const parameters = partAt(algorithm, 1)
  return oid === pbes2
    ? decryptPkcs5(parameters, encrypted, password, effort)
    : decryptPkcs12(oid, parameters, encrypted, password, effort)
}

const sha1Bytes = 20

function decryptPkcs12(
  oid: string,
  parameters: Der,
  encrypted: Uint8Array,
  password: string | null,
  effort: Effort,
): Buffer | null {
  const way = ofPkcs12[oid]
  if (way === undefined) throw new UnknownEncryption(oid)
  // Those of the key, and one for the initial vector.
  const blocks = Math.ceil(way.keyBytes / sha1Bytes) + 1
  const shared = {
    password,
    salt: octetsOf(partAt(parameters, 0)),
    iterations: iterationsOf(partAt(parameters, 1), effort, blocks),
    hash: 'sha1',
  }
  const key = deriveKey({ ...shared, purpose: purposes.key, length: way.keyBytes })
  const iv = deriveKey({ ...shared, purpose: purposes.iv, length: 8 })
  if (way.cipher === 'rc2') return decryptRc2(key, iv, encrypted)
  // Two keys are three, of which the last is the first again.
  const whole = key.length === 16 ? Buffer.concat([key, key.subarray(0, 8)]) : key
  return decipher('des-ede3-cbc', whole, iv, encrypted)
}

/** OpenSSL 3, and Node with it, has put RC2 away. */
function decryptRc2(key: Buffer, iv: Buffer, encrypted: Uint8Array): Buffer | null {
  const cipher = rc2.createDecryptionCipher(key.toString('binary'), key.length * 8)
  cipher.start(iv.toString('binary'))
  cipher.update(util.createBuffer(Buffer.from(encrypted).toString('binary')))
  return cipher.finish() ? Buffer.from(cipher.output.getBytes(), 'binary') : null
}

function decryptPkcs5(
  parameters: Der,
  encrypted: Uint8Array,
  password: string | null,
  effort: Effort,
): Buffer | null {
  const derivation = partAt(parameters, 0)
  if (oidOf(partAt(derivation, 0)) !== pbkdf2) {
    throw new UnknownEncryption(oidOf(partAt(derivation, 0)))
  }
  const [salt, iterations, ...more] = partsOf(partAt(derivation, 1))
  const scheme = partAt(parameters, 1)
  const way = ofPkcs5[oidOf(partAt(scheme, 0))]
  if (way === undefined) throw new UnknownEncryption(oidOf(partAt(scheme, 0)))
  // The length of the key may stand before the hash; the cipher says it anyway.
  const named = more.find((each) => Array.isArray(each.value))
  const hashOid = named === undefined ? '1.2.840.113549.2.7' : oidOf(partAt(named, 0))
  const prf = hashes[hashOid]
  if (prf === undefined) throw new UnknownEncryption(hashOid)
  const effortOfRound = Math.ceil(way.keyBytes / prf.bytes) * prf.weight
  const key = pbkdf2Sync(
    Buffer.from(password ?? '', 'utf8'),
    octetsOf(salt),
    iterationsOf(iterations, effort, effortOfRound),
    way.keyBytes,
    prf.hash,
  )
  return decipher(way.cipher, key, octetsOf(partAt(scheme, 1)), encrypted)
}

function decipher(name: string, key: Buffer, iv: Buffer, encrypted: Uint8Array): Buffer | null {
  try {
    const opening = createDecipheriv(name, key, iv)
    return Buffer.concat([opening.update(encrypted), opening.final()])
  } catch {
    // The padding is another by another password.
    return null
  }
}
