import { Option } from 'commander'
import { providers } from '../scm/providers.ts'
import { call } from './client.ts'
import { CallFailed, exitCodes } from './exit.ts'
import { readSecret } from './file.ts'
import type { Program } from './main.ts'
import { printFields, printJson, printLine, printTable } from './print.ts'

type Repository = {
  id: string
  full_name: string
  provider: string
  clone_url: string
  default_branch: string
  state: string
  fork_builds: string
  pull_request_comments: boolean
  webhook_secret?: string
}

type RepositoryOptions = { forkBuilds?: string; comments?: string }

const nothingToChange = 'Say what to change: --fork-builds ask or never, --comments on or off.'

/** `oore repo …`. */
export function addRepoCommands({ command, connection }: Program): void {
  const repo = command.command('repo').description('repositories')

  repo
    .command('list')
    .description('all repositories, by name')
    .option('--search <text>', 'part of the name')
    .option('--json', 'print JSON')
    .action(async ({ search, json }: { search?: string; json?: boolean }) => {
      const query = { q: search, sort: 'name', limit: '200' }
      const { data } = await call<{ data: Repository[] }>(connection(), 'GET', '/repositories', {
        query,
      })
      if (json) return printJson(data)
      printTable(
        ['id', 'name', 'state', 'branch', 'address'],
        data.map((r) => [r.id, r.full_name, r.state, r.default_branch, r.clone_url]),
      )
    })

  repo
    .command('add [clone-url]')
    .description('add a repository, by its address or by --provider, --owner and --name')
    .option('--provider <name>', `${providers.join(', ')}; as the address says when left out`)
    .option('--branch <name>', 'its default branch', 'main')
    .option('--owner <name>', 'instead of the one in the address')
    .option('--name <name>', 'instead of the one in the address')
    .option('--webhook-secret-file <file>', 'instead of a new secret; - reads stdin')
    .option('--username <name>', 'for cloning, with --password-file')
    .option('--password-file <file>', 'a password or access token for cloning; - reads stdin')
    .action(async (cloneUrl: string | undefined, options: Record<string, string | undefined>) => {
      const { passwordFile, webhookSecretFile } = options
      const added = await call<Repository>(connection(), 'POST', '/repositories', {
        body: {
          provider: options['provider'],
          clone_url: cloneUrl,
          default_branch: options['branch'],
          owner: options['owner'],
          name: options['name'],
          clone_username: options['username'],
          clone_password: passwordFile ? readSecret(passwordFile) : undefined,
          webhook_secret: webhookSecretFile ? readSecret(webhookSecretFile) : undefined,
        },
      })
      const hook = await call<{ url: string }>(
        connection(),
        'GET',
        `/repositories/${added.id}/webhook-url`,
      )
      printFields({
        Added: added.full_name,
        Id: added.id,
        Provider: added.provider,
        'Webhook address': hook.url,
        'Webhook secret (shown this once)': added.webhook_secret,
      })
    })

  repo
    .command('show <id>')
    .description('one repository')
    .option('--json', 'print JSON')
    .action(async (id: string, { json }: { json?: boolean }) => {
      const found = await call<Repository>(connection(), 'GET', `/repositories/${id}`)
      if (json) return printJson(found)
      printFields({
        Name: found.full_name,
        Id: found.id,
        Provider: found.provider,
        State: found.state,
        Address: found.clone_url,
        'Default branch': found.default_branch,
        'Builds of forks': found.fork_builds,
        'Comments on pull requests': found.pull_request_comments ? 'on' : 'off',
      })
    })

  repo
    .command('change <id>')
    .description('change how a repository is built')
    .addOption(
      new Option(
        '--fork-builds <choice>',
        'pull requests from forks wait for an approval, or are never built',
      ).choices(['ask', 'never']),
    )
    .addOption(
      new Option(
        '--comments <choice>',
        'each pull request has a comment with its results, or none',
      ).choices(['on', 'off']),
    )
    .action(async (id: string, { forkBuilds, comments }: RepositoryOptions) => {
      if (forkBuilds === undefined && comments === undefined) {
        throw new CallFailed(nothingToChange, exitCodes.usage)
      }
      const body = {
        fork_builds: forkBuilds,
        pull_request_comments: comments === undefined ? undefined : comments === 'on',
      }
      const changed = await call<Repository>(connection(), 'PATCH', `/repositories/${id}`, { body })
      printFields({
        Name: changed.full_name,
        'Builds of forks': changed.fork_builds,
        'Comments on pull requests': changed.pull_request_comments ? 'on' : 'off',
      })
    })

  repo
    .command('webhook-url <id>')
    .description('where its webhook delivers to')
    .action(async (id: string) => {
      const path = `/repositories/${id}/webhook-url`
      const { url } = await call<{ url: string }>(connection(), 'GET', path)
      printLine(url)
    })

  repo
    .command('remove <id>')
    .description('take a repository out of Oore; its builds stay')
    .option('--force', 'cancel builds that wait or run')
    .action(async (id: string, { force }: { force?: boolean }) => {
      await call(connection(), 'DELETE', `/repositories/${id}`, {
        query: { force: force ? 'true' : undefined },
      }).catch((error: unknown) => {
        const isBusy = error instanceof CallFailed && error.exitCode === exitCodes.conflict
        throw isBusy ? new CallFailed(stillBuilds, exitCodes.conflict) : error
      })
      printLine('Removed.')
    })
}

const stillBuilds =
  'Builds of it wait or run. Wait until they end, or remove it with --force, which cancels them.'
