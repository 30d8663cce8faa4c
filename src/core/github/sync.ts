import { and, eq, isNull, notInArray, sql } from 'drizzle-orm'
import { schema, type Writer } from '../../db/client.ts'
import { hours, type Millis, minutes, seconds } from '../../lib/clock.ts'
import { messageOf, OoreError } from '../../lib/errors.ts'
import { type Id, newId } from '../../lib/ids.ts'
import { listInstallationRepositories, listInstallations } from '../../scm/github/app/api.ts'
import { GithubRefused } from '../../scm/github/app/call.ts'
import type { ForgeInstallation, ForgeRepository } from '../../scm/repo-event.ts'
import { may, refused } from '../access/may.ts'
import type { Ctx } from '../ctx.ts'
import { change, type Recorder } from '../events/change.ts'
import { checkGithub } from './check.ts'
import {
  type FoundGithubApp,
  githubHost,
  type GithubInstallationRow,
  requireGithubApp,
} from './find.ts'
import { pauseRepositories, takeRepository } from './repositories.ts'
import { dropTokens, listingToken, pageMemory } from './tokens.ts'
import { inWords } from './trouble.ts'

/** Everything is told by webhooks; this finds what was not. */
const syncEveryMs = hours(6)
const batchMax = 50
const pausesMs: readonly Millis[] = [seconds(30), minutes(2), minutes(10), hours(1)]

export const reasons = {
  uninstalled: 'The GitHub App was uninstalled.',
  suspended: 'The GitHub App is suspended on GitHub.',
  removed: 'The GitHub App does not reach it any more: it was taken out of the installation.',
  deleted: 'It was deleted on GitHub.',
  disconnected: 'GitHub was disconnected from Oore.',
} as const

/** What a sync found, in numbers. */
export type Synced = {
  installations: number
  repositories: number
  added: number
  paused: number
  /** One sentence for each installation that could not be fetched. */
  troubles: string[]
}

/**
 * Brings all installations and their repositories to what GitHub says now, and looks how the App stands. Throws OoreError
 * `not_found` where no App is connected, `unavailable` or `conflict` where the list of installations
 * cannot be had; what goes wrong with one of them is told in `troubles` and tried again later.
 */
export async function syncGithub(ctx: Ctx): Promise<Synced> {
  if (!may(ctx.actor, 'connection.change')) throw refused(ctx.actor, 'connection.change')
  const app = await requireGithubApp(ctx)
  const rows = await refreshInstallations(ctx, app)
  const synced: Synced = {
    installations: rows.length,
    repositories: 0,
    added: 0,
    paused: 0,
    troubles: [],
  }
  await checkGithub(ctx)
  for (const row of rows.filter(({ suspendedAt }) => suspendedAt === null)) {
    const done = await syncInstallation(ctx, app, row)
    if ('trouble' in done) {
      synced.troubles.push(`${row.accountLogin}: ${done.trouble}`)
      continue
    }
    synced.repositories += done.repositories
    synced.added += done.added
    synced.paused += done.paused
  }
  return synced
}

/** Fetches which accounts have the App; those that have not any more are out, and so is what was theirs. */
export async function refreshInstallations(
  ctx: Ctx,
  app: FoundGithubApp,
): Promise<GithubInstallationRow[]> {
  if (!may(ctx.actor, 'connection.change')) throw refused(ctx.actor, 'connection.change')
  const told = await listInstallations(githubHost(ctx), await app.jwt()).catch((error: unknown) => {
    throw inWords(error, 'The installations cannot be listed')
  })
  const { githubInstallations: i } = schema
  return change(ctx, async (tx, record) => {
    const rows: GithubInstallationRow[] = []
    for (const one of told) {
      const row = await keepInstallation(ctx, tx, record, app.row.id, one)
      if (row.suspendedAt !== null) {
        await pauseRepositories(ctx, tx, record, { connectionId: row.id }, reasons.suspended)
      }
      rows.push(row)
    }
    const gone = await tx
      .select()
      .from(i)
      .where(
        and(
          eq(i.githubAppId, app.row.id),
          isNull(i.removedAt),
          notInArray(
            i.externalId,
            told.map(({ externalId }) => externalId),
          ),
        ),
      )
      .all()
    for (const row of gone) await removeInstallation(ctx, tx, record, row)
    return rows
  })
}

/** Writes down an installation as GitHub told of it, new or known. What it may is asked anew. */
export async function keepInstallation(
  ctx: Ctx,
  tx: Writer,
  record: Recorder,
  githubAppId: Id,
  told: ForgeInstallation,
): Promise<GithubInstallationRow> {
  const { githubInstallations: i } = schema
  const now = ctx.clock()
  const values = {
    accountLogin: told.account.login,
    accountId: told.account.id,
    accountType: told.account.type,
    selection: told.selection,
    permissions: told.permissions,
    events: told.events,
    htmlUrl: told.htmlUrl,
    suspendedAt: told.suspendedAt,
    removedAt: null,
    forgeUpdatedAt: told.updatedAt,
  }
  const row = await tx
    .insert(i)
    .values({
      id: newId(),
      organizationId: ctx.organizationId,
      githubAppId,
      externalId: told.externalId,
      ...values,
      syncAt: now,
      syncAttempts: 0,
      createdAt: now,
    })
    .onConflictDoUpdate({ target: [i.githubAppId, i.externalId], set: values })
    .returning()
    .get()
  dropTokens(ctx, row)
  record('github.changed', githubAppId, { installation: row.id, account: row.accountLogin })
  return row
}

/** An account uninstalled the App. Its repositories stay, paused. */
export async function removeInstallation(
  ctx: Ctx,
  tx: Writer,
  record: Recorder,
  row: GithubInstallationRow,
): Promise<void> {
  const { githubInstallations: i } = schema
  await tx.update(i).set({ removedAt: ctx.clock(), syncTrouble: null }).where(eq(i.id, row.id))
  await pauseRepositories(ctx, tx, record, { connectionId: row.id }, reasons.uninstalled)
  dropTokens(ctx, row)
  record('github.changed', row.githubAppId, { installation: row.id, is: 'uninstalled' })
}

type InstallationSynced =
  { repositories: number; added: number; paused: number } | { trouble: string }

/** Brings the repositories of one installation to what GitHub says; what went wrong is kept in words. */
export async function syncInstallation(
  ctx: Ctx,
  app: FoundGithubApp,
  row: GithubInstallationRow,
): Promise<InstallationSynced> {
  if (!may(ctx.actor, 'connection.change')) throw refused(ctx.actor, 'connection.change')
  const { githubInstallations: i } = schema
  const startedAt = ctx.clock()
  try {
    const told = await repositoriesOf(ctx, app, row)
    const added = await takeAll(ctx, row, told)
    return await change(ctx, async (tx, record) => {
      const except = new Set(told.map(({ externalId }) => externalId))
      const which = { connectionId: row.id, except, unchangedSince: startedAt }
      const paused = await pauseRepositories(ctx, tx, record, which, reasons.removed)
      await tx
        .update(i)
        .set({
          syncedAt: ctx.clock(),
          syncTrouble: null,
          syncAttempts: 0,
          // What a webhook told meanwhile is fetched once more.
          syncAt: sql`case when ${i.syncAt} = ${row.syncAt} then ${startedAt + syncEveryMs} else ${i.syncAt} end`,
        })
        .where(eq(i.id, row.id))
      record('github.changed', app.row.id, { installation: row.id, is: 'synced', added })
      return { repositories: told.length, added, paused: paused.length }
    })
  } catch (error) {
    if (!(error instanceof OoreError)) throw error
    return { trouble: await keepTrouble(ctx, row, error) }
  }
}

/** Others write too: a thousand repositories are no single transaction. */
async function takeAll(
  ctx: Ctx,
  row: GithubInstallationRow,
  told: readonly ForgeRepository[],
): Promise<number> {
  const options = { connectionId: row.id, isChosen: false, isReached: true, isAsked: true }
  let added = 0
  for (let from = 0; from < told.length; from += batchMax) {
    const batch = told.slice(from, from + batchMax)
    added += await change(ctx, async (tx, record) => {
      let count = 0
      for (const one of batch) {
        if ((await takeRepository(ctx, tx, record, one, options)) === 'added') count += 1
      }
      return count
    })
  }
  return added
}

/** A token that GitHub does not know any more is forgotten, and made anew once. */
async function repositoriesOf(ctx: Ctx, app: FoundGithubApp, row: GithubInstallationRow) {
  const memory = { of: row.externalId, pages: pageMemory(ctx) }
  const list = async () =>
    listInstallationRepositories(githubHost(ctx), await listingToken(ctx, app, row), memory)
  try {
    return await list().catch((error: unknown) => {
      if (!(error instanceof GithubRefused) || error.status !== 401) throw error
      dropTokens(ctx, row)
      return list()
    })
  } catch (error) {
    throw inWords(error, `The repositories of ${row.accountLogin} cannot be listed`)
  }
}

async function keepTrouble(
  ctx: Ctx,
  row: GithubInstallationRow,
  error: OoreError,
): Promise<string> {
  const { githubInstallations: i } = schema
  const trouble = messageOf(error)
  const pause = pausesMs[Math.min(row.syncAttempts, pausesMs.length - 1)] ?? 0
  const asked = seconds(error.retryAfterSeconds ?? 0)
  await change(ctx, async (tx, record) => {
    await tx
      .update(i)
      .set({
        syncTrouble: trouble,
        syncAttempts: row.syncAttempts + 1,
        syncAt: ctx.clock() + Math.max(pause, asked),
      })
      .where(eq(i.id, row.id))
    record('github.changed', row.githubAppId, { installation: row.id, is: 'sync_failed' })
  })
  return trouble
}
