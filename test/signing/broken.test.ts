import { describe, expect, test } from 'vitest'
import { OoreError } from '../../src/lib/errors.ts'
import { readKeystore } from '../../src/signing/android/keystore.ts'
import { readAppStoreKey } from '../../src/signing/apple/app-store-key.ts'
import { readP12 } from '../../src/signing/apple/p12.ts'
import { readProfile } from '../../src/signing/apple/profile.ts'
import { der, type Der, writeDer } from '../../src/signing/der.ts'
import { appStoreKey, keystoreFile, p12Of, profileOf, signer } from '../support/apple-files.ts'
import { noon } from '../support/clock.ts'

const password = 'secret-of-p12'
const keystore = (store: string, key: string | null) => (bytes: Uint8Array) =>
  void readKeystore(bytes, { store, key, alias: null })

const files: [what: string, whole: () => Uint8Array, read: (bytes: Uint8Array) => void][] = [
  ['a modern .p12', () => p12Of(signer()), (b) => void readP12(b, password, noon)],
  [
    'a legacy .p12',
    () => p12Of(signer(), { way: 'legacy' }),
    (b) => void readP12(b, password, noon),
  ],
  ['an open .p12', () => p12Of(signer(), { way: 'open' }), (b) => void readP12(b, password, noon)],
  ['a profile', () => profileOf(), (b) => void readProfile(b)],
  ['a JKS', () => keystoreFile('upload.jks'), keystore('store-pass-1', 'key-pass-1')],
  ['a PKCS#12 keystore', () => keystoreFile('play.p12'), keystore('store-pass-4', null)],
  ['a .p8', () => appStoreKey(), (b) => void readAppStoreKey(b)],
]

/** Reads it, or is refused with a sentence at a field. Whatever else happens is a fault of ours. */
function outcomeOf(read: (bytes: Uint8Array) => void, bytes: Uint8Array): string {
  try {
    read(bytes)
    return 'read'
  } catch (error) {
    if (!(error instanceof OoreError) || error.fields.length !== 1) throw error
    expect(error.message).toMatch(/^.{10,}[.?!0-9A-Z]$/s)
    return error.fields[0]!.field
  }
}

/** The same numbers each time (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

describe.each(files)('%s', (_what, whole, read) => {
  const bytes = whole()

  test('is read whole', () => {
    expect(outcomeOf(read, bytes)).toBe('read')
  })

  test('that ends early is refused, wherever it ends', () => {
    // Nothing follows the dashes of a PEM but the end of its last line.
    const end = bytes.length - 2
    for (let length = 0; length < end; length += Math.max(1, Math.floor(end / 200))) {
      expect([length, outcomeOf(read, bytes.subarray(0, length))]).not.toEqual([length, 'read'])
    }
  })

  test('with any bytes changed is read or refused, and nothing else', () => {
    const random = seeded(42)
    for (let round = 0; round < 60; round++) {
      const changed = Buffer.from(bytes)
      for (let each = 0; each <= random() * 4; each++) {
        changed[Math.floor(random() * changed.length)] = Math.floor(random() * 256)
      }
      outcomeOf(read, changed)
    }
  })

  test('is refused where it is empty, or one byte again and again', () => {
    expect(outcomeOf(read, new Uint8Array())).toBe('file')
    expect(outcomeOf(read, Buffer.alloc(4096, 0x30))).toBe('file')
    expect(outcomeOf(read, Buffer.alloc(4096, 0xff))).toBe('file')
  })

  test('is refused where it is nested without end', () => {
    expect(outcomeOf(read, Buffer.alloc(900_000, '3080', 'hex'))).toBe('file')
    const defined = Buffer.alloc(60_000)
    for (let at = 0; at + 4 <= defined.length; at += 4) {
      defined.writeUInt16BE(0x3082, at)
      defined.writeUInt16BE(defined.length - at - 4, at + 2)
    }
    expect(outcomeOf(read, defined)).toBe('file')
  })
})

describe('a file that is made to keep its reader busy is refused before it does', () => {
  const dataOid = der.oid('1.2.840.113549.1.7.1')
  const data = (part: Der) => der.sequence(dataOid, der.tagged(0, der.octets(writeDer(part))))
  const refusalOf = (pfx: Der) => () => void readP12(writeDer(pfx), password, noon)

  test('by hashing passwords without end', () => {
    const derivation = der.sequence(der.octets(Buffer.alloc(8)), der.integer(1_000_000))
    const algorithm = der.sequence(der.oid('1.2.840.113549.1.12.1.3'), derivation)
    const locked = der.sequence(algorithm, der.octets(Buffer.alloc(16)))
    const bag = der.sequence(der.oid('1.2.840.113549.1.12.10.1.2'), der.tagged(0, locked))
    const bags = Array.from({ length: 1000 }, () => bag)
    const pfx = der.sequence(der.integer(3), data(der.sequence(data(der.sequence(...bags)))))
    expect(refusalOf(pfx)).toThrow('it hashes its password far more often than any program')
  })

  test('by a check sum of half a megabyte', () => {
    const sha1 = der.sequence(der.oid('1.3.14.3.2.26'), der.none())
    const mac = der.sequence(
      der.sequence(sha1, der.octets(Buffer.alloc(500_000))),
      der.octets(Buffer.alloc(8)),
      der.integer(1_000_000),
    )
    const pfx = der.sequence(der.integer(3), data(der.sequence()), mac)
    expect(refusalOf(pfx)).toThrow('its check sum has 500000 bytes instead of 20')
  })
})
