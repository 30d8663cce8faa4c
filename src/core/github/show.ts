import { and, asc, count, desc, eq, inArray, isNull, ne } from 'drizzle-orm'
import { schema } from '../../db/client.ts'
import type { Id } from '../../lib/ids.ts'
import { hookUrl, missingPermissions, wantedEvents } from '../../scm/github/app/manifest.ts'
import { may, refused } from '../access/may.ts'
import type { Ctx } from '../ctx.ts'
import type { GithubApp, GithubConnection, GithubInstallation } from './app.ts'
import { installUrl } from './connection.ts'
import { findGithubApp, type GithubAppRow, type GithubInstallationRow } from './find.ts'

const installationsMax = 500

/** The App and the accounts that have it, as they were last known: GitHub is not asked. */
export async function showGithub(ctx: Ctx): Promise<GithubConnection> {
  if (!may(ctx.actor, 'connection.read')) throw refused(ctx.actor, 'connection.read')
  const app = await findGithubApp(ctx)
  if (app === null) return { app: null, installations: [] }
  const { githubInstallations: i } = schema
  const rows = await ctx.db.read
    .select()
    .from(i)
    .where(and(eq(i.githubAppId, app.row.id), isNull(i.removedAt)))
    .orderBy(asc(i.accountLogin))
    .limit(installationsMax)
    .all()
  const counts = await countRepositories(
    ctx,
    rows.map(({ id }) => id),
  )
  return {
    app: await appOf(ctx, app.row),
    installations: rows.map((row) => installationOf(row, counts.get(row.id) ?? 0)),
  }
}

async function appOf(ctx: Ctx, row: GithubAppRow): Promise<GithubApp> {
  const { previousSecretUntil: until } = row
  return {
    id: row.id,
    appId: row.appId,
    slug: row.slug,
    name: row.name,
    owner: { login: row.ownerLogin, type: row.ownerType },
    htmlUrl: row.htmlUrl,
    settingsUrl: settingsUrl(ctx, row),
    installUrl: installUrl(row.htmlUrl),
    clientId: row.clientId,
    createdAt: row.createdAt,
    checkedAt: row.checkedAt,
    trouble: row.trouble,
    hook: {
      url: hookUrl(ctx.config.baseUrl),
      trouble: row.hookTrouble,
      previousSecretUntil: until !== null && until > ctx.clock() ? until : null,
      lastDelivery: await lastDelivery(ctx, row.id),
    },
    missingPermissions: missingPermissions(row.permissions, true),
    missingEvents: wantedEvents.filter((event) => !row.events.includes(event)),
  }
}

function settingsUrl({ config }: Ctx, { ownerLogin, ownerType, slug }: GithubAppRow): string {
  const path = `settings/apps/${encodeURIComponent(slug)}`
  const of = ownerType === 'Organization' ? `organizations/${encodeURIComponent(ownerLogin)}/` : ''
  return new URL(`/${of}${path}`, config.github.url).href
}

/** The newest that proved itself. */
async function lastDelivery(ctx: Ctx, id: Id): Promise<GithubApp['hook']['lastDelivery']> {
  const { deliveries: d } = schema
  const row = await ctx.db.read
    .select({ id: d.id, event: d.event, at: d.receivedAt })
    .from(d)
    .where(and(eq(d.integrationId, id), ne(d.status, 'rejected')))
    .orderBy(desc(d.id))
    .limit(1)
    .get()
  return row ?? null
}

async function countRepositories(ctx: Ctx, ids: Id[]): Promise<Map<Id, number>> {
  const { repositories: r } = schema
  if (ids.length === 0) return new Map()
  const rows = await ctx.db.read
    .select({ id: r.connectionId, n: count() })
    .from(r)
    .where(and(inArray(r.connectionId, ids), isNull(r.removedAt), eq(r.state, 'active')))
    .groupBy(r.connectionId)
    .all()
  return new Map(rows.map(({ id, n }) => [id ?? '', n]))
}

const installationOf = (
  row: GithubInstallationRow,
  repositoryCount: number,
): GithubInstallation => ({
  id: row.id,
  externalId: row.externalId,
  account: { login: row.accountLogin, type: row.accountType },
  selection: row.selection,
  permissions: row.permissions,
  missingPermissions: missingPermissions(row.permissions, row.accountType === 'Organization'),
  htmlUrl: row.htmlUrl,
  permissionsUrl: `${row.htmlUrl.replace(/\/$/, '')}/permissions/update`,
  suspendedAt: row.suspendedAt,
  syncedAt: row.syncedAt,
  syncTrouble: row.syncTrouble,
  repositoryCount,
})
