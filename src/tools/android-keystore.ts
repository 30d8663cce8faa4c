import { Command } from 'commander'
import {
  createDebugKeystore,
  createKeystore,
  type CreateOptions,
  type KeystoreOptions,
  showCertificate,
  verifyKeystore,
} from './android/keystore.ts'
import { whole } from './options.ts'

const validityDays = 10_000
const validityDaysMax = 100_000

/** `android-keystore …`: of what scripts written for Codemagic say. */
export function androidKeystoreCommand(): Command {
  const root = new Command('android-keystore').description('keystores that sign apps for Android')
  const command = (name: string, about: string) =>
    root
      .command(name)
      .description(about)
      .requiredOption('-k, --keystore <path>', 'the keystore')
      .option('-p, --keystore-pass <password>', 'else ANDROID_KEYSTORE_PASSWORD')
      .requiredOption('-a, --alias <name>', 'of the key')
      .option('-l, --key-pass <password>', 'else ANDROID_KEYSTORE_KEY_PASSWORD, or the keystore’s')
  command('create', 'make a keystore with a key')
    .option('-o, --overwrite-existing', 'also where there is one')
    .option('--validity <days>', 'of its certificate', whole(1, validityDaysMax), validityDays)
    .option('--distinguished-name <name>', 'CN=example.com, O=Example, C=DE; or in parts:')
    .option('--common-name <name>')
    .option('-O, --organization <name>')
    .option('--organization-unit <name>')
    .option('-L, --locality <name>')
    .option('--state <name>')
    .option('-C, --country <code>')
    .action((options: CreateOptions) => createKeystore(options))
  command('verify', 'are the passwords and the alias right?').action((options: KeystoreOptions) =>
    verifyKeystore(options),
  )
  command('certificate', 'the certificate of the key, with its fingerprints')
    .option('--json', 'as JSON')
    .action((options: KeystoreOptions & { json?: boolean }) => showCertificate(options))
  root
    .command('create-debug-keystore')
    .description('make ~/.android/debug.keystore where there is none')
    .action(() => createDebugKeystore())
  return root
}

/** Options that have several spellings, of which two have two letters behind one hyphen. */
export const androidKeystoreSpellings: Readonly<Record<string, string>> = {
  '--ks': '--keystore',
  '--ks-pass': '--keystore-pass',
  '--ks-key-alias': '--alias',
  '--ks-key-pass': '--key-pass',
  '-CN': '--common-name',
  '-OU': '--organization-unit',
  '-ST': '--state',
  '-DN': '--distinguished-name',
}
