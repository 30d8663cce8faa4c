import { rmSync } from 'node:fs'
import { join } from 'node:path'
import type { ClaimCertificate } from '../../../protocol/messages.ts'
import { readCertificate, type ReadCertificate } from '../../../signing/apple/certificate.ts'
import { decodePkcs12 } from '../../../signing/pkcs12/decode.ts'
import { writeSigningFiles } from '../files.ts'
import { findCertificates, importCertificate } from './commands.ts'
import type { AppleJob } from './install.ts'
import { insist, tell } from './security.ts'

/** Where Apple hands out the certificates that issue those of developers. */
const applesPage = 'https://www.apple.com/certificateauthority/'

const pem = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g

/** Certificates as the .p12 of one has them; `own` is null where that cannot be read. */
export type Chain = { own: ReadCertificate | null; others: ReadCertificate[] }

export function chainOf({ p12_base64, password, sha1 }: ClaimCertificate): Chain {
  const bags = decodePkcs12(Buffer.from(p12_base64, 'base64'), password)
  const all = (bags?.certificates ?? []).flatMap(({ der }) => readable(der) ?? [])
  return {
    own: all.find((each) => each.sha1 === sha1) ?? null,
    others: all.filter((each) => each.sha1 !== sha1),
  }
}

/**
 * Sees to it that the certificate is at hand that has issued each of these: without it an identity
 * counts as invalid. What came along in the .p12 was imported with it; what lies in a keychain that
 * is not searched is imported here. What is nowhere is said, with the place to get it; whether
 * codesign does without is then seen.
 */
export async function ensureIssuers(
  keychain: string,
  certificates: readonly ClaimCertificate[],
  job: AppleJob,
): Promise<void> {
  const seen = new Set<string>()
  for (const certificate of certificates) {
    const { own, others } = chainOf(certificate)
    if (own === null || seen.has(own.issuer)) continue
    seen.add(own.issuer)
    const cameAlong = others.some(({ subject }) => subject === own.issuer)
    if (cameAlong || (await findIssuer(own.issuer, [], job)) !== null) continue
    const found = await findIssuer(own.issuer, unsearched(job), job)
    if (found === null) job.log.warn(missingIssuer(own.issuer))
    else await importIssuer(keychain, found, job)
  }
}

const unsearched = ({ machine }: AppleJob): string[] => [
  '/Library/Keychains/System.keychain',
  join(machine.home, 'Library/Keychains/login.keychain-db'),
]

/** What is not at hand, and where Apple has it. */
export function missingIssuer(issuer: string): string {
  const name = nameIn(issuer)
  const unit = /\bOU=(G\d+)\b/.exec(issuer)?.[1] ?? ''
  const called = unit === '' ? `“${name}”` : `“${name}” (${unit})`
  const file = name.startsWith('Developer ID')
    ? `DeveloperID${unit}CA.cer`
    : `AppleWWDRCA${unit}.cer`
  const where = /^(Apple Worldwide|Developer ID)/.test(name)
    ? `Download ${applesPage}${file} on the machine of the runner and open it, which puts it into ` +
      'a keychain there'
    : 'Import it into a keychain of the account that runs the runner'
  return (
    `The certificate of ${called}, which has issued the signing certificate, is in none of the ` +
    `keychains of this account. ${where}; or store the .p12 anew with its whole chain.`
  )
}

const nameIn = (issuer: string): string => /\bCN=([^,]+)/.exec(issuer)?.[1] ?? issuer

/** The issuer's certificate in PEM; null where it is in none of these keychains. */
async function findIssuer(
  issuer: string,
  keychains: readonly string[],
  { machine, stop }: AppleJob,
): Promise<string | null> {
  const told = await tell(machine, findCertificates(nameIn(issuer), keychains), { signal: stop })
  if (told.is === 'refused') return null
  const found = told.stdout.match(pem) ?? []
  return found.find((each) => readable(Buffer.from(each))?.subject === issuer) ?? null
}

async function importIssuer(keychain: string, pemText: string, job: AppleJob): Promise<void> {
  const path = join(job.directory, 'issuer.pem')
  writeSigningFiles([{ path, bytes: Buffer.from(pemText) }])
  try {
    const said = importCertificate(keychain, path)
    await insist(job.machine, 'To import the issuer’s certificate', said, job.stop)
  } finally {
    rmSync(path, { force: true })
  }
}

function readable(bytes: Uint8Array): ReadCertificate | null {
  try {
    return readCertificate(bytes)
  } catch {
    return null
  }
}
