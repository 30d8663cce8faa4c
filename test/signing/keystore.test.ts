import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { OoreError } from '../../src/lib/errors.ts'
import { readKeystore } from '../../src/signing/android/keystore.ts'
import { hasProgram } from '../runner/signing/keystores.ts'
import { inFiles, keystoreFile, p12Of, signer } from '../support/apple-files.ts'

type Entry = { alias: string; key?: string; args?: string[]; command?: string }

/** What keytool makes of these entries, one after another. */
const keytool = (type: 'JKS' | 'PKCS12', store: string, ...entries: Entry[]): Buffer =>
  inFiles({}, (at) => {
    for (const { alias, key = store, args = [], command = '-genkeypair' } of entries) {
      const kind = args.length > 0 ? args : ['-keyalg', 'EC']
      const name = command === '-genkeypair' ? ['-dname', `CN=Lumen\\, Inc. ${alias},O=Müller`] : []
      execFileSync(
        'keytool',
        [
          ...[command, '-keystore', at('store'), '-storetype', type, '-storepass', store],
          ...['-alias', alias, '-keypass', key, ...kind, ...name],
        ],
        { stdio: 'pipe', env: { ...process.env, LC_ALL: 'C.UTF-8' } },
      )
    }
    return readFileSync(at('store'))
  })

const read = (
  bytes: Buffer,
  store: string,
  alias: string | null = null,
  key: string | null = null,
) => readKeystore(bytes, { store, key, alias })

function refusalOf(...given: Parameters<typeof read>): [field: string, message: string] {
  try {
    read(...given)
  } catch (error) {
    if (!(error instanceof OoreError)) throw error
    const [field] = error.fields
    return [field!.field, field!.message]
  }
  throw new Error('it was read')
}

const kinds: [kind: string, args: string[]][] = [
  ['RSA 3072', ['-keyalg', 'RSA', '-keysize', '3072']],
  ['EC P-521', ['-keyalg', 'EC', '-groupname', 'secp521r1']],
  ['DSA 2048', ['-keyalg', 'DSA', '-keysize', '2048']],
]

describe.skipIf(!hasProgram('keytool')).each(['JKS', 'PKCS12'] as const)(
  'what keytool writes as %s',
  (type) => {
    test.each(kinds)('with a key of %s is read', (keyAlgorithm, args) => {
      const opened = read(keytool(type, 'store-pass', { alias: 'upload', args }), 'store-pass')
      expect(opened).toMatchObject({ alias: 'upload', keyPassword: 'store-pass' })
      expect(opened.keystore.format).toBe(type.toLowerCase())
      expect(opened.keystore.aliases).toMatchObject([{ alias: 'upload', keyAlgorithm }])
    })

    test('with other letters in its aliases is read, capital or small', () => {
      const names: Entry[] = [{ alias: 'Schlüssel' }, { alias: '🗝 Zwei' }]
      const bytes = keytool(type, 'store-pass', ...names)
      expect(read(bytes, 'store-pass', 'SCHLÜSSEL').alias).toBe('schlüssel')
      expect(read(bytes, 'store-pass', '🗝 zwei').alias).toBe('🗝 zwei')
      expect(refusalOf(bytes, 'store-pass', 'drei')).toEqual([
        'alias',
        expect.stringMatching(
          /^The keystore has no key "drei"; it holds (?=.*"schlüssel")(?=.*"🗝 zwei")/,
        ),
      ])
    })
  },
)

describe.skipIf(!hasProgram('keytool'))('what keytool writes', () => {
  test('as JKS may have passwords in any letters, which are told apart', () => {
    const bytes = keytool('JKS', 'Läden-🗝-€', { alias: 'upload', key: 'Schlüssel-雪' })
    expect(read(bytes, 'Läden-🗝-€', null, 'Schlüssel-雪').keyPassword).toBe('Schlüssel-雪')
    expect(refusalOf(bytes, 'Laden-🗝-€')[0]).toBe('store_password')
    expect(refusalOf(bytes, 'Läden-🗝-€', null, 'Schlussel-雪')[0]).toBe('key_password')
    expect(refusalOf(bytes, 'Läden-🗝-€')[1]).toContain('has another password than the keystore')
  })

  test.each<[what: string, options: string[]]>([
    ['as Java 8 did', ['-J-Dkeystore.pkcs12.legacy']],
    ['with 200,000 rounds', ['-J-Dkeystore.pkcs12.keyPbeIterationCount=200000']],
    [
      'without a check sum',
      ['-J-Dkeystore.pkcs12.macAlgorithm=NONE', '-J-Dkeystore.pkcs12.certProtectionAlgorithm=NONE'],
    ],
  ])('as PKCS#12 %s is read, and by no other password', (_what, options) => {
    const args = ['-keyalg', 'EC', ...options]
    const bytes = keytool('PKCS12', 'store-pass', { alias: 'upload', args })
    expect(read(bytes, 'store-pass').alias).toBe('upload')
    expect(refusalOf(bytes, 'other-pass')).toEqual([
      'store_password',
      'This password does not open the keystore.',
    ])
  })

  test('without any key that signs is refused with that', () => {
    const args = ['-keyalg', 'AES', '-keysize', '128']
    const bytes = keytool('PKCS12', 'store-pass', { alias: 'aes', command: '-genseckey', args })
    expect(refusalOf(bytes, 'store-pass')).toEqual([
      'file',
      'The keystore has no key that could sign: only certificates that are trusted, or secrets of other kinds.',
    ])
  })
})

describe('a damaged keystore', () => {
  test('whose certificate has no key to read is refused, not broken by', () => {
    const { der } = signer()
    const bytes = p12Of(signer(), { way: 'bare' })
    expect(read(bytes, '').keystore.aliases).toHaveLength(1)
    // The modulus begins in the middle of the certificate: nothing of it is what it says it is.
    const spki = der.indexOf(Buffer.from('06092a864886f70d010101', 'hex'))
    const at = bytes.indexOf(der) + spki + 13
    expect(bytes[at]).toBe(0x03)
    const outcomes = new Set<string>()
    for (let offset = 0; offset < 16; offset++) {
      const changed = Buffer.from(bytes)
      changed[at + offset]! ^= 0xff
      outcomes.add(refusalOf(changed, '')[0])
    }
    expect([...outcomes]).toEqual(['file'])
  })

  test('whose seal was made anew is read or refused, and nothing else', () => {
    const whole = keystoreFile('two.jks')
    const outcomes = { read: 0, refused: 0 }
    for (let at = 0; at < whole.length - 20; at += 5) {
      const changed = Buffer.from(whole)
      changed[at]! ^= 0x81
      seal(changed, 'store-pass-2')
      try {
        read(changed, 'store-pass-2', 'release')
        outcomes.read += 1
      } catch (error) {
        if (!(error instanceof OoreError)) throw error
        outcomes.refused += 1
      }
    }
    expect(outcomes.read).toBeGreaterThan(0)
    expect(outcomes.refused).toBeGreaterThan(0)
  })
})

/** Ends a JKS with the digest that its password makes of it. */
function seal(file: Buffer, password: string): void {
  const digest = createHash('sha1')
    .update(Buffer.from(password, 'utf16le').swap16())
    .update('Mighty Aphrodite')
    .update(file.subarray(0, -20))
    .digest()
  digest.copy(file, file.length - 20)
}
