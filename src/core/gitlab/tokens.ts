import { and, eq } from 'drizzle-orm'
import { OAuthRefused, refreshTokens, type Tokens } from '../../auth/oauth.ts'
import { type Database, schema } from '../../db/client.ts'
import { minutes, type Millis } from '../../lib/clock.ts'
import { OoreError } from '../../lib/errors.ts'
import type { Id } from '../../lib/ids.ts'
import { NoAnswer } from '../../lib/safe-fetch.ts'
import type { Secret } from '../../lib/secret.ts'
import { instanceName, unreachable } from '../../scm/gitlab/instance/call.ts'
import { may, refused } from '../access/may.ts'
import type { Ctx } from '../ctx.ts'
import { change } from '../events/change.ts'
import { findGitlabRow, gitlabOAuthApp, gitlabPlace, type GitlabRow } from './find.ts'
import { noTokens } from './register.ts'

/**
 * A token is handed out with this much left of its two hours at least, so that what is begun with it
 * ends before it does.
 */
const leftMin = minutes(10)

/** Refreshes that are under way: all who wait for one get what it brings. */
const flights = new WeakMap<Database, Map<Id, Promise<GitlabRow>>>()

/** When a token was last handed to somebody, who may be in the middle of a clone with it. */
const handed = new WeakMap<Database, Map<Id, Millis>>()

/**
 * The access token of an instance, refreshed where it ends soon. Throws OoreError `conflict` in
 * words where somebody has to authorize, `unavailable` where GitLab does not answer.
 */
export async function accessTokenOf(ctx: Ctx, id: Id): Promise<{ row: GitlabRow; token: Secret }> {
  const row = await requireConnected(ctx, id)
  const fresh = isFresh(ctx, row) ? row : await refreshed(ctx, row)
  noteHanded(ctx, id)
  return { row: fresh, token: tokenIn(ctx, fresh) }
}

async function requireConnected(ctx: Ctx, id: Id): Promise<GitlabRow> {
  const row = await findGitlabRow(ctx, id)
  if (row === undefined) {
    throw new OoreError('conflict', 'The GitLab instance of this repository was disconnected.')
  }
  if (row.state === 'connected') return row
  const name = instanceName(row.url)
  throw new OoreError(
    'conflict',
    row.state === 'registered'
      ? `Nobody has authorized Oore on ${name} yet. Do so in the settings, or with: oore gitlab setup.`
      : `${row.trouble ?? `Oore has no access to ${name} any more.`} Authorize Oore there again in the settings, or with: oore gitlab setup.`,
  )
}

const isFresh = ({ clock }: Ctx, row: GitlabRow): boolean =>
  row.refreshingSince === null && (row.expiresAt === null || row.expiresAt - clock() >= leftMin)

/** What is still good may be used where GitLab cannot be asked for more. */
async function refreshed(ctx: Ctx, row: GitlabRow): Promise<GitlabRow> {
  try {
    return await refreshInstance(ctx, row.id)
  } catch (error) {
    const now = await findGitlabRow(ctx, row.id)
    const isPassing = error instanceof OoreError && error.trouble === 'unavailable'
    const isGood =
      now?.state === 'connected' &&
      now.refreshingSince === null &&
      (now.expiresAt === null || now.expiresAt > ctx.clock())
    if (isPassing && isGood) return now
    throw error
  }
}

function tokenIn(ctx: Ctx, row: GitlabRow): Secret {
  if (row.accessTokenSealed === null)
    throw new Error(`instance ${row.id} is connected, without token`)
  return ctx.keyring.open(row.accessTokenSealed, gitlabPlace(row.id, 'access_token'))
}

/**
 * Asks GitLab for new tokens, by one flight for all who ask meanwhile, and keeps them before anybody
 * uses them: with the answer the old ones are void. Throws OoreError `conflict` where somebody has
 * to authorize anew, `unavailable` where GitLab does not answer.
 */
export function refreshInstance(ctx: Ctx, id: Id): Promise<GitlabRow> {
  const flying = flights.get(ctx.db) ?? new Map<Id, Promise<GitlabRow>>()
  flights.set(ctx.db, flying)
  const under = flying.get(id)
  if (under) return under
  // For all who wait, whoever asked first.
  const system: Ctx = { ...ctx, actor: { is: 'system' } }
  const flight = refresh(system, id).finally(() => flying.delete(id))
  flying.set(id, flight)
  return flight
}

async function refresh(ctx: Ctx, id: Id): Promise<GitlabRow> {
  if (!may(ctx.actor, 'connection.sync')) throw refused(ctx.actor)
  const before = await requireConnected(ctx, id)
  const name = instanceName(before.url)
  if (before.refreshTokenSealed === null) {
    if (before.expiresAt === null) return before
    return lose(ctx, before, `The access to ${name} has ended, and GitLab gave no way to renew it.`)
  }
  const wasCutShort = before.refreshingSince !== null
  const app = gitlabOAuthApp(ctx, before)
  const old = ctx.keyring.open(before.refreshTokenSealed, gitlabPlace(id, 'refresh_token'))
  await noteRefreshing(ctx, before)
  try {
    return await keepRefreshed(ctx, before, await refreshTokens(app, old))
  } catch (error) {
    if (error instanceof OAuthRefused && !passing.has(error.code)) {
      return lose(ctx, before, lossIn(name, error, wasCutShort))
    }
    if (error instanceof NoAnswer || error instanceof OAuthRefused) {
      const why =
        error instanceof NoAnswer
          ? unreachable(name, error)
          : new OoreError('unavailable', `${name} gave no new tokens: ${error.message}.`)
      const isUnsure = wasCutShort || !(error instanceof NoAnswer) || error.isUnsure
      await noteTrouble(ctx, before, why.message, isUnsure)
      throw why
    }
    throw error
  }
}

/** OAuth's words for what may be well the next time (RFC 6749, and what is no answer of OAuth). */
const passing = new Set(['unreadable', 'temporarily_unavailable', 'server_error', 'slow_down'])

function lossIn(name: string, { code, message }: OAuthRefused, wasCutShort: boolean): string {
  if (code === 'invalid_client') {
    return `${name} does not know the application with this ID and secret any more (${message}). Register the instance again with what GitLab shows now.`
  }
  if (wasCutShort) {
    return `Oore was ended, or the connection broke, between asking ${name} for new tokens and keeping them. GitLab made the old ones void with its answer, and nobody holds the new ones.`
  }
  return `${name} does not renew the access any more: it was revoked there, or was not used for too long (${code}).`
}

/** Said before GitLab is asked: whoever finds it later knows that what is stored may be void. */
async function noteRefreshing(ctx: Ctx, row: GitlabRow): Promise<void> {
  if (!may(ctx.actor, 'connection.sync')) throw refused(ctx.actor)
  const { gitlabInstances: g } = schema
  await change(ctx, async (tx, record) => {
    await tx
      .update(g)
      .set({ refreshingSince: row.refreshingSince ?? ctx.clock() })
      .where(eq(g.id, row.id))
    record('gitlab.refreshing', row.id)
  })
}

/** Only over the tokens that were refreshed: somebody may have authorized anew meanwhile. */
const unlessReplaced = (row: GitlabRow) => {
  const { gitlabInstances: g } = schema
  return and(eq(g.id, row.id), eq(g.refreshTokenSealed, row.refreshTokenSealed ?? ''))
}

async function keepRefreshed(ctx: Ctx, before: GitlabRow, tokens: Tokens): Promise<GitlabRow> {
  const { gitlabInstances: g } = schema
  const kept = await change(ctx, async (tx, record) => {
    const row = await tx
      .update(g)
      .set({
        ...sealedTokens(ctx, before.id, tokens),
        scopes: tokens.scopes ?? before.scopes,
        state: 'connected',
        trouble: null,
        updatedAt: ctx.clock(),
      })
      .where(unlessReplaced(before))
      .returning()
      .get()
    if (row) record('gitlab.refreshed', before.id)
    return row
  })
  return kept ?? requireConnected(ctx, before.id)
}

/** The columns of new tokens. */
export const sealedTokens = (ctx: Ctx, id: Id, tokens: Tokens) => ({
  accessTokenSealed: ctx.keyring.seal(tokens.accessToken, gitlabPlace(id, 'access_token')),
  refreshTokenSealed:
    tokens.refreshToken === null
      ? null
      : ctx.keyring.seal(tokens.refreshToken, gitlabPlace(id, 'refresh_token')),
  expiresAt: tokens.expiresInMs === null ? null : ctx.clock() + tokens.expiresInMs,
  refreshingSince: null,
})

async function lose(ctx: Ctx, row: GitlabRow, why: string): Promise<never> {
  const { gitlabInstances: g } = schema
  await change(ctx, async (tx, record) => {
    const lost = await tx
      .update(g)
      .set({ ...noTokens, state: 'reauthorize', trouble: why, updatedAt: ctx.clock() })
      .where(row.refreshTokenSealed === null ? eq(g.id, row.id) : unlessReplaced(row))
      .returning({ id: g.id })
      .get()
    if (lost) record('gitlab.lost', row.id, { why })
  })
  ctx.log.warn({ instance: row.url, why }, 'the access to a GitLab instance was lost')
  throw new OoreError(
    'conflict',
    `${why} Authorize Oore there again in the settings, or with: oore gitlab setup.`,
  )
}

async function noteTrouble(
  ctx: Ctx,
  row: GitlabRow,
  why: string,
  isUnsure: boolean,
): Promise<void> {
  const { gitlabInstances: g } = schema
  await change(ctx, async (tx, record) => {
    await tx
      .update(g)
      .set({ trouble: why, ...(isUnsure ? {} : { refreshingSince: null }) })
      .where(unlessReplaced(row))
    record('gitlab.checked', row.id, { trouble: why })
  })
}

function noteHanded({ db, clock }: Ctx, id: Id): void {
  const times = handed.get(db) ?? new Map<Id, Millis>()
  handed.set(db, times.set(id, clock()))
}

/** When a token of this instance was last handed out by this process; null where never. */
export const handedAt = ({ db }: Pick<Ctx, 'db'>, id: Id): Millis | null =>
  handed.get(db)?.get(id) ?? null
