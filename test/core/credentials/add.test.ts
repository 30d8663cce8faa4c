import { describe, expect, test } from 'vitest'
import { addCredential, type NewCredential } from '../../../src/core/credentials/add.ts'
import { credentialReaders } from '../../../src/core/credentials/kinds.ts'
import type { CredentialKind } from '../../../src/core/credentials/credential.ts'
import { showCredential } from '../../../src/core/credentials/find.ts'
import type { OoreError } from '../../../src/lib/errors.ts'
import {
  appStoreKey,
  distributionName,
  keystoreFile,
  mismatchedP12,
  type P12Way,
  p12Of,
  profileOf,
  signedText,
  signer,
  team,
} from '../../support/apple-files.ts'
import { admin, makeServices, type TestServices } from '../../support/ctx.ts'

const password = 'secret-of-p12'
const issuer = '57246542-96fe-1a63-e053-0824d011072a'
const file = (bytes: Uint8Array, name = 'file') => ({ name, bytes })

const add = <K extends CredentialKind>(
  services: TestServices,
  kind: K,
  input: Omit<NewCredential<K>, 'fields'> & Partial<Pick<NewCredential<K>, 'fields'>>,
) =>
  addCredential(services.as(admin), kind, { fields: {}, ...input } as unknown as NewCredential<K>)

/** Which field was refused, and with which sentence. */
async function refusalOf(adding: Promise<unknown>): Promise<[field: string, message: string]> {
  const error = await adding.then(
    () => null,
    (refused: OoreError) => refused,
  )
  expect(error).toMatchObject({ trouble: expect.stringMatching(/invalid|conflict/) as string })
  const [field] = error?.fields ?? []
  return [field?.field ?? '', field?.message ?? '']
}

describe('a certificate', () => {
  test.each<{ way: P12Way; secret: string }>([
    { way: 'modern', secret: password },
    { way: 'legacy', secret: password },
    { way: 'legacy', secret: '' },
    { way: 'modern', secret: '' },
    { way: 'open', secret: 'Schlüssel 🗝' },
  ])('is stored as openssl writes it ($way, password "$secret")', async ({ way, secret }) => {
    await using services = await makeServices()
    const bytes = p12Of(signer(), { way, password: secret })
    const stored = await add(services, 'certificate', {
      file: file(bytes),
      fields: { password: secret },
    })
    expect(stored).toMatchObject({
      name: 'Apple Distribution Lumen GmbH (L8M3N9P2Q4)',
      expiresAt: Date.parse('2045-01-01'),
      described: {
        commonName: distributionName,
        teamId: team,
        kind: 'distribution',
        sha1: signer().sha1,
      },
    })
    expect(await showCredential(services.as(admin), 'certificate', stored.name)).toMatchObject({
      id: stored.id,
    })
  })

  const expired = () => signer({ name: 'Apple Development: Old (AAAAAAAAAA)', until: '2025-12-31' })
  const future = () => signer({ name: 'Apple Development: New (AAAAAAAAAA)', from: '2026-02-01' })
  const push = () => signer({ name: 'Apple Push Services: com.lumen.wallet' })
  const truncated = () => p12Of(signer()).subarray(0, 900)

  test.each<[what: string, bytes: () => Uint8Array, given: string, field: string, says: RegExp]>([
    ['a wrong password', () => p12Of(signer()), 'wrong', 'password', /does not open the file/],
    ['no password', () => p12Of(signer()), '', 'password', /none was given/],
    [
      'no private key',
      () => p12Of(signer(), { withKey: false }),
      password,
      'file',
      /without its private key/,
    ],
    ['another’s key', () => mismatchedP12(password), password, 'file', /do not belong together/],
    ['an end in the past', () => p12Of(expired()), password, 'file', /expired on 31 December 2025/],
    [
      'a beginning to come',
      () => p12Of(future()),
      password,
      'file',
      /not valid before 1 February 2026/,
    ],
    ['another purpose', () => p12Of(push()), password, 'file', /it is for Apple Push Services/],
    ['a missing end', truncated, password, 'file', /is incomplete: it has 900 bytes of \d+/],
    ['nothing in it', () => Buffer.alloc(0), '', 'file', /an empty file/],
    ['only a .cer', () => signer().der, '', 'file', /without its private key \(\.cer\)/],
    ['a PEM', () => Buffer.from(signer().key), '', 'file', /a private key in PEM/],
    ['a profile', () => profileOf(), '', 'file', /a provisioning profile, not a \.p12/],
    ['a keystore', () => keystoreFile('upload.jks'), '', 'file', /a Java keystore \(JKS\)/],
    ['any bytes', () => Buffer.from('what is this, a file?'), '', 'file', /is no \.p12/],
  ])('with %s is refused', async (_what, bytes, given, field, says) => {
    await using services = await makeServices()
    const adding = add(services, 'certificate', {
      file: file(bytes()),
      fields: { password: given },
    })
    const [where, message] = await refusalOf(adding)
    expect([where, message]).toEqual([field, expect.stringMatching(says)])
    expect(message).not.toContain('secret-of-p12')
  })
})

describe('a profile', () => {
  test.each<[kind: string, source: Parameters<typeof profileOf>[0], described: object]>([
    ['app_store', { inPieces: true, bundleId: 'com.lumen.x' }, { bundleId: 'com.lumen.x' }],
    ['app_store', {}, { bundleId: 'com.lumen.wallet', devices: [], teamName: 'Lumen GmbH' }],
    ['ad_hoc', { changes: { ProvisionedDevices: ['00008030-1E'] } }, { devices: ['00008030-1E'] }],
    [
      'development',
      {
        changes: { ProvisionedDevices: ['00008030-1E'] },
        entitlements: { 'get-task-allow': true },
      },
      {},
    ],
    ['enterprise', { changes: { ProvisionsAllDevices: true }, bundleId: 'com.lumen.*' }, {}],
    [
      'developer_id',
      { changes: { ProvisionsAllDevices: true, Platform: ['OSX'] } },
      { platforms: ['OSX'] },
    ],
  ])('is stored with what it says: %s', async (kind, source, described) => {
    await using services = await makeServices()
    const stored = await add(services, 'profile', { file: file(profileOf(source)) })
    expect(stored).toMatchObject({
      name: 'Wallet App Store',
      expiresAt: Date.parse('2040-06-01'),
      described: {
        kind,
        teamId: team,
        certificates: [{ sha1: signer().sha1, commonName: distributionName }],
        ...described,
      },
    })
  })

  const old = { ExpirationDate: new Date('2025-12-31T00:00:00Z') }
  const changed = () => {
    const bytes = profileOf()
    bytes.write('com.evilx.wallet', bytes.indexOf('com.lumen.wallet'))
    return bytes
  }
  test.each<[what: string, bytes: () => Uint8Array, says: RegExp]>([
    ['an end in the past', () => profileOf({ changes: old }), /expired on 31 December 2025/],
    ['a changed text', changed, /was changed after it was signed/],
    ['a missing end', () => profileOf().subarray(0, 700), /no provisioning profile, or is incomp/],
    ['other text in it', () => signedText('hello'), /cannot be read/],
    ['a list without a UUID', () => signedText('<plist><dict/></plist>'), /has no UUID/],
    ['a .p12 in its place', () => p12Of(signer()), /a PKCS#12 file/],
    ['nothing in it', () => Buffer.alloc(0), /an empty file/],
  ])('with %s is refused', async (_what, bytes, says) => {
    await using services = await makeServices()
    const adding = add(services, 'profile', { file: file(bytes()) })
    expect(await refusalOf(adding)).toEqual(['file', expect.stringMatching(says)])
  })
})

describe('a keystore', () => {
  test('of one key needs no alias, and its key may have a password of its own', async () => {
    await using services = await makeServices()
    const stored = await add(services, 'keystore', {
      file: file(keystoreFile('upload.jks')),
      fields: { store_password: 'store-pass-1', key_password: 'key-pass-1' },
    })
    expect(stored).toMatchObject({
      name: 'upload',
      described: {
        format: 'jks',
        alias: 'upload',
        aliases: [
          {
            alias: 'upload',
            subject: expect.stringContaining('CN=Lumen upload') as string,
            keyAlgorithm: 'RSA 2048',
            notBefore: Date.parse('2025-01-01'),
            sha1: expect.stringMatching(/^[0-9a-f]{40}$/) as string,
            sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
          },
        ],
      },
    })
  })

  test('of PKCS#12 is read too, and one of several keys is chosen by its alias', async () => {
    await using services = await makeServices()
    const play = await add(services, 'keystore', {
      file: file(keystoreFile('play.p12')),
      fields: { store_password: 'store-pass-4' },
    })
    expect(play.described).toMatchObject({
      format: 'pkcs12',
      aliases: [{ keyAlgorithm: 'EC P-256' }],
    })
    const two = await add(services, 'keystore', {
      file: file(keystoreFile('two.jks')),
      fields: { store_password: 'store-pass-2', alias: 'RELEASE' },
    })
    expect(two.described.alias).toBe('release')
    expect(two.described.aliases.map(({ alias }) => alias).toSorted()).toEqual(['debug', 'release'])
  })

  test.each<[what: string, name: string, fields: object, field: string, says: RegExp]>([
    ['a wrong store password', 'upload.jks', { store_password: 'x' }, 'store_password', /not open/],
    ['a wrong store password', 'play.p12', { store_password: 'x' }, 'store_password', /not open/],
    ['no store password', 'upload.jks', {}, 'store_password', /none was given/],
    [
      'a wrong key password',
      'upload.jks',
      { store_password: 'store-pass-1', key_password: 'x' },
      'key_password',
      /opens the keystore, but not the key "upload"/,
    ],
    [
      'a key password that is not said',
      'upload.jks',
      { store_password: 'store-pass-1' },
      'key_password',
      /another password than the keystore: enter it/,
    ],
    [
      'a key password where PKCS#12 has none',
      'play.p12',
      { store_password: 'store-pass-4', key_password: 'x' },
      'key_password',
      /Leave the key’s password empty/,
    ],
    [
      'several keys',
      'two.jks',
      { store_password: 'store-pass-2' },
      'alias',
      /2 keys: say which: (?=.*"debug")(?=.*"release")/,
    ],
    [
      'an alias that is not there',
      'two.jks',
      { store_password: 'store-pass-2', alias: 'prod' },
      'alias',
      /no key "prod"; it holds (?=.*"debug")(?=.*"release")/,
    ],
    [
      'the alias of a trusted certificate',
      'two.jks',
      { store_password: 'store-pass-2', alias: 'partner' },
      'alias',
      /no key "partner"/,
    ],
    [
      'no key at all',
      'trusted.jks',
      { store_password: 'store-pass-3' },
      'file',
      /no key that could sign/,
    ],
    [
      'an end in the past',
      'expired.p12',
      { store_password: 'store-pass-5' },
      'file',
      /expired on 31 January 2025/,
    ],
    ['the JCEKS kind', 'old.jceks', { store_password: 'store-pass-6' }, 'file', /importkeystore/],
  ])('with %s (%s) is refused', async (_what, name, fields, field, says) => {
    await using services = await makeServices()
    const adding = add(services, 'keystore', { file: file(keystoreFile(name)), fields })
    expect(await refusalOf(adding)).toEqual([field, expect.stringMatching(says)])
  })

  test('that broke off, or is something else, is refused with what it is', async () => {
    await using services = await makeServices()
    const fields = { store_password: 'store-pass-1' }
    const of = (bytes: Uint8Array) =>
      refusalOf(add(services, 'keystore', { file: file(bytes), fields }))
    expect(await of(keystoreFile('upload.jks').subarray(0, 1000))).toEqual([
      'file',
      expect.stringMatching(/damaged or incomplete/),
    ])
    expect(await of(keystoreFile('play.p12').subarray(0, 500))).toEqual([
      'file',
      expect.stringMatching(/damaged or incomplete/),
    ])
    expect(await of(profileOf())).toEqual(['file', expect.stringMatching(/provisioning profile/)])
  })
})

describe('a key of App Store Connect', () => {
  test('takes its id from the file’s name, and is told what is missing', async () => {
    await using services = await makeServices()
    const own = file(appStoreKey(), 'AuthKey_2X9R4HXF34.p8')
    const of = (bytes: Uint8Array, fields: object, name = '') =>
      refusalOf(add(services, 'app_store_key', { file: file(bytes, name), fields }))
    const ids = { key_id: '2X9R4HXF34', issuer_id: issuer }
    expect(await of(own.bytes, { issuer_id: issuer })).toEqual([
      'key_id',
      expect.stringMatching(/is missing/),
    ])
    expect(await of(own.bytes, { ...ids, key_id: 'abc' })).toEqual([
      'key_id',
      expect.stringMatching(/is "abc"/),
    ])
    expect(await of(own.bytes, { key_id: ids.key_id })).toEqual([
      'issuer_id',
      expect.stringMatching(/is missing/),
    ])
    expect(await of(own.bytes, { ...ids, issuer_id: 'lumen' })).toEqual([
      'issuer_id',
      expect.stringMatching(/a UUID/),
    ])
    expect(await of(appStoreKey('P-384'), ids)).toEqual(['file', expect.stringMatching(/P-256/)])
    expect(await of(Buffer.from(signer().key), ids)).toEqual([
      'file',
      expect.stringMatching(/of the kind rsa/),
    ])
    expect(await of(own.bytes.subarray(0, 90), ids)).toEqual([
      'file',
      expect.stringMatching(/damaged or incomplete/),
    ])
    expect(await of(p12Of(signer()), ids)).toEqual(['file', expect.stringMatching(/AuthKey_/)])

    const stored = await add(services, 'app_store_key', {
      file: own,
      fields: { issuer_id: issuer.toUpperCase() },
    })
    expect(stored).toMatchObject({
      name: 'Key 2X9R4HXF34',
      expiresAt: null,
      described: { keyId: '2X9R4HXF34', issuerId: issuer },
    })
  })
})

describe('names', () => {
  test('say under which one it is stored already, and a renewed profile takes its place', async () => {
    await using services = await makeServices()
    const bytes = profileOf()
    const first = await add(services, 'profile', { file: file(bytes), name: ' wallet ' })
    expect(first.name).toBe('wallet')
    expect(await refusalOf(add(services, 'profile', { file: file(bytes), name: 'b' }))).toEqual([
      'file',
      'is stored already, as "wallet"',
    ])
    const renewed = file(profileOf({ changes: { Name: 'Renewed' } }))
    expect(await refusalOf(add(services, 'profile', { file: renewed, name: 'wallet' }))).toEqual([
      'name',
      expect.stringMatching(/is taken: say “replace”/),
    ])
    const second = await add(services, 'profile', { file: renewed, name: 'wallet', replace: true })
    expect(second).toMatchObject({ id: first.id, name: 'wallet', described: { name: 'Renewed' } })
    // The first may come back under its own name, now that nothing holds it.
    await add(services, 'profile', { file: file(bytes), name: 'first' })
    const both = { file: file(bytes), name: 'wallet', replace: true }
    expect(await refusalOf(add(services, 'profile', both))).toEqual([
      'file',
      'is stored already, as "first"',
    ])
  })

  test('are refused where configurations and addresses do not take them', async () => {
    await using services = await makeServices()
    for (const name of ['a/b', '-a', 'a\nb', 'x'.repeat(101), '"quoted"', 'a\u202eb']) {
      const adding = add(services, 'profile', { file: file(profileOf()), name })
      expect([name, ...(await refusalOf(adding))]).toEqual([
        name,
        'name',
        expect.stringMatching(/write up to 100 letters/),
      ])
    }
  })

  test('of kinds are their own: a certificate and a keystore may have the same', async () => {
    await using services = await makeServices()
    await add(services, 'profile', { file: file(profileOf()), name: 'release' })
    const fields = { store_password: 'store-pass-4' }
    const play = { file: file(keystoreFile('play.p12')), fields, name: 'release' }
    expect(await add(services, 'keystore', play)).toMatchObject({ name: 'release' })
  })
})

test('a keystore whose key is not valid yet is refused, as a certificate is', () => {
  const upload = { name: '', bytes: keystoreFile('upload.jks') }
  const fields = { store_password: 'store-pass-1', key_password: 'key-pass-1' }
  const before = Date.parse('2000-01-01')
  expect(() => credentialReaders.keystore(upload, fields, before)).toThrow('not valid before')
})
