import { randomBytes } from 'node:crypto'
import forge from 'node-forge'
import { days } from '../../../src/lib/clock.ts'
import { profileOf, type Signer, team } from '../apple-files.ts'
import { Refused } from './refused.ts'

/** An authority of its own, made once: what it signs can be checked against it. */
let authority: { key: forge.pki.rsa.PrivateKey; certificate: forge.pki.Certificate } | null = null

/** The authority that all certificates here are of, as Apple's WWDR is of the real ones. */
export function wwdr(): { key: forge.pki.rsa.PrivateKey; certificate: forge.pki.Certificate } {
  if (authority !== null) return authority
  const keys = forge.pki.rsa.generateKeyPair(2048)
  const certificate = forge.pki.createCertificate()
  certificate.publicKey = keys.publicKey
  certificate.serialNumber = '01'
  certificate.validity = { notBefore: new Date('2020-01-01'), notAfter: new Date('2045-01-01') }
  certificate.setSubject([{ name: 'commonName', value: 'Made-up WWDR' }])
  certificate.setIssuer([{ name: 'commonName', value: 'Made-up WWDR' }])
  certificate.setExtensions([{ name: 'basicConstraints', cA: true }])
  certificate.sign(keys.privateKey, forge.md.sha256.create())
  authority = { key: keys.privateKey, certificate }
  return authority
}

/** Issues what a signing request asks for, for a year. Its name begins with that of its kind. */
export function issue(csrPem: string, kind: string, now: number): Record<string, unknown> {
  const publicKey = keyRequested(csrPem)
  const { key, certificate: ca } = wwdr()
  const certificate = forge.pki.createCertificate()
  certificate.publicKey = publicKey
  // A positive number, as DER wants it.
  certificate.serialNumber = `0${randomBytes(10).toString('hex').slice(1)}`
  certificate.validity = { notBefore: new Date(now - 60_000), notAfter: new Date(now + days(365)) }
  const name = `${kind}: Lumen GmbH (${team})`
  certificate.setSubject([
    { name: 'commonName', value: name },
    { name: 'organizationalUnitName', value: team },
  ])
  certificate.setIssuer(ca.subject.attributes)
  certificate.sign(key, forge.md.sha256.create())
  const der = forge.asn1.toDer(forge.pki.certificateToAsn1(certificate)).getBytes()
  return {
    name,
    displayName: 'Lumen GmbH',
    serialNumber: certificate.serialNumber.replace(/^0+/, '').toUpperCase(),
    expirationDate: certificate.validity.notAfter.toISOString(),
    certificateContent: Buffer.from(der, 'binary').toString('base64'),
  }
}

function keyRequested(csrPem: string): forge.pki.PublicKey {
  try {
    const request = forge.pki.certificationRequestFromPem(csrPem)
    const key = request.publicKey as forge.pki.rsa.PublicKey | null
    if (request.verify() && key !== null && key.n.bitLength() === 2048) return key
  } catch {
    // It is none.
  }
  throw new Refused(
    409,
    'ENTITY_ERROR.ATTRIBUTE.INVALID',
    'There is an issue with the CSR: RSA of 2048 bits, signed by its own key.',
    '/data/attributes/csrContent',
  )
}

type Making = {
  name: string
  profileType: string
  bundleId: string
  /** In base64, as they were issued. */
  certificates: readonly string[]
  udids: readonly string[]
  now: number
}

/** A signed profile in which exactly these certificates and devices are. */
export function makeProfile(making: Making): Record<string, unknown> {
  const { name, profileType, bundleId, certificates, udids, now } = making
  const end = new Date(Math.floor((now + days(365)) / 1000) * 1000)
  const bytes = profileOf({
    bundleId,
    certificates: certificates.map((each) => ({ der: Buffer.from(each, 'base64') })) as Signer[],
    changes: {
      Name: name,
      ExpirationDate: end,
      ...(/_(INHOUSE|DIRECT)$/.test(profileType) && { ProvisionsAllDevices: true }),
      ...(profileType.startsWith('MAC_') && { Platform: ['OSX'] }),
      ...(udids.length > 0 && { ProvisionedDevices: [...udids] }),
    },
    entitlements: { 'get-task-allow': profileType === 'IOS_APP_DEVELOPMENT' },
  })
  const uuid = /<key>UUID<\/key>\s*<string>([^<]+)/.exec(bytes.toString('latin1'))?.[1]
  return { uuid, expirationDate: end.toISOString(), profileContent: bytes.toString('base64') }
}
