import { execFileSync } from 'node:child_process'
import { generateKeyPairSync, X509Certificate } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import forge from 'node-forge'
import { type PlistSourceDictionary, plistOf } from './apps.ts'

/*
 * What Apple hands out, made by openssl: the files that people store. Valid from 2025 to 2045, so
 * that they are so for held clocks and for real ones.
 */

/** A private key with its certificate. */
export type Signer = { key: string; certificate: string; der: Buffer; sha1: string; name: string }

export const team = 'L8M3N9P2Q4'
export const distributionName = `Apple Distribution: Lumen GmbH (${team})`

type SignerSource = { name?: string; from?: string; until?: string }

const known = new Map<string, Signer>()

/** The certificate of this name and its key: the same each time it is asked for in a process. */
export function signer(source: SignerSource = {}): Signer {
  const { name = distributionName, from = '2025-01-01', until = '2045-01-01' } = source
  const which = `${name} ${from} ${until}`
  const made = known.get(which) ?? makeSigner(name, from, until)
  known.set(which, made)
  return made
}

function makeSigner(name: string, from: string, until: string): Signer {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const key = privateKey.export({ format: 'pem', type: 'pkcs8' }) as string
  const forgeKey = forge.pki.privateKeyFromPem(key) as forge.pki.rsa.PrivateKey
  const certificate = forge.pki.createCertificate()
  certificate.publicKey = forge.pki.setRsaPublicKey(forgeKey.n, forgeKey.e)
  certificate.serialNumber = `5f2a${known.size.toString(16).padStart(4, '0')}`
  certificate.validity = { notBefore: new Date(from), notAfter: new Date(until) }
  const subject = [
    { type: '0.9.2342.19200300.100.1.1', value: 'USERID1234' },
    { name: 'commonName', value: name, valueTagClass: forge.asn1.Type.UTF8 as never },
    { name: 'organizationalUnitName', value: team },
    { name: 'organizationName', value: 'Lumen GmbH' },
    { name: 'countryName', value: 'DE' },
  ]
  certificate.setSubject(subject)
  certificate.setIssuer([
    { name: 'commonName', value: 'Apple Worldwide Developer Relations Certification Authority' },
  ])
  certificate.sign(forgeKey, forge.md.sha256.create())
  const pem = forge.pki.certificateToPem(certificate).replaceAll('\r\n', '\n')
  const x509 = new X509Certificate(pem)
  const sha1 = x509.fingerprint.replaceAll(':', '').toLowerCase()
  return { key, certificate: pem, der: x509.raw, sha1, name }
}

/** How openssl encrypts: as it does by itself, as before 3.0, with a MAC and nothing else, and not. */
export type P12Way = 'modern' | 'legacy' | 'open' | 'bare'

const ways: Record<P12Way, readonly string[]> = {
  modern: [],
  legacy: ['-keypbe', 'PBE-SHA1-3DES', '-certpbe', 'PBE-SHA1-3DES', '-macalg', 'sha1'],
  open: ['-keypbe', 'NONE', '-certpbe', 'NONE'],
  bare: ['-keypbe', 'NONE', '-certpbe', 'NONE', '-nomac'],
}

type P12Source = {
  password?: string
  way?: P12Way
  /** False leaves the private key out. */
  withKey?: boolean
}

/** A .p12 of a signer. */
export const p12Of = (
  { key, certificate, name }: Signer,
  { password = 'secret-of-p12', way = 'modern', withKey = true }: P12Source = {},
): Buffer =>
  inFiles({ 'key.pem': key, 'cert.pem': certificate, password: `${password}\n` }, (at) => {
    const what = withKey ? ['-inkey', at('key.pem')] : ['-nokeys']
    const secret = ['-passout', `file:${at('password')}`]
    openssl(
      'pkcs12',
      '-export',
      '-in',
      at('cert.pem'),
      ...what,
      ...secret,
      '-name',
      name,
      ...ways[way],
      '-out',
      at('out.p12'),
    )
    return readFileSync(at('out.p12'))
  })

/** The private key that openssl finds in a .p12, in PEM. Throws where the password does not open it. */
export const keyInP12 = (bytes: Uint8Array, password: string): string =>
  inFiles({ 'in.p12': bytes, password: `${password}\n` }, (at) => {
    const from = ['-in', at('in.p12'), '-passin', `file:${at('password')}`]
    openssl('pkcs12', ...from, '-nocerts', '-nodes', '-out', at('key.pem'))
    return /-----BEGIN[\s\S]*-----\n/.exec(readFileSync(at('key.pem'), 'utf8'))?.[0] ?? ''
  })

/** A .p12 in which the key is another certificate's: openssl makes none such. */
export function mismatchedP12(password: string): Buffer {
  const [one, other] = [signer(), signer({ name: 'Apple Distribution: Other Ltd (A1B2C3D4E5)' })]
  const made = forge.pkcs12.toPkcs12Asn1(
    forge.pki.privateKeyFromPem(other.key),
    [forge.pki.certificateFromPem(one.certificate)],
    password,
    { algorithm: '3des' },
  )
  return Buffer.from(forge.asn1.toDer(made).getBytes(), 'latin1')
}

type ProfileSource = {
  bundleId?: string
  certificates?: readonly Signer[]
  /** Keys of the list that are different, or more. */
  changes?: PlistSourceDictionary
  entitlements?: PlistSourceDictionary
  /** Signed as a stream, its text in pieces. */
  inPieces?: boolean
}

let uuids = 0

/** A provisioning profile, for the App Store unless it is said otherwise; each with a UUID of its own. */
export function profileOf({
  bundleId = 'com.lumen.wallet',
  certificates = [signer()],
  changes = {},
  entitlements = {},
  inPieces = false,
}: ProfileSource = {}): Buffer {
  const list: PlistSourceDictionary = {
    AppIDName: 'Wallet',
    ApplicationIdentifierPrefix: [team],
    CreationDate: new Date('2025-06-01T00:00:00Z'),
    Platform: ['iOS', 'xrOS', 'visionOS'],
    IsXcodeManaged: false,
    DeveloperCertificates: certificates.map(({ der }) => der),
    Entitlements: {
      'application-identifier': `${team}.${bundleId}`,
      'get-task-allow': false,
      'com.apple.developer.team-identifier': team,
      ...entitlements,
    },
    ExpirationDate: new Date('2040-06-01T00:00:00Z'),
    Name: 'Wallet App Store',
    TeamIdentifier: [team],
    TeamName: 'Lumen GmbH',
    TimeToLive: 365,
    UUID: `00000000-0000-4000-8000-${String(++uuids).padStart(12, '0')}`,
    Version: 1,
    ...changes,
  }
  return signedText(plistOf(list), inPieces)
}

/** A text as Apple signs it: a message in CMS with the text inside, whole or in pieces (BER). */
export const signedText = (text: string, inPieces = false): Buffer =>
  inFiles({ 'key.pem': signer().key, 'cert.pem': signer().certificate, text }, (at) => {
    const what = ['-sign', '-binary', '-nodetach', ...(inPieces ? ['-stream'] : [])]
    const who = ['-signer', at('cert.pem'), '-inkey', at('key.pem')]
    openssl('cms', ...what, ...who, '-in', at('text'), '-outform', 'der', '-out', at('out'))
    return readFileSync(at('out'))
  })

/** A key of the App Store Connect API, or one that only looks like it. */
export function appStoreKey(curve: 'P-256' | 'P-384' = 'P-256'): Buffer {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: curve })
  return Buffer.from(privateKey.export({ format: 'pem', type: 'pkcs8' }))
}

/** A keystore of test/support/keystores, which keytool has written. */
export const keystoreFile = (name: string): Buffer =>
  readFileSync(join(import.meta.dirname, 'keystores', name))

/** Runs openssl and gives what it says. Throws where it fails. */
export const openssl = (...args: string[]): string =>
  execFileSync('openssl', args, { stdio: ['ignore', 'pipe', 'pipe'], encoding: 'utf8' })

/** Lays files into a directory of their own, gives their paths to the work, and removes them. */
export function inFiles<T>(
  files: Record<string, string | Uint8Array>,
  work: (at: (name: string) => string) => T,
): T {
  const directory = mkdtempSync(join(tmpdir(), 'oore-apple-'))
  const at = (name: string) => join(directory, name)
  try {
    for (const [name, text] of Object.entries(files)) writeFileSync(at(name), text)
    return work(at)
  } finally {
    rmSync(directory, { recursive: true })
  }
}

/** A signed message with the text inside, and no signer. */
export function unsignedText(text: string): Buffer {
  const message = forge.pkcs7.createSignedData()
  message.content = forge.util.createBuffer(text, 'utf8')
  message.sign()
  return Buffer.from(forge.asn1.toDer(message.toAsn1()).getBytes(), 'binary')
}
