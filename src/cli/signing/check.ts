import type { Command } from 'commander'
import { formatNamed, readConfiguration } from '../configuration.ts'
import { call, type Connection } from '../client.ts'
import { CallFailed, exitCodes } from '../exit.ts'
import type { Program } from '../main.ts'
import { printJson, printLine } from '../print.ts'
import { repositoryId } from '../repository-id.ts'

type Check = {
  workflow: string | null
  signs: boolean
  ok: boolean
  certificates: string[]
  profiles: string[]
  keystores: string[]
  app_store_key: string | null
  problems: string[]
  warnings: string[]
}

type Options = {
  repo?: string
  branch?: string
  bundleId?: string
  type?: string
  format?: string
  json?: boolean
}

/** `oore signing check`. */
export function addCheckCommand({
  command: signing,
  connection,
}: Pick<Program, 'connection'> & { command: Command }): void {
  signing
    .command('check [file]')
    .description('say what workflows would be signed with, and what is in the way')
    .option('--repo <repository>', 'the configuration of this repository, by id or owner/name')
    .option('--branch <name>', 'with --repo: of this branch')
    .option('--bundle-id <id>', 'only this bundle identifier, with --type')
    .option('--type <type>', 'app_store, ad_hoc, development, enterprise or developer_id')
    .option('--format <format>', 'how to read the file, else its name decides')
    .option('--json', 'print JSON')
    .addHelpText('after', help)
    .action(async (file: string | undefined, options: Options) => {
      const server = connection()
      const body = await askedOf(server, file, options)
      const { data } = await call<{ data: Check[] }>(server, 'POST', '/signing/check', { body })
      if (options.json) printJson(data)
      else for (const each of data) printCheck(each)
      if (data.some(({ ok }) => !ok)) {
        throw new CallFailed('A build would fail before it starts.', exitCodes.failure)
      }
    })
}

const help = `
Without a file it is the one in the root of this repository. Exit code 1 where a build would fail.

Examples:
  oore signing check
  oore signing check --repo lumen/wallet --branch main
  oore signing check --bundle-id com.lumen.wallet --type app_store`

async function askedOf(server: Connection, file: string | undefined, options: Options) {
  const { repo, branch, bundleId, type } = options
  if (bundleId !== undefined) return { bundle_id: bundleId, distribution_type: type }
  const repository = repo === undefined ? {} : { repository_id: await repositoryId(server, repo) }
  if (repo !== undefined && file === undefined) return { ...repository, branch }
  const { content, format } = readConfiguration(file, formatNamed(options.format))
  return { ...repository, content, format }
}

function printCheck({ workflow, signs, ok, ...check }: Check): void {
  const name = workflow ?? 'This identifier'
  if (!signs && ok) return printLine(`${name}: asks for nothing to sign with.`)
  printLine(`${name}: ${ok ? 'can be signed.' : 'cannot be signed.'}`)
  const lists: [string, string[]][] = [
    ['Profiles', check.profiles],
    ['Certificates', check.certificates],
    ['Keystores', check.keystores],
    ['App Store Connect key', check.app_store_key === null ? [] : [check.app_store_key]],
  ]
  for (const [what, names] of lists) {
    if (names.length > 0) printLine(`  ${what}: ${names.join(', ')}`)
  }
  for (const problem of check.problems) printLine(`  ✗ ${problem}`)
  for (const warning of check.warnings) printLine(`  ! ${warning}`)
}
