import { and, eq, gt, or } from 'drizzle-orm'
import { schema } from '../../db/client.ts'
import { Waiter } from '../../lib/bell.ts'
import { hours, type Millis, minutes } from '../../lib/clock.ts'
import { messageOf } from '../../lib/errors.ts'
import type { Ctx } from '../ctx.ts'
import { findGitlabInstances, type GitlabRow } from './find.ts'
import { syncInstance } from './sync.ts'
import { handedAt, refreshInstance } from './tokens.ts'

const lookEveryMs = minutes(1)
/** New tokens make the old ones void at once, so a quiet moment is waited for, while there is time. */
const aheadMs = minutes(60)
const latestMs = minutes(12)
const quietMs = minutes(5)
const syncEveryMs = hours(24)
/** Where something could not be read there, the projects are looked at sooner, but not all the time. */
const syncAgainMs = minutes(10)

/**
 * Keeps the access to GitLab instances alive until the signal aborts: tokens are refreshed ahead of
 * their end, a refresh that was cut short is settled at once, and enabled projects are looked at
 * daily, sooner after something went wrong.
 */
export async function workGitlab(ctx: Ctx, signal: AbortSignal): Promise<void> {
  const waiter = new Waiter()
  const stop = ctx.bells.listen('fact:gitlab.connected', waiter.ring)
  try {
    while (!signal.aborted) {
      for (const row of await findGitlabInstances(ctx)) {
        if (signal.aborted) return
        if (row.state === 'connected') await tend(ctx, row, signal)
      }
      await waiter.wait(lookEveryMs, signal)
    }
  } finally {
    stop()
  }
}

/** One instance that does not answer is no matter of the others. */
async function tend(ctx: Ctx, row: GitlabRow, signal: AbortSignal): Promise<void> {
  try {
    if (isToBeRefreshed(ctx, row)) await refreshInstance(ctx, row.id)
    if (await isToBeSynced(ctx, row)) await syncInstance(ctx, row.id, signal)
  } catch (error) {
    ctx.log.warn({ instance: row.url, why: messageOf(error) }, 'a GitLab instance has trouble')
  }
}

async function isToBeSynced(ctx: Ctx, row: GitlabRow): Promise<boolean> {
  if (row.syncedAt === null) return true
  const since = ctx.clock() - row.syncedAt
  return since >= syncEveryMs || (since >= syncAgainMs && (await hasFailed(ctx, row, row.syncedAt)))
}

/** Could a commit not be read since? A project that was renamed is not found under its old name. */
async function hasFailed({ db }: Ctx, row: GitlabRow, since: Millis): Promise<boolean> {
  const { repositories: r, deliveries: d, builds: b } = schema
  const failed = await db.read
    .select({ id: r.id })
    .from(r)
    .leftJoin(d, and(eq(d.repositoryId, r.id), eq(d.status, 'failed'), gt(d.processedAt, since)))
    .leftJoin(b, and(eq(b.repositoryId, r.id), eq(b.failureKind, 'setup'), gt(b.finishedAt, since)))
    .where(and(eq(r.connectionId, row.id), or(gt(d.processedAt, since), gt(b.finishedAt, since))))
    .limit(1)
    .get()
  return failed !== undefined
}

function isToBeRefreshed(ctx: Ctx, row: GitlabRow): boolean {
  if (row.refreshingSince !== null) return true
  if (row.expiresAt === null) return false
  const left = row.expiresAt - ctx.clock()
  const isQuiet = ctx.clock() - (handedAt(ctx, row.id) ?? 0) >= quietMs
  return left < latestMs || (left < aheadMs && isQuiet)
}
