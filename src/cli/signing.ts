import { basename } from 'node:path'
import { allOf, call } from './client.ts'
import { CallFailed, exitCodes } from './exit.ts'
import { writePrivate } from './file.ts'
import type { Program } from './main.ts'
import { printFields, printJson, printLine, printTable } from './print.ts'
import { agrees } from './prompt.ts'
import { addAppleCommands } from './signing/apple.ts'
import { addCheckCommand } from './signing/check.ts'
import { addDeviceCommands } from './signing/devices.ts'
import {
  addressOf,
  fieldsOf,
  findOne,
  type Found,
  kindsOf,
  kindWords,
  nouns,
  summaryOf,
} from './signing/credential.ts'
import { addImportCommands } from './signing/import.ts'

type Kind = { kind?: string }
type Downloaded = {
  file_name: string
  content_base64: string
  password?: string
  store_password?: string
  key_password?: string
}

const kindOption = ['--kind <kind>', 'certificate, profile, keystore or key'] as const

/** `oore signing …`. */
export function addSigningCommands({ command, connection }: Program): void {
  const signing = command
    .command('signing')
    .description('certificates, profiles, keystores and keys that builds sign with')

  signing
    .command('list')
    .description('all that is stored, by kind and name')
    .option(...kindOption)
    .option('--json', 'print JSON')
    .action(async ({ kind, json }: Kind & { json?: boolean }) => {
      const found: Found[] = []
      for (const each of kindsOf(kind)) {
        const data = await allOf<Found['json']>(connection(), `/signing/${nouns[each]}`)
        found.push(...data.map((one) => ({ kind: each, json: one }) as Found))
      }
      if (json) return printJson(found.map((one) => ({ credential: one.kind, ...one.json })))
      printTable(
        ['kind', 'name', 'what', 'expires'],
        found.map((one) => {
          const { what, ends } = summaryOf(one)
          return [kindWords[one.kind], one.json.name, what, ends]
        }),
      )
    })

  signing
    .command('show <name>')
    .description('all that one says of itself, by name or id')
    .option(...kindOption)
    .option('--json', 'print JSON')
    .action(async (name: string, { kind, json }: Kind & { json?: boolean }) => {
      const found = await findOne(connection(), name, kind)
      if (json) return printJson(found.json)
      printFields(fieldsOf(found))
    })

  signing
    .command('remove <name>')
    .description('forget one; nothing is revoked')
    .option(...kindOption)
    .option('--yes', 'do not ask')
    .action(async (name: string, { kind, yes }: Kind & { yes?: boolean }) => {
      const server = connection()
      const found = await findOne(server, name, kind)
      const what = `the ${kindWords[found.kind]} "${found.json.name}"`
      const question = `Forget ${what}, with its file and passwords? Builds that name it fail.`
      if (!yes && !(await agrees(question))) {
        throw new CallFailed('Nothing was changed. --yes does it without asking.', exitCodes.usage)
      }
      await call(server, 'DELETE', addressOf(found.kind, found.json.id))
      printLine(`Forgot ${what}. Nothing was revoked.`)
    })

  signing
    .command('download <name>')
    .description('take one out again, as an owner; it is written down who did')
    .option(...kindOption)
    .option('--out <file>', 'where to write it, or - for standard output; else its usual name')
    .option('--passwords-out <file>', 'where to write its passwords, as JSON')
    .action(async (name: string, options: Kind & { out?: string; passwordsOut?: string }) => {
      const server = connection()
      const { kind, json } = await findOne(server, name, options.kind)
      const got = await call<Downloaded>(server, 'POST', `${addressOf(kind, json.id)}/download`)
      const bytes = Buffer.from(got.content_base64, 'base64')
      const { out = basename(got.file_name), passwordsOut } = options
      if (out === '-') process.stdout.write(bytes)
      else {
        writePrivate(out, bytes)
        printLine(`Wrote ${out}, which only you can read.`)
      }
      const { password, store_password, key_password } = got
      const passwords = { password, store_password, key_password }
      if (passwordsOut !== undefined) {
        writePrivate(passwordsOut, `${JSON.stringify(passwords, null, 2)}\n`)
      }
    })

  addImportCommands({ command: signing, connection })
  addAppleCommands({ command: signing, connection })
  addDeviceCommands({ command: signing, connection })
  addCheckCommand({ command: signing, connection })
}
