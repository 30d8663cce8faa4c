import { generateKeyPairSync } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readProfile } from '../../src/signing/apple/profile.ts'
import { keyInP12 } from '../support/apple-files.ts'
import { type AppleScript, appleScript } from '../support/fake-apple/script.ts'

const udid = '00008110-001A2B3C4D5E6F70'
const app = 'com.lumen.wallet'
const profiles = 'Library/MobileDevice/Provisioning Profiles'
const newProfiles = 'Library/Developer/Xcode/UserData/Provisioning Profiles'
const certificates = 'Library/MobileDevice/Certificates'

const rsaKey = (passphrase?: string): string =>
  generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding:
      passphrase === undefined
        ? { type: 'pkcs8', format: 'pem' }
        : { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase },
  }).privateKey

const key = rsaKey()
const fetchFiles = (on: AppleScript, ...args: string[]) =>
  on.run('fetch-signing-files', app, ...args)
const filesIn = (on: AppleScript, directory: string): string[] =>
  existsSync(join(on.home, directory)) ? readdirSync(join(on.home, directory)).toSorted() : []

describe('app-store-connect fetch-signing-files', () => {
  test('with --create has made what is missing, saves it, and fetches the same the next time', async () => {
    await using on = await appleScript({ CERTIFICATE_PRIVATE_KEY: key })
    on.apple.addDevice('phone', udid)
    on.apple.addDevice('mac', 'b'.repeat(40), { deviceClass: 'MAC', platform: 'MAC_OS' })
    const made = await fetchFiles(on, '--type', 'IOS_APP_ADHOC', '--create')
    expect(made).toMatchObject({ code: 0, stdout: '' })
    expect(on.apple.has.bundleIds).toMatchObject([{ attributes: { identifier: app } }])

    const [p12 = '', ...others] = filesIn(on, certificates)
    expect([p12, others]).toEqual([
      expect.stringMatching(/^DISTRIBUTION_ID\d+_[0-9a-f]{8}\.p12$/),
      [],
    ])
    const path = join(on.home, certificates, p12)
    expect(keyInP12(readFileSync(path), '').replaceAll(/\s/g, '')).toBe(key.replaceAll(/\s/g, ''))
    expect(statSync(path).mode & 0o777).toBe(0o600)
    const [profile = ''] = filesIn(on, profiles)
    expect(filesIn(on, newProfiles)).toEqual([profile])
    const read = readProfile(readFileSync(join(on.home, profiles, profile)))
    expect(read).toMatchObject({ bundleId: app, kind: 'ad_hoc', devices: [udid] })
    expect(profile).toBe(`${read.uuid}.mobileprovision`)
    // Each is known to the runner, which removes it after the build.
    expect(on.noted()).toEqual(
      [join(certificates, p12), join(newProfiles, profile), join(profiles, profile)].map((each) =>
        join(on.home, each),
      ),
    )

    const again = await fetchFiles(on, '--type=IOS_APP_ADHOC', '--p12-password', 'secret')
    expect(again).toMatchObject({ code: 0, stdout: '' })
    expect(on.apple.has.certificates).toHaveLength(1)
    expect(on.apple.has.profiles).toHaveLength(1)
    const second = filesIn(on, certificates).find((each) => each !== p12) ?? ''
    expect(keyInP12(readFileSync(join(on.home, certificates, second)), 'secret')).toContain('KEY')
    expect(on.apple.calls.filter((call) => call.startsWith('DELETE'))).toEqual([])
  })

  test('takes extensions along, and no other app that only begins alike', async () => {
    await using on = await appleScript({ CERTIFICATE_PRIVATE_KEY: key })
    for (const id of [app, `${app}.widgets`, `${app}2`]) on.apple.addBundleId(id)
    const where = ['--profiles-dir', 'profiles', '--certificates-dir', 'certificates']
    const type = ['--type', 'IOS_APP_STORE']
    expect(
      await fetchFiles(on, ...type, ...where, '--create', '--strict-match-identifier'),
    ).toMatchObject({
      code: 0,
    })
    expect(filesIn(on, 'profiles')).toHaveLength(1)
    const passed = await fetchFiles(on, ...type, ...where)
    expect(passed).toMatchObject({ code: 0, stderr: expect.stringContaining('Passed over') })
    expect(await fetchFiles(on, ...type, ...where, '--create')).toMatchObject({ code: 0 })
    const ids = filesIn(on, 'profiles').map(
      (name) => readProfile(readFileSync(join(on.home, 'profiles', name))).bundleId,
    )
    expect(ids.toSorted()).toEqual([app, `${app}.widgets`])
    expect(filesIn(on, profiles)).toEqual([])
  })

  test('without --create makes nothing, and says what is missing', async () => {
    await using on = await appleScript({ CERTIFICATE_PRIVATE_KEY: key })
    const type = ['--type', 'IOS_APP_STORE']
    const failed = async (words: string, ...args: string[]) =>
      expect(await fetchFiles(on, ...args)).toEqual({
        code: expect.any(Number),
        stdout: expect.any(String),
        stderr: expect.stringContaining(words),
      })
    await failed('knows no app id', ...type)
    on.apple.addBundleId(app)
    await failed('no DISTRIBUTION certificate of this private key', ...type)
    expect(on.apple.calls.filter((call) => !call.startsWith('GET'))).toEqual([])
    await fetchFiles(on, ...type, '--create')
    await failed('no profile IOS_APP_ADHOC', '--type', 'IOS_APP_ADHOC')
    await failed('none is registered at Apple', '--type', 'IOS_APP_ADHOC', '--create')
    // One that names a certificate of another key is no use, and is left alone.
    const other = ['--certificate-key', '@file:other.pem']
    writeFileSync(join(on.home, 'other.pem'), rsaKey())
    await failed('no DISTRIBUTION certificate', ...type, ...other)
    expect(await fetchFiles(on, ...type, ...other, '--create')).toMatchObject({ code: 0 })
    expect([on.apple.has.certificates.length, on.apple.has.profiles.length]).toEqual([2, 2])
    writeFileSync(join(on.home, 'third.pem'), rsaKey())
    await failed(
      'already have a current certificate',
      ...type,
      '--certificate-key',
      '@file:third.pem',
      '--create',
    )
    expect(on.apple.has.certificates).toHaveLength(2)
  })

  test('takes keys with a password, and refuses others by name', async () => {
    await using on = await appleScript()
    on.apple.addBundleId(app)
    expect((await fetchFiles(on)).stderr).toContain('CERTIFICATE_PRIVATE_KEY')
    writeFileSync(join(on.home, 'locked.pem'), rsaKey('open sesame'))
    const locked = ['--certificate-key', '@file:locked.pem', '--type', 'IOS_APP_STORE', '--create']
    expect((await fetchFiles(on, ...locked)).stderr).toContain('cannot be read')
    const password = ['--certificate-key-password', 'open sesame']
    expect(await fetchFiles(on, ...locked, ...password)).toMatchObject({ code: 0, stdout: '' })
    expect((await fetchFiles(on, '--certificate-key', on.privateKey)).stderr).toContain(
      'none of RSA',
    )
    const unknown = await fetchFiles(on, '--type', 'APP_STORE')
    expect(unknown).toMatchObject({ code: 2, stdout: '' })
    expect(unknown.stderr).toContain('IOS_APP_STORE')
    expect(on.apple.has.certificates).toHaveLength(1)
  })

  test.each([
    ['MAC_APP_STORE', 'app_store', 'DISTRIBUTION'],
    ['MAC_APP_DEVELOPMENT', 'development', 'DEVELOPMENT'],
    ['MAC_APP_DIRECT', 'developer_id', 'DEVELOPER_ID_APPLICATION'],
  ])('for Macs: %s', async (type, kind, certificate) => {
    await using on = await appleScript({ CERTIFICATE_PRIVATE_KEY: key })
    on.apple.addDevice('phone', udid)
    on.apple.addDevice('mac', 'b'.repeat(40), { deviceClass: 'MAC', platform: 'MAC_OS' })
    const made = await fetchFiles(on, '--platform', 'MAC_OS', '--type', type, '--create')
    expect(made).toMatchObject({ code: 0, stdout: '' })
    expect(on.apple.has.bundleIds).toMatchObject([{ attributes: { platform: 'MAC_OS' } }])
    expect(on.apple.has.certificates).toMatchObject([
      { attributes: { certificateType: certificate } },
    ])
    const [profile = ''] = filesIn(on, profiles)
    const read = readProfile(readFileSync(join(on.home, profiles, profile)))
    expect(profile).toBe(`${read.uuid}.provisionprofile`)
    expect(read).toMatchObject({
      kind,
      platforms: ['OSX'],
      devices: kind === 'development' ? ['b'.repeat(40)] : [],
    })
  })
})

describe('app-store-connect certificates', () => {
  const installer = ['--type', 'MAC_INSTALLER_DISTRIBUTION']

  test.each([
    [
      ['certificates', 'list'],
      ['certificates', 'create'],
    ],
    [['list-certificates'], ['create-certificate']],
  ])(
    '%j fails where there is none, so that one is created, and finds it then',
    async (list, create) => {
      await using on = await appleScript({ CERTIFICATE_PRIVATE_KEY: key })
      const none = await on.run(...list, ...installer, '--save')
      expect(none).toMatchObject({ code: 1, stdout: '' })
      expect(filesIn(on, certificates)).toEqual([])
      const made = await on.run(...create, ...installer, '--save', '--p12-password', 'secret')
      expect(made.code).toBe(0)
      expect(made.stdout).toContain('3rd Party Mac Developer Installer')
      expect(on.apple.has.certificates).toMatchObject([
        { attributes: { certificateType: 'MAC_INSTALLER_DISTRIBUTION' } },
      ])
      const [p12 = ''] = filesIn(on, certificates)
      expect(keyInP12(readFileSync(join(on.home, certificates, p12)), 'secret')).toContain('KEY')
      expect(on.noted()).toEqual([join(on.home, certificates, p12)])
      expect(await on.run(...list, ...installer, '--save')).toMatchObject({ code: 0 })
      expect(filesIn(on, certificates)).toHaveLength(2)
      expect(on.apple.has.certificates).toHaveLength(1)
    },
  )

  test('are listed as JSON and nothing else, of the types that are asked for, without a key of theirs', async () => {
    await using on = await appleScript()
    writeFileSync(join(on.home, 'a.pem'), rsaKey())
    const own = ['--certificate-key', '@file:a.pem']
    for (const type of ['DISTRIBUTION', 'DEVELOPMENT', 'IOS_DISTRIBUTION']) {
      const made = await on.run('certificates', 'create', '--type', type, ...own)
      expect(made.code).toBe(0)
    }
    const listed = async (...args: string[]) => {
      const { stdout } = await on.run('certificates', 'list', '--json', ...args)
      const rows = JSON.parse(stdout) as { type: string; attributes: { certificateType: string } }[]
      return rows.map(({ attributes }) => attributes.certificateType)
    }
    expect(await listed()).toEqual(['DISTRIBUTION', 'DEVELOPMENT', 'IOS_DISTRIBUTION'])
    expect(await listed('--type', 'DEVELOPMENT', 'IOS_DISTRIBUTION')).toHaveLength(2)
    expect(await listed('--profile-type', 'IOS_APP_STORE')).toEqual([
      'DISTRIBUTION',
      'IOS_DISTRIBUTION',
    ])
    expect(await listed('--type', 'DISTRIBUTION', '--save', ...own)).toEqual(['DISTRIBUTION'])
    expect(await listed('--display-name', 'Nobody')).toEqual([])
    expect(filesIn(on, certificates)).toHaveLength(1)
    // One of another key is shown, and not saved.
    writeFileSync(join(on.home, 'b.pem'), rsaKey())
    const other = await on.run('certificates', 'list', '--save', '--certificate-key', '@file:b.pem')
    expect(other).toMatchObject({ code: 1, stdout: '' })
    expect(filesIn(on, certificates)).toHaveLength(1)
  })
})
