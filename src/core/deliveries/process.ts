import { and, eq } from 'drizzle-orm'
import { schema } from '../../db/client.ts'
import { type Millis, seconds } from '../../lib/clock.ts'
import { messageOf, OoreError } from '../../lib/errors.ts'
import type { Id } from '../../lib/ids.ts'
import { may, refused } from '../access/may.ts'
import type { Ctx } from '../ctx.ts'
import { change } from '../events/change.ts'
import type { RepoEvent } from '../../scm/repo-event.ts'
import { noteRef } from '../reconcile/compare.ts'
import { type Decision, decideDelivery } from './decide.ts'
import type { DeliveryRow } from './find.ts'

const attemptsMax = 5

/**
 * Decides a stored delivery: starts its builds, or says why there are none. Where the git server
 * cannot be reached it stays stored and is tried again later, a few times. Deciding twice starts
 * no build twice.
 */
export async function processDelivery(ctx: Ctx, row: DeliveryRow): Promise<void> {
  if (!may(ctx.actor, 'delivery.process')) throw refused(ctx.actor)
  try {
    const decision = await decideDelivery(ctx, row)
    // Only now: what was not decided is found again by a comparison.
    if (row.repositoryId) await noteRef(ctx, row.repositoryId, row.happened as RepoEvent)
    await settle(ctx, row.id, decision)
  } catch (error) {
    const isPassing = error instanceof OoreError && error.trouble === 'unavailable'
    if (isPassing && row.attempts + 1 < attemptsMax) {
      await postpone(ctx, row, error.message)
      return
    }
    if (!(error instanceof OoreError)) ctx.log.error({ err: error, delivery: row.id }, 'delivery')
    const reason =
      error instanceof OoreError
        ? messageOf(error)
        : 'Oore broke while deciding this. The server log has the details; redeliver to try again.'
    await settle(ctx, row.id, { status: 'failed', reason, builds: [] })
  }
}

async function settle(ctx: Ctx, id: Id, verdict: Decision): Promise<void> {
  await change(ctx, async (tx, record) => {
    const { deliveries: d } = schema
    const moved = await tx
      .update(d)
      .set({
        status: verdict.status,
        reason: verdict.reason,
        buildIds: verdict.builds.map((each) => each.id),
        processedAt: ctx.clock(),
      })
      .where(and(eq(d.id, id), eq(d.status, 'received')))
      .returning({ id: d.id })
      .get()
    if (moved) record('delivery.processed', id, { status: verdict.status })
  })
}

const backoff: readonly Millis[] = [seconds(5), seconds(30), seconds(120), seconds(600)]

async function postpone(ctx: Ctx, row: DeliveryRow, why: string): Promise<void> {
  const wait = backoff[Math.min(row.attempts, backoff.length - 1)] ?? 0
  await change(ctx, async (tx, record) => {
    await tx
      .update(schema.deliveries)
      .set({
        attempts: row.attempts + 1,
        notBefore: ctx.clock() + wait,
        reason: `${why} Tried ${row.attempts + 1} of ${attemptsMax} times; the next try is soon.`,
      })
      .where(eq(schema.deliveries.id, row.id))
    record('delivery.postponed', row.id, { attempts: row.attempts + 1 })
  })
}
