import { copyFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { isoTime } from '../../../lib/clock.ts'
import { OoreError } from '../../../lib/errors.ts'
import type { ClaimCertificate } from '../../../protocol/messages.ts'
import { findIdentities, identitiesIn, signFile } from './commands.ts'
import { signsCode } from './files.ts'
import type { AppleJob } from './install.ts'
import { chainOf, missingIssuer } from './issuers.ts'
import { insist, tell } from './security.ts'

/** Any program does, and this one is small and on every machine. */
const trial = '/usr/bin/true'

/**
 * Makes sure, before a step takes minutes, that codesign can use each of these: `security` counts it
 * as valid, and a copy of a small program gets signed with it. Throws OoreError with the cause and
 * what to do.
 */
export async function checkIdentities(
  keychain: string,
  certificates: readonly ClaimCertificate[],
  job: AppleJob,
): Promise<void> {
  for (const policy of ['codesigning', 'basic'] as const) {
    const ofPolicy = certificates.filter(
      ({ kind }) => signsCode(kind) === (policy === 'codesigning'),
    )
    if (ofPolicy.length === 0) continue
    const wanted = 'To look for what can be signed with'
    const said = findIdentities(keychain, policy, true)
    const valid = identitiesIn(await insist(job.machine, wanted, said, job.stop))
    for (const certificate of ofPolicy) {
      if (valid.some(({ sha1 }) => sha1 === certificate.sha1)) continue
      const all = findIdentities(keychain, policy, false)
      const found = identitiesIn(await insist(job.machine, wanted, all, job.stop))
      const own = found.find(({ sha1 }) => sha1 === certificate.sha1)
      throw new OoreError('unavailable', invalid(certificate, own ? own.trouble : 'MISSING'))
    }
    if (policy === 'codesigning') {
      for (const certificate of ofPolicy) await tryToSign(keychain, certificate, job)
    }
  }
}

/** Why an identity does not count: what `security` says in brackets, in words, and the remedy. */
function invalid(certificate: ClaimCertificate, trouble: string | null): string {
  const about = `The certificate “${certificate.name}” (${certificate.common_name}) cannot sign`
  const { own, others } = chainOf(certificate)
  if (trouble === 'MISSING') {
    return `${about}: its private key is not in the keychain after the import. Store the .p12 anew.`
  }
  if (/EXPIRED/.test(trouble ?? '')) {
    const since = own === null ? '' : ` on ${isoTime(own.notAfter).slice(0, 10)}`
    return `${about}: it has expired${since}, or the clock of this machine is wrong. Make a new one in Apple’s developer account and store it, with a profile that contains it.`
  }
  if (/REVOKED/.test(trouble ?? '')) {
    return `${about}: Apple has revoked it. Store another one, with a profile that contains it.`
  }
  const issuer = own?.issuer
  const why =
    issuer === undefined || others.some(({ subject }) => subject === issuer)
      ? 'Look whether somebody has changed the trust settings of Apple’s certificates in Keychain Access: they must be “Use System Defaults”.'
      : missingIssuer(issuer)
  return `${about}: macOS does not trust it (${trouble ?? '0 valid identities found'}). ${why}`
}

async function tryToSign(
  keychain: string,
  certificate: ClaimCertificate,
  { machine, directory, stop }: AppleJob,
): Promise<void> {
  const path = join(directory, 'trial')
  copyFileSync(trial, path)
  try {
    const told = await tell(machine, signFile(path, certificate.sha1, keychain), { signal: stop })
    if (told.is === 'done') return
    stop.throwIfAborted()
    throw new OoreError('unavailable', refusal(certificate, told.why))
  } finally {
    rmSync(path, { force: true })
  }
}

function refusal({ name }: ClaimCertificate, why: string): string {
  const about = `codesign could not sign with the certificate “${name}”`
  if (/errSecInternalComponent/.test(why)) {
    return `${about}: errSecInternalComponent. The key may not be used without a click: that happens where the account of the runner is not logged in to a desktop session. Log it in (automatic login does), and start the runner from that session.`
  }
  if (/^it took more than/.test(why)) {
    return `${about}: it waited, likely for a click in a window that nobody sees. Log the account of the runner in to a desktop session, and retry.`
  }
  if (/unable to build chain|no identity found|not trusted/i.test(why)) {
    return `${about}: ${why}. A certificate between it and Apple’s root is missing on this machine: get it from https://www.apple.com/certificateauthority/.`
  }
  return `${about}: ${why}`
}
