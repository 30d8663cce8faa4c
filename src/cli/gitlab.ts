import { monotonicClock, seconds, wallClock } from '../lib/clock.ts'
import { call, type Connection, pause } from './client.ts'
import { CallFailed, exitCodes } from './exit.ts'
import { readSecret } from './file.ts'
import { addGitlabProjectCommands } from './gitlab/projects.ts'
import type { Program } from './main.ts'
import { printFields, printJson, printLine, warn } from './print.ts'
import { askHidden } from './prompt.ts'

export type Instance = {
  id: string
  instance: string
  name: string
  state: string
  username: string | null
  missing_scopes: string[]
  expires_at: string | null
  version: string | null
  trouble: string | null
  warning: string | null
  enabled_projects: number
}

type Trip = { id: string; instance: string; url: string; expires_at: string }
type TripStatus = { status: 'pending' | 'connected' | 'failed' | 'expired'; message: string | null }

const gitlabCom = 'https://gitlab.com'
/** As long as the server keeps a trip. */
const deadlineSecondsDefault = 600

/** `oore gitlab …`. */
export function addGitlabCommands(program: Program): void {
  const { command, connection } = program
  const gitlab = command.command('gitlab').description('GitLab instances and their projects')

  gitlab
    .command('register')
    .description('register the OAuth application that was made at a GitLab')
    .option('--instance <url>', 'its address', gitlabCom)
    .requiredOption('--client-id <id>', 'the application’s ID')
    .option('--client-secret-file <file>', 'a file with its secret; - reads stdin')
    .option('--client-secret <secret>', 'its secret, where others can read it')
    .option('--allow-private-network', 'it is in a private network, and that is meant so')
    .option('--skip-tls-verification', 'take any certificate: others may then read and change all')
    .option('--json', 'print JSON')
    .action(async (options: Record<string, string | boolean | undefined>) => {
      const registered = await call<Instance>(connection(), 'POST', '/gitlab/register', {
        body: {
          instance: options['instance'],
          client_id: options['clientId'],
          client_secret: await secretOf(options),
          allow_private_network: options['allowPrivateNetwork'] === true,
          skip_tls_verification: options['skipTlsVerification'] === true,
        },
      })
      if (registered.warning !== null) warn(registered.warning)
      if (options['json']) return printJson(registered)
      printLine(`${registered.name} is registered.`)
      printLine(`Next: oore gitlab setup --instance ${registered.instance}`)
    })

  gitlab
    .command('setup')
    .description('authorize Oore on an instance, in a browser')
    .option('--instance <url>', 'which one, where there are several')
    .option(
      '--deadline <seconds>',
      'how long to wait for the browser',
      String(deadlineSecondsDefault),
    )
    .action(async ({ instance, deadline }: { instance?: string; deadline: string }) => {
      const at = connection()
      const trip = await call<Trip>(at, 'POST', '/gitlab/setup', { body: { instance } })
      printLine('Open this address in a browser, and authorize Oore there:')
      printLine('')
      printLine(`  ${trip.url}`)
      printLine('')
      printLine(await awaitTrip(at, trip, secondsIn(deadline)))
    })

  gitlab
    .command('status')
    .description('how each instance stands')
    .option('--json', 'print JSON')
    .action(async ({ json }: { json?: boolean }) => {
      const { data } = await call<{ data: Instance[] }>(connection(), 'GET', '/gitlab')
      if (json) return printJson(data)
      if (data.length === 0) printLine('No GitLab is registered. oore gitlab register does that.')
      for (const [index, each] of data.entries()) {
        if (index > 0) printLine('')
        printInstance(each)
      }
    })

  gitlab
    .command('refresh')
    .description('ask an instance for new tokens now')
    .option('--instance <url>', 'which one, where there are several')
    .action(async ({ instance }: { instance?: string }) => {
      const fresh = await call<Instance>(connection(), 'POST', '/gitlab/refresh', {
        body: { instance },
      })
      printInstance(fresh)
    })

  gitlab
    .command('disconnect')
    .description('forget an instance: its repositories are paused, its tokens given back')
    .option('--instance <url>', 'which one, where there are several')
    .action(async ({ instance }: { instance?: string }) => {
      const at = connection()
      const { data } = await call<{ data: Instance[] }>(at, 'GET', '/gitlab')
      const gone = await call<Disconnected>(at, 'DELETE', `/gitlab/${chosen(data, instance).id}`)
      printLine(`${gone.instance} is disconnected.`)
      printFields({
        'Repositories that are paused': gone.paused_repositories,
        'Webhooks that are left on GitLab': gone.webhooks_left,
        'Tokens given back': gone.token_revoked ? 'yes' : 'no: revoke them on GitLab',
      })
    })

  addGitlabProjectCommands(gitlab, program)
}

type Disconnected = {
  instance: string
  paused_repositories: number
  webhooks_left: number
  token_revoked: boolean
}

/** By a file, by standard input, by a question; last by a flag, which everybody can read. */
async function secretOf(options: Record<string, string | boolean | undefined>): Promise<string> {
  const { clientSecretFile: file, clientSecret: flag } = options
  if (typeof file === 'string') return readSecret(file)
  if (typeof flag === 'string') {
    warn(
      'A secret on the command line can be read by everyone on this machine, and stays in the ' +
        'shell’s history. --client-secret-file, or no flag at all, keeps it to yourself.',
    )
    return flag
  }
  return askHidden('The application’s secret: ')
}

/** Waits until the browser is back. Exit code 2 where somebody said no, or nobody came in time. */
async function awaitTrip(at: Connection, { id }: Trip, deadlineSeconds: number): Promise<string> {
  const until = monotonicClock() + seconds(deadlineSeconds)
  for (;;) {
    const { status, message } = await call<TripStatus>(at, 'GET', '/gitlab/setup/status', {
      query: { id },
    })
    if (status === 'connected') return message ?? 'GitLab is connected.'
    if (status === 'failed') throw new CallFailed(message ?? 'It failed.', exitCodes.usage)
    if (status === 'expired' || monotonicClock() > until) {
      throw new CallFailed(
        'Nobody came back from GitLab in time. Begin again with: oore gitlab setup',
        exitCodes.usage,
      )
    }
    await pause()
  }
}

function secondsIn(text: string): number {
  const number = Number(text)
  if (number > 0 && number <= deadlineSecondsDefault) return number
  throw new CallFailed(
    `--deadline takes seconds, up to ${deadlineSecondsDefault}, not "${text}".`,
    exitCodes.usage,
  )
}

function chosen(all: readonly Instance[], named: string | undefined): Instance {
  const wanted = named?.replace(/\/+$/, '')
  const found = all.filter(
    ({ id, instance, name }) => wanted === undefined || [id, instance, name].includes(wanted),
  )
  const [first] = found
  if (first && found.length === 1) return first
  const names = all.map(({ name }) => name).join(', ')
  throw all.length === 0 || (wanted !== undefined && found.length === 0)
    ? new CallFailed(
        all.length === 0
          ? 'No GitLab is registered.'
          : `There is no GitLab ${wanted}: ${names} are.`,
        exitCodes.notFound,
      )
    : new CallFailed(`Say which: --instance takes one of ${names}.`, exitCodes.usage)
}

const words: Record<string, string> = {
  registered: 'not authorized yet: oore gitlab setup',
  connected: 'connected',
  reauthorize: 'to be authorized again: oore gitlab setup',
}

function printInstance(instance: Instance): void {
  printFields({
    Instance: instance.instance,
    State: words[instance.state] ?? instance.state,
    'Authorized by': instance.username && `@${instance.username}`,
    'Token good until': instance.expires_at && `${instance.expires_at} (${lifeOf(instance)})`,
    'Scopes missing': instance.missing_scopes.join(', ') || null,
    Version: instance.version,
    'Enabled projects': instance.enabled_projects,
    Trouble: instance.trouble,
    Warning: instance.warning,
  })
}

/** The server refreshes tokens before they end, so one that has ended is a trouble. */
const lifeOf = ({ expires_at, state }: Instance): string =>
  state === 'connected' && expires_at !== null && Date.parse(expires_at) < wallClock()
    ? 'expired: oore gitlab refresh'
    : 'refreshed before'
