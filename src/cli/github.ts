import { monotonicClock, seconds } from '../lib/clock.ts'
import { call, type Connection, pause, untilBack } from './client.ts'
import { CallFailed, exitCodes } from './exit.ts'
import type { Program } from './main.ts'
import { openInBrowser } from './open.ts'
import { printFields, printJson, printLine, printTable } from './print.ts'
import { agrees } from './prompt.ts'

type App = {
  name: string
  owner: string
  html_url: string
  install_url: string
  settings_url: string
  trouble: string | null
  webhook: {
    url: string
    trouble: string | null
    last_delivery: { event: string; received_at: string } | null
  }
  missing_permissions: string[]
  missing_events: string[]
}
type Installation = {
  account: string
  account_type: string
  repository_selection: string
  repositories: number
  missing_permissions: string[]
  permissions_url: string
  suspended_at: string | null
  synced_at: string | null
  sync_trouble: string | null
}
type Github = { configured: boolean; app: App | null; installations: Installation[] }
type Begun = { id: string; url: string; expires_at: string }
type Setup = {
  status: 'pending' | 'done' | 'failed' | 'expired'
  message: string | null
  app_name: string | null
  install_url: string | null
}

const waitSecondsDefault = 600

/** `oore github …`. */
export function addGithubCommands({ command, connection }: Program): void {
  const github = command.command('github').description('the GitHub App of this server')

  github
    .command('setup')
    .description('create a GitHub App in the browser, and wait until it is there')
    .option('--org <name>', 'for an organization that you own, instead of your own account')
    .option('--replace', 'make another that takes the place of the one that is connected')
    .option('--no-browser', 'print the address instead of opening it')
    .option('--wait <seconds>', 'how long to wait for the browser', String(waitSecondsDefault))
    .action(async (options: SetupOptions) => {
      const server = connection()
      for (;;) {
        const setup = await setUp(server, options)
        if (setup.status === 'done') return printDone(setup)
        if (setup.status === 'failed') {
          throw new CallFailed(setup.message ?? 'GitHub refused it.', exitCodes.usage)
        }
        if (!(await wantsAgain())) throw new CallFailed(tooLate, exitCodes.failure)
      }
    })

  github
    .command('status')
    .description('the GitHub App, and whether it works')
    .option('--json', 'print JSON')
    .action(async ({ json }: { json?: boolean }) => {
      const found = await call<Github>(connection(), 'GET', '/github')
      if (json) return printJson(found)
      printStatus(found)
    })

  github
    .command('installations')
    .description('the accounts that have the GitHub App')
    .option('--json', 'print JSON')
    .action(async ({ json }: { json?: boolean }) => {
      const { data } = await call<{ data: Installation[] }>(
        connection(),
        'GET',
        '/github/installations',
      )
      if (json) return printJson(data)
      printTable(
        ['account', 'repositories', 'chosen', 'synced', 'state'],
        data.map((each) => [
          each.account,
          String(each.repositories),
          each.repository_selection,
          each.synced_at ?? 'not yet',
          stateOf(each),
        ]),
      )
    })

  github
    .command('sync')
    .description('fetch all installations and their repositories anew')
    .action(async () => {
      const done = await call<{
        installations: number
        repositories: number
        added: number
        paused: number
        troubles: string[]
      }>(connection(), 'POST', '/github/sync')
      const repositories = counted(done.repositories, 'repository', 'repositories')
      const accounts = counted(done.installations, 'account', 'accounts')
      printLine(`${repositories} of ${accounts}: ${done.added} added, ${done.paused} paused.`)
      if (done.troubles.length === 0) return
      throw new CallFailed(done.troubles.join('\n'), exitCodes.unreachable)
    })

  github
    .command('reset-webhook')
    .description('set the webhook’s address and a new secret at GitHub')
    .action(async () => {
      await call(connection(), 'POST', '/github/webhook/reset')
      printLine('The webhook is set. The secret before is good for an hour.')
    })

  github
    .command('disconnect')
    .alias('remove')
    .description('forget the GitHub App; its repositories stay, paused')
    .option('--yes', 'do not ask')
    .action(async ({ yes }: { yes?: boolean }) => {
      const server = connection()
      const { app, installations } = await call<Github>(server, 'GET', '/github')
      if (app === null) throw new CallFailed('GitHub is not connected.', exitCodes.notFound)
      const count = installations.reduce((sum, each) => sum + each.repositories, 0)
      if (
        !yes &&
        !(await agrees(
          `Disconnect “${app.name}”? ${counted(count, 'repository is', 'repositories are')} paused.`,
        ))
      ) {
        throw new CallFailed('Nothing was changed. --yes does it without asking.', exitCodes.usage)
      }
      await call(server, 'DELETE', '/github')
      printLine(`Disconnected. The App itself stays on GitHub: ${app.settings_url}/advanced`)
    })
}

type SetupOptions = { org?: string; replace?: boolean; browser: boolean; wait: string }

const tooLate = 'No browser came back in time, so nothing was changed. Run oore github setup again.'

/** One attempt: an address, a browser, and what became of it. */
async function setUp(server: Connection, options: SetupOptions): Promise<Setup> {
  const waitMs = seconds(Number(options.wait))
  if (!(waitMs > 0)) throw new CallFailed('--wait takes seconds.', exitCodes.usage)
  const begun = await call<Begun>(server, 'POST', '/github/setup', {
    body: { organization: options.org, replace: options.replace },
  })
  const isOpened = options.browser && (await openInBrowser(begun.url))
  printLine(isOpened ? 'The browser goes to GitHub now. If it does not:' : 'Open this address:')
  printLine(`  ${begun.url}`)
  printLine('Waiting for the App to be created on GitHub …')
  const giveUpAt = monotonicClock() + waitMs
  for (;;) {
    const setup = await untilBack(server, () =>
      call<Setup>(server, 'GET', '/github/setup/status', { query: { id: begun.id } }),
    )
    if (setup.status !== 'pending') return setup
    if (monotonicClock() > giveUpAt) return { ...setup, status: 'expired' }
    await pause()
  }
}

function printDone({ app_name: name, install_url: url }: Setup): void {
  printLine(`GitHub App created successfully: ${name ?? ''}`)
  printLine('Choose its repositories in the browser, if that has not gone there by itself:')
  printLine(`  ${url ?? ''}`)
  printLine('They appear here by themselves: oore repo list')
}

function printStatus({ app, installations }: Github): void {
  if (app === null) {
    printLine('GitHub is not connected. Connect it with: oore github setup')
    return
  }
  const { last_delivery: last } = app.webhook
  printFields({
    'GitHub App': app.name,
    Owner: app.owner,
    Page: app.html_url,
    State: app.trouble ?? 'works',
    Webhook: app.webhook.trouble ?? 'as it should be',
    'Last delivery': last === null ? 'none yet' : `${last.event}, ${last.received_at}`,
    'Installed on': installations.map((each) => each.account).join(', ') || 'nothing yet',
    Install: installations.length === 0 ? app.install_url : null,
    'Missing in the App': [...app.missing_permissions, ...app.missing_events].join(', ') || null,
  })
  for (const each of installations) {
    if (stateOf(each) !== 'active') printLine(`${each.account}: ${stateOf(each)}`)
  }
}

function stateOf(each: Installation): string {
  if (each.suspended_at !== null) return 'suspended'
  if (each.sync_trouble !== null) return each.sync_trouble
  if (each.missing_permissions.length === 0) return 'active'
  return `has not agreed to ${each.missing_permissions.join(', ')}: ${each.permissions_url}`
}

const counted = (count: number, one: string, many: string): string =>
  `${count} ${count === 1 ? one : many}`

/** Only where somebody watches can anybody be asked. */
const wantsAgain = (): Promise<boolean> =>
  agrees('No browser came back in time. Try again with a new address?')
