import { basename } from 'node:path'
import { MiB } from '../../lib/sizes.ts'
import type { CredentialKind } from '../../signing/credential.ts'
import { call, type Connection } from '../client.ts'
import { CallFailed, exitCodes } from '../exit.ts'
import { readBytes, readPassword } from '../file.ts'
import type { Program } from '../main.ts'
import { printLine, warn } from '../print.ts'
import { askHidden } from '../prompt.ts'
import { type CredentialJson, type Found, kindWords, nouns, summaryOf } from './credential.ts'

/** The server takes no larger file of any kind. */
const fileBytesMax = 4 * MiB

type Options = Record<string, string | boolean | undefined>

/** `oore signing import-cert`, `import-profile`, `import-keystore`, `import-key`. */
export function addImportCommands({
  command: signing,
  connection,
}: Pick<Program, 'command' | 'connection'>): void {
  const importing = (name: string, about: string) =>
    signing
      .command(name)
      .description(about)
      .option('--name <name>', 'what configurations are to call it')
      .option('--replace', 'put it in the place of the one with this name')

  importing('import-cert <file>', 'store a certificate with its private key (.p12)')
    .option('--password-file <file>', 'a file with its password, or - for standard input')
    .action(async (file: string, options: Options) => {
      onceFromInput([file, options['passwordFile']])
      const password = await passwordOf(options['passwordFile'], `Password of ${file}: `, file)
      await store(connection(), 'certificate', file, { ...named(options), password })
    })

  importing('import-profile <files...>', 'store provisioning profiles (.mobileprovision)').action(
    async (files: string[], options: Options) => {
      if (files.length > 1 && options['name'] !== undefined) {
        throw new CallFailed('--name is for one file; each profile has its own.', exitCodes.usage)
      }
      await each(files, (file) => store(connection(), 'profile', file, named(options)))
    },
  )

  importing('import-keystore <file>', 'store an Android keystore (JKS or PKCS#12)')
    .option('--alias <alias>', 'which key signs, where there are several')
    .option('--store-password-file <file>', 'a file with its password, or - for standard input')
    .option('--key-password-file <file>', 'the same for its key, where it has another')
    .action(async (file: string, options: Options) => {
      const { storePasswordFile, keyPasswordFile, alias } = options
      onceFromInput([file, storePasswordFile, keyPasswordFile])
      const ask = 'Password of the keystore: '
      const store_password = await passwordOf(storePasswordFile, ask, file)
      const askKey = 'Password of the key (empty: that of the keystore): '
      const key_password =
        keyPasswordFile !== undefined || (storePasswordFile === undefined && process.stdin.isTTY)
          ? await passwordOf(keyPasswordFile, askKey, file)
          : ''
      const fields = { ...named(options), alias, store_password, key_password }
      await store(connection(), 'keystore', file, fields)
    })

  importing('import-key <file>', 'store a key of App Store Connect (AuthKey_….p8)')
    .option('--key-id <id>', 'ten letters and digits; read from the usual file name unless said')
    .option('--issuer-id <id>', 'a UUID, above the list of keys in App Store Connect')
    .action(async (file: string, options: Options) => {
      const { keyId: key_id, issuerId: issuer_id } = options
      await store(connection(), 'app_store_key', file, { ...named(options), key_id, issuer_id })
    })
}

const named = ({ name, replace }: Options): Options => ({ name, replace })

/** Stores one, and says what it turned out to be. The server reads it: here nothing is judged. */
async function store(
  connection: Connection,
  kind: CredentialKind,
  file: string,
  fields: Options,
): Promise<void> {
  const bytes = readBytes(file, fileBytesMax)
  const body = {
    ...fields,
    file_name: file === '-' ? '' : basename(file),
    content_base64: Buffer.from(bytes).toString('base64'),
  }
  const json = await call<CredentialJson[typeof kind]>(
    connection,
    'POST',
    `/signing/${nouns[kind]}`,
    {
      body,
    },
  )
  const { what, ends } = summaryOf({ kind, json } as Found)
  const until = ends === 'never' ? 'never expires' : `expires ${ends.slice(0, 10)}`
  printLine(`Stored the ${kindWords[kind]} "${json.name}": ${what}, ${until}.`)
}

/** One after another to the last, whatever becomes of those before; then it fails where one did. */
async function each(files: readonly string[], work: (file: string) => Promise<void>) {
  const failed: CallFailed[] = []
  for (const file of files) {
    try {
      await work(file)
    } catch (error) {
      if (!(error instanceof CallFailed) || files.length === 1) throw error
      warn(`${file}: ${error.message.replaceAll('\n', ' ')}`)
      failed.push(error)
    }
  }
  const [first] = failed
  if (first === undefined) return
  throw new CallFailed(`${failed.length} of ${files.length} were not stored.`, first.exitCode)
}

/**
 * From the file that was named, else asked for at the terminal. Where nobody can type it is empty,
 * which many exported files have, and that is said.
 */
async function passwordOf(
  file: string | boolean | undefined,
  question: string,
  about: string,
): Promise<string> {
  if (typeof file === 'string') return readPassword(file)
  if (process.stdin.isTTY && about !== '-') return askHidden(question)
  warn('No password was given, so the empty one is tried.')
  return ''
}

function onceFromInput(files: readonly (string | boolean | undefined)[]): void {
  if (files.filter((file) => file === '-').length < 2) return
  throw new CallFailed('Standard input can be read once: only one file may be -.', exitCodes.usage)
}
