import { allOf, call } from './client.ts'
import type { Program } from './main.ts'
import { printJson, printLine, printTable } from './print.ts'

type Person = {
  id: string
  name: string
  email: string | null
  role: string
  state: string
  identities: { provider: string; login: string }[]
}
type Rule = { id: string; provider: string; instance: string; name: string; role: string }

/** `oore people …`. */
export function addPeopleCommands({ command, connection }: Program): void {
  const people = command.command('people').description('who may enter, and with which role')

  people
    .command('list')
    .description('people, by name')
    .option('--search <text>', 'part of a name, an e-mail address or a login')
    .option('--role <role>', 'owner, admin, developer or viewer')
    .option('--state <state>', 'invited, active or disabled')
    .option('--json', 'print JSON')
    .action(async ({ search, role, state, json }: Record<string, string | undefined>) => {
      const query = { q: search, role, state }
      const data = await allOf<Person>(connection(), '/users', query)
      if (json) return printJson(data)
      printTable(
        ['id', 'name', 'role', 'state', 'signs in with'],
        data.map((one) => [one.id, one.name, one.role, one.state, accountsOf(one)]),
      )
    })

  people
    .command('invite <who>')
    .description('invite somebody by e-mail address, or by their login with --provider')
    .option('--role <role>', 'owner, admin, developer or viewer', 'viewer')
    .option('--provider <name>', 'github or gitlab, where <who> is a login then')
    .option('--instance <host>', 'which of its hosts, where there are several')
    .option('--name <name>', 'what to call them until they come')
    .action(async (who: string, options: Record<string, string | undefined>) => {
      const { role, provider, instance, name } = options
      const whom = provider === undefined ? { email: who } : { provider, instance, login: who }
      const body = { ...whom, role, name }
      const invited = await call<Person>(connection(), 'POST', '/users', { body })
      printLine(`Invited ${invited.name} as ${invited.role} (${invited.id}).`)
      printLine('Oore sends no mail: tell them the address of this server. They have two weeks.')
    })

  people
    .command('role <id> <role>')
    .description('give a person another role; no rule changes it from then on')
    .action(async (id: string, role: string) => {
      const changed = await change(connection(), id, { role })
      printLine(`${changed.name} is ${changed.role} now.`)
    })

  people
    .command('disable <id>')
    .description('keep a person out, at once')
    .action(async (id: string) => {
      const changed = await change(connection(), id, { state: 'disabled' })
      printLine(`${changed.name} may not enter any more.`)
    })

  people
    .command('enable <id>')
    .description('let a person in again')
    .action(async (id: string) => {
      const changed = await change(connection(), id, { state: 'active' })
      printLine(`${changed.name} may enter again.`)
    })

  people
    .command('remove <id>')
    .description('remove a person; what they did keeps their name')
    .action(async (id: string) => {
      await call(connection(), 'DELETE', `/users/${id}`)
      printLine('Removed.')
    })

  addRuleCommands(people.command('rules').description('whose members may enter'), connection)
}

function addRuleCommands(rules: Program['command'], connection: Program['connection']): void {
  rules
    .command('list')
    .description('organizations and groups whose members may enter')
    .option('--json', 'print JSON')
    .action(async ({ json }: { json?: boolean }) => {
      const data = await allOf<Rule>(connection(), '/sign-in/rules')
      if (json) return printJson(data)
      printTable(
        ['id', 'members of', 'at', 'role'],
        data.map(({ id, name, provider, instance, role }) => [
          id,
          name,
          `${provider} (${instance})`,
          role,
        ]),
      )
    })

  rules
    .command('add <name>')
    .description('let the members of a GitHub organization or a GitLab group enter')
    .option('--provider <name>', 'github or gitlab')
    .option('--instance <host>', 'which of its hosts, where there are several')
    .option('--role <role>', 'owner, admin, developer or viewer', 'viewer')
    .action(async (name: string, options: Record<string, string | undefined>) => {
      const { provider, instance, role } = options
      const body = { name, provider, instance, role }
      const added = await call<Rule>(connection(), 'POST', '/sign-in/rules', { body })
      printLine(`Members of ${added.name} may enter as ${added.role} (${added.id}).`)
    })

  rules
    .command('remove <id>')
    .description('take a rule away; who came in by it is signed out')
    .action(async (id: string) => {
      await call(connection(), 'DELETE', `/sign-in/rules/${id}`)
      printLine('Removed.')
    })
}

const change = (
  connection: ReturnType<Program['connection']>,
  id: string,
  body: Record<string, string>,
): Promise<Person> => call<Person>(connection, 'PATCH', `/users/${id}`, { body })

const accountsOf = ({ identities, email }: Person): string =>
  identities.map(({ provider, login }) => `${provider}: ${login}`).join(', ') || (email ?? '')
