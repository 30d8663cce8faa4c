import { and, eq } from 'drizzle-orm'
import { schema, type Writer } from '../../db/client.ts'
import type { Id } from '../../lib/ids.ts'
import type { ConnectionEvent } from '../../scm/repo-event.ts'
import { may, refused } from '../access/may.ts'
import type { Ctx } from '../ctx.ts'
import type { Decision } from '../deliveries/decide.ts'
import { change, type Recorder } from '../events/change.ts'
import type { FoundGithubApp, GithubInstallationRow } from './find.ts'
import {
  findByNumber,
  pauseRepositories,
  resumeRepositories,
  type Taken,
  takeRepository,
} from './repositories.ts'
import { keepInstallation, reasons, removeInstallation } from './sync.ts'

type Told = { ctx: Ctx; tx: Writer; record: Recorder; githubAppId: Id }

/**
 * Does what GitHub told of the App's reach, at once and from the payload alone, and has all of it
 * fetched soon after: what was told twice, late or out of order changes nothing for long. What is
 * older than what is known changes nothing at all.
 */
export async function decideConnection(
  ctx: Ctx,
  app: FoundGithubApp,
  event: ConnectionEvent,
): Promise<Decision> {
  if (!may(ctx.actor, 'connection.sync')) throw refused(ctx.actor)
  return change(ctx, async (tx, record) => {
    const told: Told = { ctx, tx, record, githubAppId: app.row.id }
    const externalId =
      event.is === 'repository' ? event.installation : event.installation.externalId
    const known = await findInstallation(told, externalId)
    const decision = await decide(told, event, known)
    const row = known ?? (await findInstallation(told, externalId))
    if (row !== undefined) await wantSync(told, row)
    return decision
  })
}

function decide(
  told: Told,
  event: ConnectionEvent,
  known: GithubInstallationRow | undefined,
): Promise<Decision> | Decision {
  if (event.is === 'repository') return decideRepository(told, event, known)
  const { login } = event.installation.account
  // GitHub gives a number once: an App that is installed again has a new one.
  if (known !== undefined && known.removedAt !== null) {
    return ignored(`${login} has uninstalled the GitHub App since.`)
  }
  if (event.is === 'installation' && event.what === 'deleted') {
    return decideUninstalled(told, known, login)
  }
  if (known !== undefined && isOlder(event.installation.updatedAt, known)) {
    return ignored('GitHub has told something newer since. All of it is fetched anew.')
  }
  return event.is === 'installation'
    ? decideInstallation(told, event, known)
    : decideChosen(told, event)
}

const isOlder = (at: number | null, { forgeUpdatedAt }: GithubInstallationRow): boolean =>
  at !== null && forgeUpdatedAt !== null && at < forgeUpdatedAt

async function decideUninstalled(
  { ctx, tx, record }: Told,
  known: GithubInstallationRow | undefined,
  login: string,
): Promise<Decision> {
  if (known === undefined) return ignored('Oore did not know of this installation.')
  await removeInstallation(ctx, tx, record, known)
  return processed(`${login} uninstalled the GitHub App. Its repositories stay here, paused.`)
}

async function decideInstallation(
  told: Told,
  event: ConnectionEvent & { is: 'installation' },
  known: GithubInstallationRow | undefined,
): Promise<Decision> {
  const { ctx, tx, record } = told
  const { installation, repositories, what } = event
  const isSuspended = what === 'suspended'
  const row = await keepInstallation(ctx, tx, record, told.githubAppId, {
    ...installation,
    suspendedAt: isSuspended ? (installation.suspendedAt ?? ctx.clock()) : installation.suspendedAt,
    ...(what === 'unsuspended' ? { suspendedAt: null } : {}),
  })
  const login = row.accountLogin
  switch (what) {
    case 'created': {
      const added = await take(told, row, repositories)
      return processed(
        known === undefined
          ? `${login} installed the GitHub App: ${sentenceOf(added)}`
          : `${login} has the GitHub App: ${sentenceOf(added)}`,
      )
    }
    case 'suspended':
      await pauseRepositories(ctx, tx, record, { connectionId: row.id }, reasons.suspended)
      return processed(`${login} suspended the GitHub App. Its repositories are paused.`)
    case 'unsuspended':
      await resumeRepositories(ctx, tx, record, row.id, reasons.suspended)
      return processed(`${login} lets the GitHub App in again. Its repositories are active.`)
    case 'permissions':
      return processed(`${login} agreed to what the GitHub App may do.`)
    case 'deleted':
      return ignored('It was uninstalled.')
    default:
      return what satisfies never
  }
}

async function decideChosen(
  told: Told,
  { installation, added, removed }: ConnectionEvent & { is: 'installation_repositories' },
): Promise<Decision> {
  const { ctx, tx, record } = told
  const row = await keepInstallation(ctx, tx, record, told.githubAppId, installation)
  const taken = await take(told, row, added)
  const externalIds = removed.map(({ externalId }) => externalId)
  const which = { connectionId: row.id, externalIds }
  const paused = await pauseRepositories(ctx, tx, record, which, reasons.removed)
  const lines = [
    added.length === 0 ? '' : sentenceOf(taken),
    removed.length === 0 ? '' : `${toldOf(paused)} paused: taken out of the installation.`,
  ]
  return processed(`${row.accountLogin}: ${lines.filter(Boolean).join(' ')}`)
}

async function decideRepository(
  { ctx, tx, record }: Told,
  event: ConnectionEvent & { is: 'repository' },
  installation: GithubInstallationRow | undefined,
): Promise<Decision> {
  const { repository, what } = event
  if (installation === undefined) return ignored(`Unknown installation ${event.installation}.`)
  const known = await findByNumber(ctx, tx, repository.externalId)
  if (known === undefined) {
    return ignored(
      `${repository.fullName} is not here. If the App reaches it, it is added by the next sync.`,
    )
  }
  if (what === 'deleted') {
    const which = {
      connectionId: known.connectionId ?? installation.id,
      externalIds: [repository.externalId],
    }
    await pauseRepositories(ctx, tx, record, which, reasons.deleted)
    return processed(`${known.fullName} was deleted on GitHub. Its builds stay here.`)
  }
  const options = {
    connectionId: installation.id,
    isChosen: false,
    isReached: false,
    isAsked: false,
  }
  const taken = await takeRepository(ctx, tx, record, repository, options)
  if (taken === 'same') return processed(`${known.fullName} is known as GitHub tells of it.`)
  return processed(
    known.fullName === repository.fullName
      ? `${known.fullName} is kept as GitHub tells of it: ${what}.`
      : `${known.fullName} is called ${repository.fullName} now. Its builds stay with it.`,
  )
}

type TakenByName = { fullName: string; taken: Taken }[]

async function take(
  { ctx, tx, record }: Told,
  row: GithubInstallationRow,
  repositories: (ConnectionEvent & { is: 'installation' })['repositories'],
): Promise<TakenByName> {
  const options = { connectionId: row.id, isChosen: true, isReached: true, isAsked: false }
  const all: TakenByName = []
  for (const one of repositories) {
    const taken = await takeRepository(ctx, tx, record, one, options)
    all.push({ fullName: one.fullName, taken })
  }
  return all
}

function sentenceOf(all: TakenByName): string {
  const added = all.filter(({ taken }) => taken === 'added' || taken === 'adopted')
  if (all.length === 0) return 'its repositories are fetched now.'
  return added.length === 0 ? `${toldOf(all)} here already.` : `${toldOf(added)} added.`
}

const namedMax = 5

/** `a was`, `a and b were`, as a sentence begins that says what was done to them. */
function toldOf(repositories: readonly { fullName: string }[]): string {
  if (repositories.length === 0) return 'Nothing was'
  const names = listed(repositories.map(({ fullName }) => fullName))
  return `${names} ${repositories.length === 1 ? 'was' : 'were'}`
}

function listed(names: readonly string[]): string {
  const rest = names.length - namedMax
  return rest > 0 ? `${names.slice(0, namedMax).join(', ')} and ${rest} more` : names.join(', ')
}

function findInstallation(
  { tx, githubAppId }: Told,
  externalId: string,
): Promise<GithubInstallationRow | undefined> {
  const { githubInstallations: i } = schema
  return tx
    .select()
    .from(i)
    .where(and(eq(i.githubAppId, githubAppId), eq(i.externalId, externalId)))
    .get()
}

/** Its repositories are fetched as soon as the worker gets to it. */
async function wantSync(
  { ctx, tx, record, githubAppId }: Told,
  row: GithubInstallationRow,
): Promise<void> {
  const { githubInstallations: i } = schema
  await tx.update(i).set({ syncAt: ctx.clock() }).where(eq(i.id, row.id))
  record('github.changed', githubAppId, { installation: row.id, is: 'told' })
}

const processed = (reason: string): Decision => ({ status: 'processed', reason, builds: [] })
const ignored = (reason: string): Decision => ({ status: 'ignored', reason, builds: [] })
