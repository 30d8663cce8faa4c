import { X509Certificate } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { makeP12, p12BytesMax, readP12, recodeP12 } from '../../src/signing/apple/p12.ts'
import { makeSigningRequest } from '../../src/signing/apple/signing-request.ts'
import { der, octetsOf, partAt, partsOf, readDer, writeDer } from '../../src/signing/der.ts'
import { inFiles, openssl, p12Of, signer } from '../support/apple-files.ts'
import { berOf } from '../support/ber.ts'
import { noon } from '../support/clock.ts'

const name = 'Apple Distribution: Lumen, Inc. (L8M3N9P2Q4)'
const secret = 'pass:secret-of-p12'
/** For what openssl makes now. */
const soon = Date.now() + 60_000

/** An authority, what it issues, and files of what it issued: all by openssl. */
function withAuthority<T>(work: (made: Made) => T): T {
  return inFiles({}, (at) => {
    const key = (file: string, ...kind: string[]) =>
      void openssl('genpkey', ...kind, '-out', at(file))
    key('ca.key', '-algorithm', 'RSA')
    const who = ['-x509', '-key', at('ca.key'), '-out', at('ca.pem'), '-days', '30']
    openssl('req', ...who, '-subj', '/CN=Authority')
    const issue = (file: string, keyFile: string, subject: string, days = '20', serial = '7') => {
      const request = ['-new', '-key', at(keyFile), '-subj', subject, '-utf8']
      openssl('req', ...request, '-out', at('csr'))
      const by = ['-CA', at('ca.pem'), '-CAkey', at('ca.key'), '-set_serial', serial]
      openssl('x509', '-req', '-in', at('csr'), ...by, '-days', days, '-out', at(file))
    }
    const pack = (pemFiles: readonly string[], ...args: string[]) => {
      writeFileSync(at('all.pem'), pemFiles.map((file) => readFileSync(at(file), 'utf8')).join(''))
      openssl('pkcs12', '-export', '-in', at('all.pem'), '-out', at('out'), ...args)
      return readFileSync(at('out'))
    }
    return work({ at, key, issue, pack })
  })
}

type Made = {
  at: (file: string) => string
  key: (file: string, ...kind: string[]) => void
  issue: (file: string, keyFile: string, subject: string, days?: string, serial?: string) => void
  pack: (pemFiles: readonly string[], ...args: string[]) => Buffer
}

const refusalOf = (read: () => unknown): { field: string; message: string } | undefined => {
  try {
    read()
  } catch (error) {
    return (error as { fields: { field: string; message: string }[] }).fields[0]
  }
  return undefined
}

describe('is read as openssl encrypts it', () => {
  const hasLegacy = (() => {
    try {
      openssl('list', '-providers', '-provider', 'legacy')
      return true
    } catch {
      return false
    }
  })()
  const ways: [way: string, args: string[], isLegacy?: boolean][] = [
    ['with RC2 of 40 bits, as macOS does', ['-legacy', '-certpbe', 'PBE-SHA1-RC2-40'], true],
    ['with RC2 of 128 bits', ['-legacy', '-certpbe', 'PBE-SHA1-RC2-128'], true],
    ['with 3DES of two keys', ['-legacy', '-keypbe', 'PBE-SHA1-2DES'], true],
    ['with AES of 128 and 192 bits', ['-keypbe', 'AES-128-CBC', '-certpbe', 'AES-192-CBC']],
    ['with 3DES by PBKDF2', ['-keypbe', 'DES-EDE3-CBC', '-certpbe', 'DES-EDE3-CBC']],
    ['with a check sum of SHA-512', ['-macalg', 'sha512']],
    ['without a check sum', ['-nomac']],
    ['hashing the password once', ['-noiter', '-nomaciter']],
  ]
  for (const [way, args, isLegacy = false] of ways) {
    test.skipIf(isLegacy && !hasLegacy).each(['secret', ''])(
      `${way}, password "%s"`,
      (password) => {
        const { key, certificate } = signer({ name })
        const bytes = inFiles({ key, certificate }, (at) => {
          const from = ['-in', at('certificate'), '-inkey', at('key')]
          openssl(
            'pkcs12',
            '-export',
            ...from,
            ...args,
            '-passout',
            `pass:${password}`,
            '-out',
            at('out'),
          )
          return readFileSync(at('out'))
        })
        expect(readP12(bytes, password, noon).certificate.sha1).toBe(signer({ name }).sha1)
        expect(refusalOf(() => readP12(bytes, 'other', noon))).toEqual({
          field: 'password',
          message: 'This password does not open the file.',
        })
      },
    )
  }

  test.each(['modern', 'legacy', 'open'] as const)('in pieces of indefinite length (%s)', (way) => {
    const bytes = berOf(p12Of(signer(), { way }))
    expect(bytes.subarray(0, 2).toString('hex')).toBe('3080')
    expect(readP12(bytes, 'secret-of-p12', noon).certificate.sha1).toBe(signer().sha1)
    expect(refusalOf(() => readP12(bytes, 'other', noon))?.field).toBe('password')
  })

  test('with each byte of its password for a letter, as LibreSSL does on Macs', () => {
    const bytewise = Buffer.from('Schlüssel', 'utf8').toString('latin1')
    const bytes = p12Of(signer(), { way: 'legacy', password: bytewise })
    expect(readP12(bytes, 'Schlüssel', noon).certificate.sha1).toBe(signer().sha1)
    expect(refusalOf(() => readP12(bytes, 'Schlussel', noon))?.field).toBe('password')
  })

  test('in pieces within pieces, where no check sum is made of them', () => {
    const bytes = berOf(p12Of(signer(), { way: 'bare' }), 2)
    expect(readP12(bytes, '', noon).certificate.sha1).toBe(signer().sha1)
  })
})

test('a name with what separates names in it is read as it is', () => {
  const { certificate } = readP12(p12Of(signer({ name })), 'secret-of-p12', noon)
  expect(certificate).toMatchObject({ commonName: name, teamId: 'L8M3N9P2Q4' })
  const odd = 'Apple Development: "Ü" <a\\b>; 雪 #1 (AAAAAAAAAA)'
  const read = readP12(p12Of(signer({ name: odd })), 'secret-of-p12', noon)
  expect(read.certificate.commonName).toBe(odd)
})

describe('of several certificates', () => {
  test('the one whose key is there is meant, wherever it stands in its chain', () => {
    withAuthority(({ at, key, issue, pack }) => {
      key('leaf.key', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256')
      issue('leaf.pem', 'leaf.key', `/CN=${name}/OU=L8M3N9P2Q4`)
      for (const order of [
        ['leaf.pem', 'ca.pem'],
        ['ca.pem', 'leaf.pem'],
      ]) {
        const bytes = pack(order, '-inkey', at('leaf.key'), '-passout', secret)
        const { certificate } = readP12(bytes, 'secret-of-p12', soon)
        expect(certificate).toMatchObject({ commonName: name, issuer: 'CN=Authority' })
      }
    })
  })

  test('with one key the newest is meant: it was renewed', () => {
    withAuthority(({ at, key, issue, pack }) => {
      key('leaf.key', '-algorithm', 'RSA')
      issue('old.pem', 'leaf.key', `/CN=${name}`, '-1', '8')
      issue('new.pem', 'leaf.key', `/CN=${name}`, '20', '9')
      issue('push.pem', 'leaf.key', '/CN=Apple Push Services: com.lumen', '25', '10')
      const all = ['old.pem', 'push.pem', 'new.pem', 'ca.pem']
      const bytes = pack(all, '-inkey', at('leaf.key'), '-passout', secret)
      expect(readP12(bytes, 'secret-of-p12', soon).certificate.serial).toBe('09')
      // What goes into a keychain is that one and who issued it.
      const recoded = recodeP12(bytes, 'secret-of-p12', 'other')
      writeFileSync(at('recoded'), recoded)
      const told = openssl('pkcs12', '-in', at('recoded'), '-passin', 'pass:other', '-nokeys')
      expect(told.match(/^subject=.*/gm)).toEqual([
        `subject=CN = "${name}"`,
        'subject=CN = Authority',
      ])
    })
  })

  test('with a key each, none is meant more than the other', () => {
    const [one, other] = [signer(), signer({ name })]
    const both = joined(p12Of(one, { way: 'bare' }), p12Of(other, { way: 'bare' }))
    const refused = refusalOf(() => readP12(both, '', noon))
    expect(refused?.field).toBe('file')
    expect(refused?.message).toContain(`2 certificates with their keys: "${one.name}", "${name}"`)
    // The same pair twice is that pair.
    const twice = joined(p12Of(one, { way: 'bare' }), p12Of(one, { way: 'bare' }))
    expect(readP12(twice, '', noon).certificate.sha1).toBe(one.sha1)
  })
})

/** All that is in several files without a check sum, in one. */
function joined(...files: readonly Buffer[]): Buffer {
  const dataOid = der.oid('1.2.840.113549.1.7.1')
  const safes = files.flatMap((file) =>
    partsOf(readDer(octetsOf(partAt(partAt(partAt(readDer(file), 1), 1), 0)))),
  )
  const content = der.octets(writeDer(der.sequence(...safes)))
  return writeDer(der.sequence(der.integer(3), der.sequence(dataOid, der.tagged(0, content))))
}

describe('written anew', () => {
  test.each(['modern', 'legacy', 'open'] as const)(
    'it is what security takes, whatever it was (%s)',
    (way) => {
      const own = signer({ name })
      inFiles({ new: recodeP12(p12Of(own, { way }), 'secret-of-p12', 'other') }, (at) => {
        const from = ['-in', at('new'), '-passin', 'pass:other']
        const told = openssl('pkcs12', ...from, '-nodes')
        expect(told).toContain(own.key.trim())
        expect(told).toContain(own.certificate.trim())
        expect(told).toContain(`friendlyName: ${name}`)
        const shown = openssl('asn1parse', '-inform', 'der', '-in', at('new'))
        expect(shown).toMatch(/OBJECT +:sha1\n/)
        expect(shown).not.toMatch(/OBJECT +:sha256/)
      })
    },
  )

  test('an elliptic key stays one', () => {
    withAuthority(({ at, key, issue, pack }) => {
      key('leaf.key', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256')
      issue('leaf.pem', 'leaf.key', `/CN=${name}`)
      const bytes = pack(['leaf.pem'], '-inkey', at('leaf.key'), '-passout', 'pass:')
      writeFileSync(at('new'), recodeP12(bytes, '', 'other'))
      const told = openssl('pkcs12', '-in', at('new'), '-passin', 'pass:other', '-nodes')
      expect(told).toContain(readFileSync(at('leaf.key'), 'utf8').trim())
    })
  })

  test('a certificate that was asked for is put together with its key', async () => {
    const { key, csr } = await makeSigningRequest(name)
    withAuthority(({ at }) => {
      writeFileSync(at('csr'), csr)
      expect(openssl('req', '-in', at('csr'), '-noout', '-subject', '-text')).toMatch(
        /Lumen, Inc\.[\s\S]*Public-Key: \(2048 bit\)[\s\S]*sha256WithRSAEncryption/,
      )
      const by = ['-CA', at('ca.pem'), '-CAkey', at('ca.key'), '-days', '20']
      openssl('x509', '-req', '-in', at('csr'), ...by, '-out', at('pem'))
      const { raw } = new X509Certificate(readFileSync(at('pem')))
      const { certificate } = readP12(makeP12(key, raw, 'new'), 'new', soon)
      expect(certificate).toMatchObject({ commonName: name, kind: 'distribution' })
    })
  })
})

describe('is refused', () => {
  test('where it is larger than any', () => {
    expect(refusalOf(() => readP12(Buffer.alloc(p12BytesMax + 1), '', noon))).toEqual({
      field: 'file',
      message: 'The file has 1.0 MB; a .p12 has at most 1.0 MB.',
    })
  })

  test('where it is something else, with what that is', () => {
    withAuthority(({ at, key, issue }) => {
      key('leaf.key', '-algorithm', 'RSA')
      issue('leaf.pem', 'leaf.key', `/CN=${name}`)
      const des = ['-topk8', '-passout', 'pass:x']
      openssl('pkcs8', ...des, '-in', at('leaf.key'), '-outform', 'der', '-out', at('locked.der'))
      openssl('pkey', '-in', at('leaf.key'), '-outform', 'der', '-out', at('key.der'))
      openssl('req', '-in', at('csr'), '-outform', 'der', '-out', at('csr.der'))
      openssl('x509', '-in', at('leaf.pem'), '-outform', 'der', '-out', at('leaf.cer'))
      const list = ['-nocrl', '-certfile', at('leaf.pem')]
      openssl('crl2pkcs7', ...list, '-outform', 'der', '-out', at('leaf.p7b'))
      const to = ['-outform', 'der', '-out', at('locked.cms'), at('leaf.pem')]
      openssl('cms', '-encrypt', '-aes128', '-in', at('leaf.pem'), ...to)
      const whatIs = (bytes: Uint8Array): string =>
        /^This is (.*), not a \.p12\./.exec(
          refusalOf(() => readP12(bytes, '', noon))!.message,
        )?.[1] ?? 'not told'
      const ofFile = (file: string) => whatIs(readFileSync(at(file)))
      expect({
        'leaf.pem': ofFile('leaf.pem'),
        'leaf.key': ofFile('leaf.key'),
        csr: ofFile('csr'),
        'csr.der': ofFile('csr.der'),
        'key.der': ofFile('key.der'),
        'locked.der': ofFile('locked.der'),
        'leaf.cer': ofFile('leaf.cer'),
        'leaf.p7b': ofFile('leaf.p7b'),
        'locked.cms': ofFile('locked.cms'),
        html: whatIs(Buffer.from('\ufeff<!doctype html><title>Sign in</title>')),
        json: whatIs(Buffer.from('{"error": "not found"}')),
        lfs: whatIs(Buffer.from('version https://git-lfs.github.com/spec/v1\noid sha256:4d7a')),
        base64: whatIs(Buffer.from(p12Of(signer()).toString('base64'))),
        gzip: whatIs(Buffer.from('1f8b0808', 'hex')),
      }).toEqual({
        'leaf.pem': 'a certificate in PEM, without its private key',
        'leaf.key': 'a private key in PEM',
        csr: 'a certificate signing request',
        'csr.der': 'a certificate signing request',
        'key.der': 'a private key in DER',
        'locked.der': 'an encrypted private key in DER',
        'leaf.cer': 'a certificate without its private key (.cer)',
        'leaf.p7b': 'a signed message (CMS)',
        'locked.cms': 'an encrypted message (CMS)',
        html: 'a web page',
        json: 'a text in JSON',
        lfs: 'a pointer of Git LFS: fetch the file itself with git lfs pull',
        base64: 'a file in base64: decode it first',
        gzip: 'a gzip archive',
      })
    })
  })
})
