import { and, eq, inArray, notInArray } from 'drizzle-orm'
import { schema } from '../../db/client.ts'
import { days } from '../../lib/clock.ts'
import { listHookDeliveries, redeliverHook } from '../../scm/github/app/api.ts'
import type { HookDelivery } from '../../scm/github/app/read.ts'
import { may, refused } from '../access/may.ts'
import type { Ctx } from '../ctx.ts'
import { findGithubApp, githubHost } from './find.ts'

/** GitHub keeps deliveries for so long: docs.github.com, "Redelivering webhooks". */
const keptMs = days(3)
/** Pages of a hundred failed deliveries that are looked through. */
const pagesMax = 10
const askedMax = 500
/** What failed so often here will fail again. */
const attemptsMax = 4

/**
 * Asks GitHub to send again what it could not deliver to the App's webhook: GitHub does not by itself.
 * Oldest first, so that builds are made in the order of the pushes. Gives the ids of what it was asked
 * for, which arrive by the webhook like any other. Nothing where no App is connected. Throws what the
 * API's client throws.
 */
export async function redeliverMissed(ctx: Ctx, signal?: AbortSignal): Promise<string[]> {
  if (!may(ctx.actor, 'connection.sync')) throw refused(ctx.actor)
  const app = await findGithubApp(ctx)
  if (app === null) return []
  const host = githubHost(ctx)
  const failed = await listHookDeliveries(host, await app.jwt(), {
    status: 'failure',
    pages: pagesMax,
  })
  const since = ctx.clock() - keptMs
  const newest = newestAttempts(failed.filter(({ deliveredAt }) => deliveredAt >= since))
  const known = await arrivedHere(
    ctx,
    app.row.id,
    newest.map(({ guid }) => guid),
  )
  const missed = newest.filter(({ guid }) => !known.has(guid)).slice(0, askedMax)
  for (const { id } of missed) {
    signal?.throwIfAborted()
    await redeliverHook(host, await app.jwt(), id)
  }
  return missed.map(({ guid }) => guid)
}

/** Which of these ids have arrived at this App's webhook, and were believed. */
export async function arrivedHere(
  ctx: Ctx,
  integrationId: string,
  guids: readonly string[],
): Promise<Set<string>> {
  const { deliveries: d } = schema
  if (guids.length === 0) return new Set()
  const rows = await ctx.db.read
    .select({ guid: d.deliveryId })
    .from(d)
    .where(
      and(
        eq(d.integrationId, integrationId),
        inArray(d.deliveryId, [...guids]),
        notInArray(d.status, ['failed', 'rejected']),
      ),
    )
    .all()
  return new Set(rows.map(({ guid }) => guid))
}

/** Of each event the attempt that GitHub made last, the oldest event first; they come newest first. */
function newestAttempts(failed: readonly HookDelivery[]): HookDelivery[] {
  const byGuid = new Map<string, HookDelivery[]>()
  for (const each of failed.toReversed())
    byGuid.set(each.guid, [...(byGuid.get(each.guid) ?? []), each])
  return [...byGuid.values()]
    .filter((attempts) => attempts.length < attemptsMax)
    .map((attempts) => attempts.toSorted((a, b) => a.deliveredAt - b.deliveredAt))
    .toSorted((a, b) => (a[0]?.deliveredAt ?? 0) - (b[0]?.deliveredAt ?? 0))
    .flatMap((attempts) => attempts.at(-1) ?? [])
}
