import { createHash } from 'node:crypto'

/** What a derived key is for (RFC 7292, appendix B.3). */
export const purposes = { key: 1, iv: 2, mac: 3 } as const

type Derivation = {
  /** Null is no password at all, which some programs write for an empty one. */
  password: string | null
  salt: Uint8Array
  iterations: number
  purpose: (typeof purposes)[keyof typeof purposes]
  /** How many bytes are wanted. */
  length: number
  hash: string
}

const blockBytes: Record<string, number> = { sha384: 128, sha512: 128 }

/** Derives keys from passwords the way of PKCS#12 itself (RFC 7292, appendix B.2). */
export function deriveKey({
  password,
  salt,
  iterations,
  purpose,
  length,
  hash,
}: Derivation): Buffer {
  const block = blockBytes[hash] ?? 64
  const diversifier = Buffer.alloc(block, purpose)
  const text = password === null ? Buffer.alloc(0) : bmpWithEnd(password)
  const input = Buffer.concat([filled(salt, block), filled(text, block)])
  const derived: Buffer[] = []
  for (let bytes = 0; bytes < length;) {
    let digest = createHash(hash).update(diversifier).update(input).digest()
    for (let round = 1; round < iterations; round += 1) {
      digest = createHash(hash).update(digest).digest()
    }
    derived.push(digest)
    bytes += digest.length
    if (bytes < length) addToEach(input, filled(digest, block).subarray(0, block), block)
  }
  return Buffer.concat(derived).subarray(0, length)
}

/** UTF-16, the higher byte first, with two zero bytes at its end. */
const bmpWithEnd = (text: string): Buffer =>
  Buffer.concat([Buffer.from(text, 'utf16le').swap16(), Buffer.alloc(2)])

/** Repeated until it fills whole blocks; nothing stays nothing. */
function filled(bytes: Uint8Array, block: number): Buffer {
  if (bytes.length === 0) return Buffer.alloc(0)
  return Buffer.alloc(Math.ceil(bytes.length / block) * block, Buffer.from(bytes))
}

/** Adds `digest + 1` to every block of the input, each a number with the highest byte first. */
function addToEach(input: Buffer, digest: Buffer, block: number): void {
  for (let start = 0; start < input.length; start += block) {
    let carry = 1
    for (let at = block - 1; at >= 0; at -= 1) {
      const sum = input[start + at]! + digest[at]! + carry
      input[start + at] = sum & 0xff
      carry = sum >> 8
    }
  }
}
