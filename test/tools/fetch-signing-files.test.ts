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
    expect(made).toMatchObject({ code: 0, stderr: '' })
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
    expect(again).toMatchObject({ code: 0, stderr: '' })
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
    expect(passed).toMatchObject({ code: 0, stdout: expect.stringContaining('Passed over') })
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
    await failed('no distribution certificate of this private key', ...type)
    expect(on.apple.calls.filter((call) => !call.startsWith('GET'))).toEqual([])
    await fetchFiles(on, ...type, '--create')
    await failed('no profile IOS_APP_ADHOC', '--type', 'IOS_APP_ADHOC')
    await failed('none is registered at Apple', '--type', 'IOS_APP_ADHOC', '--create')
    // One that names a certificate of another key is no use, and is left alone.
    const other = ['--certificate-key', '@file:other.pem']
    writeFileSync(join(on.home, 'other.pem'), rsaKey())
    await failed('no distribution certificate', ...type, ...other)
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
    expect(await fetchFiles(on, ...locked, ...password)).toMatchObject({ code: 0, stderr: '' })
    expect((await fetchFiles(on, '--certificate-key', on.privateKey)).stderr).toContain(
      'none of RSA',
    )
    const mac = await fetchFiles(on, '--type', 'MAC_APP_STORE')
    expect(mac).toMatchObject({ code: 2, stdout: '' })
    expect(on.apple.has.certificates).toHaveLength(1)
  })
})
