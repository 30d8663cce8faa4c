import { randomBytes } from 'node:crypto'
import { dirname, join } from 'node:path'
import { rmSync } from 'node:fs'
import { OoreError } from '../../../lib/errors.ts'
import type { Plan } from '../../../pipeline/plan.ts'
import type { ClaimCertificate } from '../../../protocol/messages.ts'
import { recodeP12 } from '../../../signing/apple/p12.ts'
import type { StepLog } from '../../step-log.ts'
import { writeSigningFiles } from '../files.ts'
import type { Journal } from '../journal.ts'
import type { SigningMachine } from '../machine.ts'
import {
  allowApplesTools,
  createKeychain,
  importIdentity,
  keepUnlocked,
  setDefaultKeychain,
  setSearchList,
  unlockKeychain,
  versionIn,
  xcodeVersion,
} from './commands.ts'
import { installFiles, type AppleSigning } from './files.ts'
import { checkIdentities } from './identities.ts'
import { ensureIssuers } from './issuers.ts'
import { installInHome } from './home-files.ts'
import { insist, readStanding, tell } from './security.ts'

const passwordBytes = 16

export type AppleJob = {
  machine: SigningMachine
  journal: Journal
  /** The build's signing directory: the keychain lies in it. */
  directory: string
  keychainPassword: string
  /** The build's workspace. */
  root: string
  buildId: string
  /** DEVELOPER_DIR of the steps: the Xcode they use; null is the machine's own choice. */
  xcode: string | null
  log: StepLog
  stop: AbortSignal
}

/**
 * Makes the account sign with the build's certificates: a keychain of its own, first on the search
 * list, with every certificate looked at and tried; profiles and certificates where tools look for
 * them. Each change is in the journal before it is made. Returns the variables of the steps. Throws
 * OoreError with the cause and the remedy, before any step has begun.
 */
export async function installForApple(
  ios: AppleSigning,
  plan: Plan,
  job: AppleJob,
): Promise<Record<string, string>> {
  const { machine, log, stop } = job
  const keychain = await makeKeychain(job)
  for (const certificate of ios.certificates) await importInto(keychain, certificate, job)
  if (ios.certificates.length > 0) {
    const allow = allowApplesTools(keychain, job.keychainPassword)
    await insist(machine, 'To let Apple’s tools use the keys of the keychain', allow, stop)
    await ensureIssuers(keychain, ios.certificates, job)
    await checkIdentities(keychain, ios.certificates, job)
  }
  installInHome(ios, job)
  const asked = job.xcode === null ? {} : { DEVELOPER_DIR: job.xcode }
  const ofSteps = { ...machine, environment: { ...machine.environment, ...asked } }
  const told = await tell(ofSteps, xcodeVersion, { signal: stop })
  const xcode = told.is === 'done' ? versionIn(told.stdout) : null
  if (xcode === null) log.warn(`Which Xcode this machine has is not known: ${whyNot(told)}.`)
  stop.throwIfAborted()
  const variables = installFiles(ios, plan, job.directory, xcode)
  log.say(summary(ios))
  return variables
}

const whyNot = (told: Awaited<ReturnType<typeof tell>>): string =>
  told.is === 'refused' ? told.why : 'xcodebuild named no version'

/** An unlocked keychain that comes first on the search list, those that were there behind it. */
async function makeKeychain(job: AppleJob): Promise<string> {
  const { machine, journal, directory, keychainPassword, root, stop } = job
  const keychain = join(directory, 'build.keychain-db')
  const { searchList, defaultKeychain } = await readStanding(machine, dirname(root), stop)
  journal.note({ kind: 'keychain', path: keychain })
  const make = createKeychain(keychain, keychainPassword)
  await insist(machine, 'To make a keychain for this build', make, stop)
  await insist(machine, 'To keep the keychain unlocked', keepUnlocked(keychain), stop)
  const unlock = unlockKeychain(keychain, keychainPassword)
  await insist(machine, 'To unlock the keychain', unlock, stop)
  journal.note({ kind: 'search_list', keychains: searchList, root })
  const list = setSearchList([keychain, ...searchList])
  await insist(machine, 'To put the keychain on the search list', list, stop)
  journal.note({ kind: 'default_keychain', keychain: defaultKeychain, root })
  const choose = setDefaultKeychain(keychain)
  await insist(machine, 'To make the keychain the default one', choose, stop)
  return keychain
}

/**
 * Imports one identity, written anew in the way that `security` of every macOS reads: what openssl 3
 * writes it refuses, and an empty password it takes for none.
 */
async function importInto(
  keychain: string,
  certificate: ClaimCertificate,
  { machine, directory, stop }: AppleJob,
): Promise<void> {
  const password = randomBytes(passwordBytes).toString('hex')
  const path = join(directory, `import-${certificate.sha1.slice(0, 40)}.p12`)
  const original = Buffer.from(certificate.p12_base64, 'base64')
  writeSigningFiles([{ path, bytes: recodeP12(original, certificate.password, password) }])
  try {
    let why = ''
    for (const format of ['pkcs12', 'openssl'] as const) {
      const said = importIdentity(keychain, { path, password, format })
      const told = await tell(machine, said, { signal: stop })
      if (told.is === 'done' || /already exists/i.test(told.why)) return
      why = told.why
      // What macOS 15 says of files that it reads under the other name of their format.
      if (!/unable to decode|passphrase you entered is not correct/i.test(why)) break
    }
    stop.throwIfAborted()
    throw new OoreError(
      'unavailable',
      `The certificate “${certificate.name}” could not be imported into the keychain: ${why}`,
    )
  } finally {
    rmSync(path, { force: true })
  }
}

function summary({ certificates, profiles }: AppleSigning): string {
  const names = certificates.map(({ common_name }) => `“${common_name}”`).join(', ')
  const ids = profiles.map(({ bundle_id, profile_name }) => `“${profile_name}” for ${bundle_id}`)
  const signsWith = names === '' ? 'Signs with no certificate' : `Signs with ${names}`
  return ids.length === 0 ? `${signsWith}.` : `${signsWith}; profiles: ${ids.join(', ')}.`
}
