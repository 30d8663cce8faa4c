import { execFileSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ClaimCertificate, ClaimProfile } from '../../../src/protocol/messages.ts'

export type Authority = { pem: string; key: string }

/** The intermediate of Apple's that issues certificates of developers, as far as names go. */
export function makeAuthority(unit = 'G3'): Authority {
  return inDirectory((at) => {
    const name = `/CN=Apple Worldwide Developer Relations Certification Authority/OU=${unit}/O=Apple Inc./C=US`
    openssl(
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-keyout',
      at('key'),
      '-out',
      at('pem'),
      '-subj',
      name,
    )
    return { pem: readFileSync(at('pem'), 'utf8'), key: readFileSync(at('key'), 'utf8') }
  })
}

/** A signing certificate in a .p12 as openssl of today writes it, with its chain or without. */
export function makeIdentity(
  authority: Authority,
  wanted: {
    commonName?: string
    password?: string
    withChain?: boolean
    isExpired?: boolean
    variable?: string
  } = {},
): ClaimCertificate {
  const { commonName = 'Apple Distribution: Lumen (TEAM123456)', password = 'p12-hunter2' } = wanted
  return inDirectory((at) => {
    writeFileSync(at('ca.pem'), authority.pem)
    writeFileSync(at('ca.key'), authority.key)
    const subject = `/CN=${commonName}/OU=TEAM123456/O=Lumen/C=DE`
    openssl(
      'req',
      '-new',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-keyout',
      at('key'),
      '-out',
      at('csr'),
      '-subj',
      subject,
    )
    const days = wanted.isExpired ? ['-days', '-1'] : ['-days', '300']
    openssl(
      'x509',
      '-req',
      '-in',
      at('csr'),
      '-CA',
      at('ca.pem'),
      '-CAkey',
      at('ca.key'),
      '-out',
      at('pem'),
      ...days,
    )
    const chain = wanted.withChain ? ['-certfile', at('ca.pem')] : []
    openssl(
      'pkcs12',
      '-export',
      '-inkey',
      at('key'),
      '-in',
      at('pem'),
      ...chain,
      '-out',
      at('p12'),
      '-passout',
      `pass:${password}`,
    )
    const { fingerprint } = new X509Certificate(readFileSync(at('pem')))
    return {
      name: commonName.split(':')[0]!.toLowerCase().replaceAll(' ', '_'),
      p12_base64: readFileSync(at('p12')).toString('base64'),
      password,
      common_name: commonName,
      team_id: 'TEAM123456',
      kind: /Installer/.test(commonName) ? 'mac_installer' : 'distribution',
      sha1: fingerprint.replaceAll(':', '').toLowerCase(),
      variable: wanted.variable ?? null,
    }
  })
}

/** A profile of this app; the runner never looks into its bytes. */
export const makeProfile = (
  bundleId: string,
  certificates: readonly ClaimCertificate[],
  more: Partial<ClaimProfile> = {},
): ClaimProfile => ({
  name: `stored ${bundleId}`,
  file_base64: Buffer.from(`the profile of ${bundleId}`).toString('base64'),
  uuid: `uuid-of-${bundleId.replaceAll('.', '-')}`,
  profile_name: `Lumen ${bundleId}`,
  bundle_id: bundleId,
  kind: 'app_store',
  team_id: 'TEAM123456',
  is_mac: false,
  certificates_sha1: certificates.map(({ sha1 }) => sha1),
  variable: null,
  ...more,
})

const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: 'pipe' })

function inDirectory<T>(work: (at: (name: string) => string) => T): T {
  const directory = mkdtempSync(join(tmpdir(), 'oore-identity-'))
  try {
    return work((name) => join(directory, name))
  } finally {
    rmSync(directory, { recursive: true })
  }
}
