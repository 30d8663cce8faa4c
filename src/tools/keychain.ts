import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { Command, Option } from 'commander'
import { isoTime } from '../lib/clock.ts'
import { OoreError } from '../lib/errors.ts'
import {
  allowApplesTools,
  createKeychain,
  deleteKeychain,
  findCertificates,
  findIdentities,
  identitiesIn,
  importIdentity,
  keepUnlocked,
  keychainsIn,
  lockAfter,
  lockKeychain,
  readDefaultKeychain,
  readSearchList,
  setDefaultKeychain,
  setSearchList,
  unlockKeychain,
} from '../runner/signing/ios/commands.ts'
import { certificateDirectory } from '../runner/signing/ios/places.ts'
import { insist, tell } from '../runner/signing/ios/security.ts'
import { type SigningMachine, thisMachine } from '../runner/signing/machine.ts'
import { readCertificate } from '../signing/apple/certificate.ts'
import { recodeP12 } from '../signing/apple/p12.ts'
import { globSync } from './glob.ts'
import { note } from './journal.ts'
import { say, ToolFailed, valueOf } from './values.ts'

/** What later commands need to know of a keychain that an earlier one has made. */
const stateFile = join(tmpdir(), 'oore-keychain.json')

type Known = { path: string; password: string }
type Options = Record<string, string | boolean | string[] | undefined>

/** `keychain …`: what scripts written for Codemagic say before they sign. */
export function keychainCommand(): Command {
  const machine = thisMachine()
  const keychain = new Command('keychain').description('keychains to sign with')
  const path = new Option('-p, --path <path>', 'the keychain; else the default one')
  const password = new Option('--password <password>', 'its password; -pw is the same').default('')

  const on = (name: string, about: string, act: (options: Options) => Promise<void>): Command =>
    keychain.command(name).description(about).addOption(path).action(act)

  on('initialize', 'make a keychain, unlock it, and make it the default one', (options) =>
    initialize(machine, options),
  )
    .addOption(password)
    .option('-t, --timeout <seconds>', 'lock it after so long without use; else never')

  on('create', 'make a keychain', async (options) => {
    await make(machine, pathOf(options), textOf(options['password']))
  }).addOption(password)

  on('delete', 'delete a keychain', async (options) => {
    await insist(machine, 'To delete the keychain', deleteKeychain(await chosen(machine, options)))
  })

  on('unlock', 'unlock a keychain', async (options) => {
    const file = await chosen(machine, options)
    const secret = textOf(options['password'])
    await insist(machine, 'To unlock the keychain', unlockKeychain(file, secret))
  }).addOption(password)

  on('lock', 'lock a keychain', async (options) => {
    await insist(machine, 'To lock the keychain', lockKeychain(await chosen(machine, options)))
  })

  on('get-default', 'the path of the default keychain', async () => {
    say(await defaultOf(machine))
  })

  on('make-default', 'make a keychain the default one', async (options) => {
    await makeDefault(machine, await chosen(machine, options))
  })

  on('set-timeout', 'when a keychain locks by itself', async (options) => {
    const seconds = secondsOf(options['timeout'])
    const file = await chosen(machine, options)
    const said = seconds === null ? keepUnlocked(file) : lockAfter(file, seconds)
    await insist(machine, 'To set when it locks', said)
  }).option('-t, --timeout <seconds>', 'after so long without use; else never')

  keychain
    .command('use-login')
    .description('make the login keychain the default one')
    .action(async () => {
      await makeDefault(machine, join(machine.home, 'Library/Keychains/login.keychain-db'))
    })

  on('list-certificates', 'what can be signed with, as JSON', async (options) =>
    say(JSON.stringify(await signingCertificates(machine, options), null, 2)),
  )

  on('add-certificates', 'import certificates with their keys', (options) =>
    addCertificates(machine, options),
  )
    .option('-c, --certificate <patterns...>', 'where the .p12 files are; names may have * in them')
    .option('--certificate-password <password>', 'their password', '')
    .option('-a, --allow-app <paths...>', 'programs that may use the keys without asking')
    .option('-A, --allow-all-applications', 'all programs may')
    .option('-D, --disallow-all-applications', 'no program may')
  return keychain
}

const textOf = (written: Options[string]): string =>
  typeof written === 'string' ? valueOf(written) : ''

function secondsOf(written: Options[string]): number | null {
  if (written === undefined) return null
  const seconds = Number(textOf(written))
  if (Number.isInteger(seconds) && seconds > 0) return seconds
  throw new ToolFailed(`--timeout takes seconds, not "${textOf(written)}".`, 2)
}

/** The keychain that was named, or a new place for one. */
const pathOf = ({ path }: Options): string =>
  path === undefined
    ? join(tmpdir(), `oore-${randomBytes(4).toString('hex')}.keychain-db`)
    : resolve(textOf(path))

/** The keychain that was named, else the default one. */
const chosen = async (machine: SigningMachine, { path }: Options): Promise<string> =>
  path === undefined ? defaultOf(machine) : resolve(textOf(path))

async function defaultOf(machine: SigningMachine): Promise<string> {
  const said = await insist(machine, 'To find the default keychain', readDefaultKeychain)
  const [found] = keychainsIn(said)
  if (found !== undefined) return found
  throw new ToolFailed('There is no default keychain. Make one with: keychain initialize')
}

/** Those that have their key and are good now, for apps and for installers, in the words of scripts. */
async function signingCertificates(machine: SigningMachine, options: Options): Promise<object[]> {
  const keychain = await chosen(machine, options)
  const held = new Set<string>()
  for (const policy of ['codesigning', 'basic'] as const) {
    const said = findIdentities(keychain, policy, true)
    const found = await insist(machine, 'To look for what signs', said)
    for (const { sha1 } of identitiesIn(found)) held.add(sha1)
  }
  if (held.size === 0) return []
  const said = await insist(machine, 'To read certificates', findCertificates(null, [keychain]))
  const pems = said.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []
  return pems
    .map((pem) => readCertificate(Buffer.from(pem)))
    .filter(({ sha1 }) => held.has(sha1))
    .map((each) => ({
      common_name: each.commonName,
      subject: each.subject,
      issuer: each.issuer,
      team_id: each.teamId,
      serial_number: each.serial,
      sha1: each.sha1,
      sha256: each.sha256,
      not_before: isoTime(each.notBefore),
      not_after: isoTime(each.notAfter),
    }))
}

async function make(machine: SigningMachine, path: string, password: string): Promise<void> {
  note({ kind: 'keychain', path })
  mkdirSync(dirname(path), { recursive: true })
  await insist(machine, 'To make the keychain', createKeychain(path, password))
}

async function makeDefault(machine: SigningMachine, path: string): Promise<void> {
  note({ kind: 'default_keychain' })
  await insist(machine, 'To make it the default keychain', setDefaultKeychain(path))
}

async function initialize(machine: SigningMachine, options: Options): Promise<void> {
  const path = pathOf(options)
  const password = textOf(options['password'])
  const seconds = secondsOf(options['timeout'])
  await make(machine, path, password)
  const lock = seconds === null ? keepUnlocked(path) : lockAfter(path, seconds)
  await insist(machine, 'To set when it locks', lock)
  await insist(machine, 'To unlock the keychain', unlockKeychain(path, password))
  const listed = keychainsIn(await insist(machine, 'To read the list of keychains', readSearchList))
  note({ kind: 'search_list' })
  // Those that are on it stay: programs of the account look into them too.
  const list = setSearchList([path, ...listed.filter((each) => each !== path)])
  await insist(machine, 'To put it on the list of keychains', list)
  await makeDefault(machine, path)
  writeFileSync(stateFile, JSON.stringify({ path, password } satisfies Known), { mode: 0o600 })
  say(`The keychain ${path} is ready, and the default one.`)
}

/** The password of a keychain: that of the one made here, else the empty one. */
function passwordOf(path: string): string {
  try {
    const known = JSON.parse(readFileSync(stateFile, 'utf8')) as Known
    return known.path === path ? known.password : ''
  } catch {
    return ''
  }
}

async function addCertificates(machine: SigningMachine, options: Options): Promise<void> {
  const named = options['certificate'] as string[] | undefined
  const usual = join(certificateDirectory(machine), '*.p12')
  const files = (named ?? [usual]).flatMap((pattern) => globSync(resolve(valueOf(pattern))))
  if (files.length === 0) {
    if (named === undefined) return say('There is no certificate to import.')
    throw new ToolFailed(`No file matches ${named.join(', ')}.`)
  }
  const keychain = await chosen(machine, options)
  const password = textOf(options['certificatePassword'])
  let imported = 0
  for (const file of files) {
    const bytes = readFileSync(file)
    try {
      await importOne(machine, keychain, bytes, password)
      imported += 1
      say(`Imported ${file}.`)
    } catch (error) {
      // Those of ios_signing lie there under passwords of their own, and are in a keychain already.
      const isForeign = error instanceof OoreError && error.fields[0]?.field === 'password'
      if (named !== undefined || !isForeign) throw error
      say(`Passed over ${file}: it has another password.`)
    }
  }
  if (imported === 0) return
  const allow = allowApplesTools(keychain, passwordOf(keychain))
  await insist(machine, 'To let Apple’s tools use the keys', allow)
}

/** Written anew beforehand: `security` takes neither an empty password nor what openssl 3 writes. */
async function importOne(
  machine: SigningMachine,
  keychain: string,
  bytes: Uint8Array,
  password: string,
): Promise<void> {
  const secret = randomBytes(16).toString('hex')
  const path = join(tmpdir(), `oore-${secret.slice(0, 8)}.p12`)
  writeFileSync(path, recodeP12(bytes, password, secret), { mode: 0o600, flag: 'wx' })
  try {
    let why = ''
    for (const format of ['pkcs12', 'openssl'] as const) {
      const told = await tell(machine, importIdentity(keychain, { path, password: secret, format }))
      if (told.is === 'done' || /already exists/i.test(told.why)) return
      why = told.why
    }
    throw new ToolFailed(`The certificate could not be imported: ${why}`)
  } finally {
    rmSync(path, { force: true })
  }
}
