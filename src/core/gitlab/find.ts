import { and, asc, count, eq, isNull, ne } from 'drizzle-orm'
import type { OAuthApp } from '../../auth/oauth.ts'
import { schema } from '../../db/client.ts'
import { OoreError } from '../../lib/errors.ts'
import { type Id, isId } from '../../lib/ids.ts'
import { isReachable, publicReach, type Reach } from '../../lib/safe-fetch.ts'
import { type GitlabHost, instanceName } from '../../scm/gitlab/instance/call.ts'
import { may, refused } from '../access/may.ts'
import type { Ctx } from '../ctx.ts'
import { gitlabCallbackPath, type GitlabInstance, lossOf, missingScopesOf } from './instance.ts'

export type GitlabRow = typeof schema.gitlabInstances.$inferSelect

/** Nobody has so many; a list is bounded all the same. */
const instancesMax = 200

/** Every registered instance, by address. It is for parts of Oore: its callers ask `may`. */
export async function findGitlabInstances(
  ctx: Pick<Ctx, 'db' | 'organizationId'>,
): Promise<GitlabRow[]> {
  const { gitlabInstances: g } = schema
  return ctx.db.read
    .select()
    .from(g)
    .where(eq(g.organizationId, ctx.organizationId))
    .orderBy(asc(g.url))
    .limit(instancesMax)
    .all()
}

/** One by its id, or undefined. It is for parts of Oore. */
export async function findGitlabRow(ctx: Ctx, id: Id): Promise<GitlabRow | undefined> {
  const { gitlabInstances: g } = schema
  if (!isId(id)) return undefined
  return ctx.db.read
    .select()
    .from(g)
    .where(and(eq(g.id, id), eq(g.organizationId, ctx.organizationId)))
    .get()
}

/** All instances as people see them. */
export async function listGitlabInstances(ctx: Ctx): Promise<GitlabInstance[]> {
  if (!may(ctx.actor, 'connection.read')) throw refused(ctx.actor, 'connection.read')
  const rows = await findGitlabInstances(ctx)
  const counts = await countProjects(ctx)
  return rows.map((row) => instanceOf(row, counts.get(row.id) ?? 0))
}

/** What every administrator is told until it is mended: see lossOf. For the frame, which asks `may`. */
export async function gitlabLosses(ctx: Pick<Ctx, 'db' | 'organizationId'>): Promise<string[]> {
  const rows = await findGitlabInstances(ctx)
  return rows.flatMap(({ state, url }) => lossOf({ state, name: instanceName(url) }) ?? [])
}

/** One instance as people see it. Throws OoreError `not_found`. */
export async function showGitlabInstance(ctx: Ctx, id: Id): Promise<GitlabInstance> {
  if (!may(ctx.actor, 'connection.read')) throw refused(ctx.actor, 'connection.read')
  const row = await requireGitlabRow(ctx, id)
  return instanceOf(row, (await countProjects(ctx)).get(row.id) ?? 0)
}

/**
 * The instance that is meant: by id, address or name; where there is one only, it need not be
 * named. Throws OoreError `not_found`, and `invalid` with the field `instance`, naming those there are.
 */
export async function requireGitlabRow(ctx: Ctx, named: string | null): Promise<GitlabRow> {
  const rows = await findGitlabInstances(ctx)
  const [first] = rows
  if (!first) {
    throw new OoreError(
      'not_found',
      'No GitLab instance is registered. Register one in the settings, or with: oore gitlab register.',
    )
  }
  if (named === null || named.trim() === '') {
    if (rows.length === 1) return first
    const message = `is missing: name one of ${namesOf(rows)}`
    throw new OoreError(
      'invalid',
      `Several GitLab instances are registered. The instance ${message}.`,
      {
        fields: [{ field: 'instance', message }],
      },
    )
  }
  const wanted = named.trim().replace(/\/+$/, '')
  const found = rows.find(
    ({ id, url }) => id === wanted || url === wanted || instanceName(url) === wanted.toLowerCase(),
  )
  if (found) return found
  throw new OoreError(
    'not_found',
    `There is no GitLab instance ${JSON.stringify(wanted.slice(0, 100))}. Registered: ${namesOf(rows)}.`,
  )
}

const namesOf = (rows: readonly GitlabRow[]): string =>
  rows.map(({ url }) => instanceName(url)).join(', ')

async function countProjects(ctx: Ctx): Promise<Map<Id, number>> {
  const { repositories: r } = schema
  const rows = await ctx.db.read
    .select({ id: r.connectionId, count: count() })
    .from(r)
    .where(and(eq(r.provider, 'gitlab'), isNull(r.removedAt), ne(r.state, 'inactive')))
    .groupBy(r.connectionId)
    .all()
  return new Map(rows.flatMap((row) => (row.id === null ? [] : [[row.id, row.count] as const])))
}

/** The value of a row: nothing sealed leaves with it. */
const instanceOf = (row: GitlabRow, projectCount: number): GitlabInstance => ({
  id: row.id,
  url: row.url,
  name: instanceName(row.url),
  clientId: row.clientId,
  state: row.state,
  username: row.username,
  scopes: row.scopes,
  missingScopes: row.state === 'connected' ? missingScopesOf(row.scopes) : [],
  expiresAt: row.accessTokenSealed === null ? null : row.expiresAt,
  version: row.version,
  isTlsUnchecked: row.isTlsUnchecked,
  isPrivateConfirmed: row.isPrivateConfirmed,
  trouble: row.trouble,
  checkedAt: row.checkedAt,
  projectCount,
  createdAt: row.createdAt,
})

/** How an instance may be reached: as the operator and whoever registered it said. */
export const reachOf = (
  { config }: Pick<Ctx, 'config'>,
  row: Pick<GitlabRow, 'isPrivateConfirmed' | 'isTlsUnchecked'>,
): Reach => ({
  isPrivateAllowed: row.isPrivateConfirmed,
  allowedCidrs: config.gitlab.allowedCidrs,
  ca: config.gitlab.ca?.pem ?? null,
  isTlsUnchecked: row.isTlsUnchecked,
})

export const hostOf = (ctx: Pick<Ctx, 'config'>, row: GitlabRow): GitlabHost => ({
  url: row.url,
  reach: reachOf(ctx, row),
})

/** May plain http to this machine be spoken? The operator decides. */
export const mayLoopback = ({ config }: Pick<Ctx, 'config'>): boolean =>
  config.allowLocalRepositories ||
  isReachable('127.0.0.1', { ...publicReach, allowedCidrs: config.gitlab.allowedCidrs })

/**
 * The OAuth application of an instance, for its own setup and for people who sign in. Throws
 * OoreError `conflict` where its secret does not open.
 */
export const gitlabOAuthApp = (
  ctx: Ctx,
  row: GitlabRow,
  callbackPath: string = gitlabCallbackPath,
): OAuthApp => ({
  authorizeUrl: `${row.url}/oauth/authorize`,
  tokenUrl: `${row.url}/oauth/token`,
  clientId: row.clientId,
  clientSecret: ctx.keyring.open(row.clientSecretSealed, gitlabPlace(row.id, 'client_secret')),
  redirectUri: new URL(callbackPath, ctx.config.baseUrl).href,
  reach: reachOf(ctx, row),
})

/** Where a sealed value of an instance lives; it opens nowhere else. */
export const gitlabPlace = (
  id: Id,
  column: 'client_secret' | 'access_token' | 'refresh_token',
): string => `gitlab_instances/${id}/${column}`
