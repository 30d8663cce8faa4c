import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { isoTime, minutes } from '../../lib/clock.ts'
import { machineVariable } from '../../lib/machine-variables.ts'
import { thisMachine } from '../../runner/signing/machine.ts'
import {
  type KeystoreAlias,
  type OpenedKeystore,
  readKeystore,
} from '../../signing/android/keystore.ts'
import { answerOf } from '../run.ts'
import { log, say, ToolFailed, valueOf } from '../values.ts'
import { withPasswordFiles } from './passwords.ts'

export type KeystoreOptions = {
  keystore: string
  keystorePass?: string
  alias: string
  keyPass?: string
}
export type CreateOptions = KeystoreOptions & {
  overwriteExisting?: boolean
  validity: number
  distinguishedName?: string
  commonName?: string
  organization?: string
  organizationUnit?: string
  locality?: string
  state?: string
  country?: string
}

const keytoolMs = minutes(2)
const keyBits = '2048'

/** Makes a keystore with one key that signs, by keytool. Throws ToolFailed. */
export function createKeystore(options: CreateOptions): void {
  const path = resolve(valueOf(options.keystore))
  const store = storePasswordOf(options)
  make(path, {
    store,
    key: keyPasswordOf(options) ?? store,
    alias: valueOf(options.alias),
    name: distinguishedName(options),
    days: options.validity,
    isReplaced: options.overwriteExisting ?? false,
  })
}

/** Makes the keystore that debug builds of Gradle look for, where there is none. */
export function createDebugKeystore(): void {
  // "Sign your app", Android Studio's documentation.
  const path = join(thisMachine().home, '.android', 'debug.keystore')
  if (existsSync(path)) return log(`${path} is there already.`)
  make(path, {
    store: 'android',
    key: 'android',
    alias: 'androiddebugkey',
    name: 'CN=Android Debug, O=Android, C=US',
    days: 10_000,
    isReplaced: false,
  })
}

type Making = {
  store: string
  key: string
  alias: string
  name: string
  days: number
  isReplaced: boolean
}

function make(path: string, { store, key, alias, name, days, isReplaced }: Making): void {
  if (existsSync(path) && !isReplaced) {
    throw new ToolFailed(`${path} is there already. --overwrite-existing makes it anew.`)
  }
  mkdirSync(dirname(path), { recursive: true })
  const beside = `${path}.new`
  rmSync(beside, { force: true })
  try {
    withPasswordFiles({ store, key }, (files) => {
      // In PKCS#12 the key has the password of the keystore.
      const kind = store === key ? 'PKCS12' : 'JKS'
      answerOf(
        [
          ...['keytool', '-genkeypair', '-keystore', beside, '-storetype', kind, '-alias', alias],
          ...['-keyalg', 'RSA', '-keysize', keyBits, '-validity', String(days), '-dname', name],
          ...['-storepass:file', files.store],
          ...(store === key ? [] : ['-keypass:file', files.key]),
        ],
        keytoolMs,
      )
    })
    renameSync(beside, path)
  } finally {
    rmSync(beside, { force: true })
  }
  say(`Made ${path}.`)
}

/** Checks the passwords and the alias. Throws ToolFailed, or OoreError that names the wrong one. */
export function verifyKeystore(options: KeystoreOptions): void {
  const { alias } = openKeystore(options)
  say(`The passwords are right, and "${alias}" can sign.`)
}

/** Prints the certificate of the key. */
export function showCertificate(options: KeystoreOptions & { json?: boolean }): void {
  const { keystore, alias } = openKeystore(options)
  const own = keystore.aliases.find((each) => each.alias === alias)!
  if (options.json) return say(JSON.stringify(own, null, 2))
  for (const line of linesOf(own)) say(line)
}

/** Opens a keystore with the passwords that options and variables give. */
export function openKeystore(options: KeystoreOptions): OpenedKeystore {
  const path = resolve(valueOf(options.keystore))
  if (!existsSync(path)) throw new ToolFailed(`There is no keystore at ${path}.`)
  return readKeystore(readFileSync(path), {
    store: storePasswordOf(options),
    key: keyPasswordOf(options),
    alias: valueOf(options.alias),
  })
}

const linesOf = (own: KeystoreAlias): string[] => [
  `Alias: ${own.alias}`,
  `Subject: ${own.subject}`,
  `Issuer: ${own.issuer}`,
  `Serial number: ${own.serial}`,
  `Key: ${own.keyAlgorithm}`,
  `From: ${isoTime(own.notBefore)}`,
  `Until: ${isoTime(own.notAfter)}`,
  `SHA-1: ${own.sha1}`,
  `SHA-256: ${own.sha256}`,
]

function storePasswordOf({ keystorePass }: KeystoreOptions): string {
  const given =
    keystorePass === undefined
      ? machineVariable('ANDROID_KEYSTORE_PASSWORD')
      : valueOf(keystorePass)
  if (given) return given
  throw new ToolFailed(
    'The password of the keystore is missing: set ANDROID_KEYSTORE_PASSWORD, or say --keystore-pass.',
    2,
  )
}

const keyPasswordOf = ({ keyPass }: KeystoreOptions): string | null =>
  (keyPass === undefined ? machineVariable('ANDROID_KEYSTORE_KEY_PASSWORD') : valueOf(keyPass)) ||
  null

function distinguishedName(options: CreateOptions): string {
  if (options.distinguishedName) return valueOf(options.distinguishedName)
  const parts = [
    ['CN', options.commonName],
    ['OU', options.organizationUnit],
    ['O', options.organization],
    ['L', options.locality],
    ['ST', options.state],
    ['C', options.country],
  ].flatMap(([key, value]) =>
    value === undefined ? [] : [`${key}=${valueOf(value).replace(/[\\,+"<>;=#]/g, '\\$&')}`],
  )
  if (parts.length > 0) return parts.join(', ')
  throw new ToolFailed(
    'Say whose key it is: --common-name, --organization, or another of these.',
    2,
  )
}
