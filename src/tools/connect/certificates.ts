import type { SigningMachine } from '../../runner/signing/machine.ts'
import { signingRequestFor } from '../../signing/apple/signing-request.ts'
import type { Connect } from '../../signing/connect/call.ts'
import {
  type AppleCertificate,
  createAppleCertificate,
  listAppleCertificates,
} from '../../signing/connect/resources.ts'
import { say, ToolFailed } from '../values.ts'
import {
  certificateKeyGiven,
  type CertificateKeyOptions,
  isCertificateOf,
} from './certificate-key.ts'
import { type ProfileTypeName, profileTypes } from './profile-types.ts'
import { derOf, type P12Options, saveCertificate } from './save.ts'

/** Of Apple's documentation, "CertificateType": those that sign apps and their installers. */
export const certificateTypes = [
  'DEVELOPER_ID_APPLICATION',
  'DEVELOPER_ID_APPLICATION_G2',
  'DEVELOPER_ID_KEXT',
  'DEVELOPMENT',
  'DISTRIBUTION',
  'IOS_DEVELOPMENT',
  'IOS_DISTRIBUTION',
  'MAC_APP_DEVELOPMENT',
  'MAC_APP_DISTRIBUTION',
  'MAC_INSTALLER_DISTRIBUTION',
] as const

type Saving = CertificateKeyOptions & P12Options & { save?: boolean; json?: boolean }
export type ListOptions = Saving & {
  type?: string[]
  profileType?: ProfileTypeName
  displayName?: string
}
export type CreateOptions = Saving & { type: string }

/**
 * Prints the certificates of the team; with `--save`, those of the private key alone, which are saved.
 * Fails where there is none, so that a script goes on with `||` to have one issued.
 */
export async function listCertificates(
  machine: SigningMachine,
  connect: Connect,
  options: ListOptions,
): Promise<void> {
  const key = options.save ? certificateKeyGiven(options) : null
  const wanted =
    options.type ?? (options.profileType && profileTypes[options.profileType].certificates)
  const found = (await listAppleCertificates(connect)).filter(
    (each) =>
      (wanted?.includes(each.certificateType) ?? true) &&
      (options.displayName === undefined || each.displayName === options.displayName) &&
      (key === null || isCertificateOf(key, derOf(each), connect.clock())),
  )
  show(found, options)
  if (found.length === 0) {
    const ofKey = key === null ? '' : ' of this private key that is good now'
    throw new ToolFailed(`Apple has no such certificate${ofKey}.`)
  }
  for (const at of key === null ? [] : found) saveCertificate(machine, { at, key: key!, options })
}

/** Has a certificate issued for the private key. Throws ConnectRefused at Apple's limit. */
export async function createCertificate(
  machine: SigningMachine,
  connect: Connect,
  options: CreateOptions,
): Promise<void> {
  const key = certificateKeyGiven(options)
  const csr = await signingRequestFor(key, 'Oore')
  const at = await createAppleCertificate(connect, { certificateType: options.type, csr })
  show([at], options)
  if (options.save) saveCertificate(machine, { at, key, options })
}

/** As Apple's API shows them, or for people. */
function show(certificates: readonly AppleCertificate[], { json }: Saving): void {
  if (json) {
    const shown = certificates.map(({ id, ...attributes }) => ({
      type: 'certificates',
      id,
      attributes,
    }))
    return say(JSON.stringify(shown, null, 2))
  }
  for (const { id, name, certificateType, serialNumber, expirationDate } of certificates) {
    const until = expirationDate ? `, until ${expirationDate.slice(0, 10)}` : ''
    say(`${id}  ${name}  ${certificateType}, serial ${serialNumber}${until}`)
  }
}
