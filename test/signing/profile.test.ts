import { readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { readSigned } from '../../src/signing/apple/cms.ts'
import { readProfile } from '../../src/signing/apple/profile.ts'
import { inFiles, openssl, profileOf, signer, team, unsignedText } from '../support/apple-files.ts'

/** The list of a profile, signed in another way than Apple's; its authority has the number 1. */
function signed(args: readonly string[], serial = '1'): Buffer {
  const { key, certificate } = signer()
  return inFiles({ key, certificate, profile: profileOf() }, (at) => {
    const whole = ['-in', at('profile'), '-inform', 'der', '-noverify', '-out', at('list')]
    openssl('cms', '-verify', ...whole)
    const subject = ['-subj', '/CN=Authority', '-set_serial', '1', '-days', '30']
    openssl('req', '-x509', '-key', at('key'), ...subject, '-out', at('ca.pem'))
    openssl('genpkey', '-algorithm', 'RSA', '-out', at('leaf.key'))
    openssl('req', '-new', '-key', at('leaf.key'), '-subj', '/CN=Leaf', '-out', at('csr'))
    writeFileSync(at('extensions'), 'subjectKeyIdentifier=hash')
    const by = ['-CA', at('ca.pem'), '-CAkey', at('key'), '-set_serial', serial, '-days', '30']
    const more = ['-extfile', at('extensions'), '-out', at('leaf.pem')]
    openssl('x509', '-req', '-in', at('csr'), ...by, ...more)
    const who = ['-signer', at('leaf.pem'), '-inkey', at('leaf.key'), '-certfile', at('ca.pem')]
    const what = ['-sign', '-binary', '-nodetach', '-in', at('list'), '-outform', 'der']
    openssl('cms', ...what, ...who, ...args, '-out', at('signed'))
    return readFileSync(at('signed'))
  })
}

function changed(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes)
  copy.write('com.evilx.wallet', copy.indexOf('com.lumen.wallet'))
  return copy
}

describe('a signature', () => {
  test.each<[what: string, args: string[]]>([
    ['with the numbers of authority and signer alike', []],
    ['naming its signer by the id of the key', ['-keyid']],
    ['of the text itself, without attributes', ['-noattr']],
    ['by SHA-1, as of old', ['-md', 'sha1']],
    ['by SHA-512', ['-md', 'sha512']],
  ])('%s holds, and no longer once the text is changed', (_what, args) => {
    const bytes = signed(args)
    expect(readProfile(bytes)).toMatchObject({ bundleId: 'com.lumen.wallet', teamId: team })
    expect(() => readProfile(changed(bytes))).toThrow('was changed after it was signed')
  })

  test.each<[what: string, args: string[]]>([
    ['by a method that is not known here', ['-keyopt', 'rsa_padding_mode:pss']],
    ['without the certificate of its signer', ['-nocerts']],
  ])('%s is left to those who know it', (_what, args) => {
    expect(readProfile(signed(args, '2')).bundleId).toBe('com.lumen.wallet')
  })
})

test('a profile whose signers were taken away is refused like a changed one', () => {
  const list = readSigned(profileOf()).content
  const bytes = unsignedText(Buffer.from(list).toString('utf8'))
  expect(() => readProfile(bytes)).toThrow('was changed after it was signed')
})

describe('a profile for Macs', () => {
  const Entitlements = { 'com.apple.application-identifier': `${team}.com.lumen.desk` }
  const devices = { ProvisionedDevices: ['8C1F-00'] }
  test.each<[kind: string, changes: object]>([
    ['development', { Platform: ['OSX'], ...devices }],
    ['development', devices],
    ['app_store', { Platform: ['OSX'] }],
    ['developer_id', { Platform: ['OSX'], ProvisionsAllDevices: true }],
    ['developer_id', { ProvisionsAllDevices: true }],
  ])('is for %s: %j', (kind, changes) => {
    const bytes = profileOf({ changes: { Platform: [], Entitlements, ...changes } })
    expect(readProfile(bytes)).toMatchObject({ kind, bundleId: 'com.lumen.desk' })
  })
})

test('a message without a list in it is refused with that', () => {
  const { certificate } = signer()
  const bytes = inFiles({ certificate }, (at) => {
    const to = ['-certfile', at('certificate'), '-outform', 'der', '-out', at('out')]
    openssl('crl2pkcs7', '-nocrl', ...to)
    return readFileSync(at('out'))
  })
  expect(() => readProfile(bytes)).toThrow('is incomplete (it carries no content).')
})
