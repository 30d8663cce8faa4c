import type { Command } from 'commander'
import { allOf, call, type Connection } from './client.ts'
import { CallFailed, exitCodes } from './exit.ts'
import { readText } from './file.ts'
import type { Program } from './main.ts'
import { printJson, printLine, printTable, warn } from './print.ts'
import { agrees, askHidden } from './prompt.ts'
import { repositoryId } from './repository-id.ts'

type Place = { repo?: string; group?: string; environment?: string; branch?: string }
type Group = { id: string; name: string; repository: string | null; variable_count: number }
type Variable = {
  name: string
  environment: string
  branch_pattern: string
  secret: boolean
  protected: boolean
  value: string | null
  mask_warning: string | null
  last_used_at: string | null
  updated_by: string
}

const placed = (command: Command): Command =>
  command
    .option('--repo <repository>', 'of this repository, by id or owner/name; else of all')
    .option('--group <name>', 'in this group; else for every build')

const narrowed = (command: Command): Command =>
  placed(command)
    .option('--environment <name>', 'only for builds of this environment')
    .option('--branch <pattern>', 'only for builds of branches or tags like this')

/** `oore secret …`: variables of builds. A value is never an argument. */
export function addSecretCommands({ command, connection }: Program): void {
  const secret = command
    .command('secret')
    .description('secrets and other variables that builds get')

  narrowed(secret.command('set <name>'))
    .description('store a variable: its value is read from standard input, or asked for')
    .option('--file <file>', 'read the value from this file instead')
    .option('--plain', 'no secret: people may read it again')
    .option('--for-forks', 'with --plain: builds of forks get it too')
    .addHelpText('after', setHelp)
    .action(async (name: string, options: Place & Set) => {
      const server = connection()
      const value = await valueOf(name, options.file)
      const stored = await call<Variable>(server, 'PUT', `/variables/${encodeURIComponent(name)}`, {
        body: {
          ...(await placeOf(server, options)),
          ...narrowOf(options),
          value,
          secret: options.plain !== true,
          protected: options.forForks !== true,
        },
      })
      printLine(`Stored ${stored.secret ? 'the secret' : 'the variable'} ${stored.name}.`)
      if (stored.mask_warning !== null) warn(stored.mask_warning)
    })

  placed(secret.command('import <file>'))
    .description('store the variables of a .env file, all or none; - reads standard input')
    .option('--environment <name>', 'only for builds of this environment')
    .option('--branch <pattern>', 'only for builds of branches or tags like this')
    .option('--plain', 'none of them is a secret')
    .option('--replace', 'change those that are there already')
    .action(async (file: string, options: Place & { plain?: boolean; replace?: boolean }) => {
      const server = connection()
      const content = readText(file)
      const { variables } = await call<{ variables: Variable[] }>(server, 'POST', '/variables', {
        body: {
          ...(await placeOf(server, options)),
          ...narrowOf(options),
          content,
          secret: options.plain !== true,
          replace: options.replace === true,
        },
      })
      printLine(`Stored. There are ${variables.length} variables there now.`)
    })

  placed(secret.command('list'))
    .description('what is stored; no secret shows its value')
    .option('--json', 'print JSON')
    .action(async (options: Place & { json?: boolean }) => {
      const server = connection()
      const found: (Variable & { group: string; repository: string | null })[] = []
      for (const group of await groupsOf(server, options)) {
        const { variables } = await call<{ variables: Variable[] }>(
          server,
          'GET',
          `/variable-groups/${group.id}`,
        )
        const { name, repository } = group
        found.push(...variables.map((each) => ({ ...each, group: name, repository })))
      }
      if (options.json) return printJson(found)
      printTable(
        ['name', 'value', 'group', 'of', 'only for', 'last used'],
        found.map((each) => [
          each.name,
          each.value ?? '(secret)',
          each.group || '(every build)',
          each.repository ?? 'all repositories',
          [each.environment, each.branch_pattern].filter(Boolean).join(', '),
          each.last_used_at ?? 'never',
        ]),
      )
    })

  narrowed(secret.command('remove <name>'))
    .description('forget a variable')
    .action(async (name: string, options: Place) => {
      const server = connection()
      const query = { ...(await placeOf(server, options)), ...narrowOf(options) }
      await call(server, 'DELETE', `/variables/${encodeURIComponent(name)}`, { query })
      printLine(`Forgot ${name}.`)
    })
}

type Set = { file?: string; plain?: boolean; forForks?: boolean }

const setHelp = `
Examples:
  oore secret set API_TOKEN < token.txt
  oore secret set API_TOKEN --repo lumen/wallet --environment production
  printf %s "$VALUE" | oore secret set API_TOKEN --group release`

/** From a file, from standard input, or typed without being shown; the end of its line is not part of it. */
async function valueOf(name: string, file: string | undefined): Promise<string> {
  if (file !== undefined) return withoutLineEnd(readText(file))
  if (process.stdin.isTTY) return askHidden(`Value of ${name}: `)
  return withoutLineEnd(readText('-'))
}

/** One line has an end that nobody means; of several lines each is meant. */
const withoutLineEnd = (text: string): string => {
  const value = text.replace(/\r?\n$/, '')
  return value.includes('\n') ? text : value
}

const placeOf = async (
  server: Connection,
  { repo, group }: Place,
): Promise<{ repository_id?: string; group?: string }> => ({
  ...(repo !== undefined && { repository_id: await repositoryId(server, repo) }),
  ...(group !== undefined && { group }),
})

const narrowOf = ({ environment, branch }: Place) => ({
  ...(environment !== undefined && { environment }),
  ...(branch !== undefined && { branch_pattern: branch }),
})

async function groupsOf(server: Connection, { repo, group }: Place): Promise<Group[]> {
  const query = repo === undefined ? {} : { repository_id: await repositoryId(server, repo) }
  const groups = await allOf<Group>(server, '/variable-groups', query)
  return group === undefined ? groups : groups.filter(({ name }) => name === group)
}

/** `oore group …`. */
export function addGroupCommands({ command, connection }: Program): void {
  const group = command
    .command('group')
    .description('groups of variables, which environment.groups names')

  const ofRepository = (each: Command): Command =>
    each.option('--repo <repository>', 'of this repository, by id or owner/name; else of all')

  ofRepository(group.command('add <name>'))
    .description('make a group')
    .action(async (name: string, options: Place) => {
      const server = connection()
      const place = await placeOf(server, { ...options })
      await call(server, 'POST', '/variable-groups', { body: { ...place, name } })
      printLine(`Made the group "${name}". Fill it with: oore secret set NAME --group "${name}"`)
    })

  ofRepository(group.command('list'))
    .description('groups, and how many variables each has')
    .option('--json', 'print JSON')
    .action(async (options: Place & { json?: boolean }) => {
      const groups = await groupsOf(connection(), options)
      if (options.json) return printJson(groups)
      printTable(
        ['name', 'of', 'variables'],
        groups.map(({ name, repository, variable_count }) => [
          name || '(every build)',
          repository ?? 'all repositories',
          String(variable_count),
        ]),
      )
    })

  ofRepository(group.command('rename <name> <new-name>'))
    .description('call a group otherwise')
    .action(async (name: string, newName: string, options: Place) => {
      const server = connection()
      const { id } = await groupNamed(server, name, options)
      await call(server, 'PATCH', `/variable-groups/${id}`, { body: { name: newName } })
      printLine(`The group "${name}" is called "${newName}" now.`)
    })

  ofRepository(group.command('remove <name>'))
    .description('forget a group with all that is in it')
    .option('--yes', 'do not ask')
    .action(async (name: string, options: Place & { yes?: boolean }) => {
      const server = connection()
      const { id, variable_count: count } = await groupNamed(server, name, options)
      const question = `Forget the group "${name}" with ${count} variables? Builds that name it fail.`
      if (!options.yes && !(await agrees(question))) {
        throw new CallFailed('Nothing was changed. --yes does it without asking.', exitCodes.usage)
      }
      await call(server, 'DELETE', `/variable-groups/${id}`)
      printLine(`Forgot the group "${name}".`)
    })
}

async function groupNamed(server: Connection, name: string, options: Place): Promise<Group> {
  const query = options.repo === undefined ? { owner: 'organization' } : {}
  const repository =
    options.repo === undefined ? {} : { repository_id: await repositoryId(server, options.repo) }
  const groups = await allOf<Group>(server, '/variable-groups', { ...query, ...repository })
  const found = groups.find((each) => each.name === name)
  if (found !== undefined && name !== '') return found
  const known = groups.flatMap((each) => (each.name === '' ? [] : [each.name]))
  const there = known.length === 0 ? 'there is none' : `there are ${known.join(', ')}`
  throw new CallFailed(`There is no group "${name}" here: ${there}.`, exitCodes.notFound)
}
