import { and, eq } from 'drizzle-orm'
import { schema } from '../../db/client.ts'
import { type Millis, seconds } from '../../lib/clock.ts'
import { messageOf, OoreError } from '../../lib/errors.ts'
import type { Id } from '../../lib/ids.ts'
import { may, refused } from '../access/may.ts'
import type { OneEvent, RepoEvent } from '../../scm/repo-event.ts'
import type { Ctx } from '../ctx.ts'
import { change } from '../events/change.ts'
import { noteRef } from '../reconcile/compare.ts'
import { type Decision, decideEvent } from './decide.ts'
import type { DeliveryRow } from './find.ts'

const attemptsMax = 5
/** So often in one attempt a git server may not answer; then it is not asked for the other events. */
const awayMax = 3
/** A push of very many branches has as many reasons. Characters. */
const reasonLengthMax = 20_000

/**
 * Decides a stored delivery: starts its builds, or says why there are none. Where the git server
 * cannot be reached it stays stored and is tried again later, a few times. Deciding twice starts
 * no build twice. Of several events each is decided by itself: one that fails holds no other up.
 */
export async function processDelivery(ctx: Ctx, row: DeliveryRow): Promise<void> {
  if (!may(ctx.actor, 'delivery.process')) throw refused(ctx.actor)
  const isLastTry = row.attempts + 1 >= attemptsMax
  const decided: { event: OneEvent; decision: Decision }[] = []
  const away: OoreError[] = []
  for (const [at, event] of eventsOf(row).entries()) {
    try {
      if (away.length >= awayMax) throw away.at(-1)
      const decision = await decideEvent(ctx, row, event, at)
      // Only now: what was not decided is found again by a comparison.
      if (row.repositoryId) await noteRef(ctx, row.repositoryId, event)
      decided.push({ event, decision })
    } catch (error) {
      const isAway = error instanceof OoreError && error.trouble === 'unavailable'
      if (isAway) away.push(error)
      if (!isAway || isLastTry) decided.push({ event, decision: failedBy(ctx, row, error) })
    }
  }
  const wait = isLastTry ? null : (away[0]?.message ?? null)
  await (wait === null ? settle(ctx, row.id, together(decided)) : postpone(ctx, row, wait))
}

function eventsOf(row: DeliveryRow): readonly OneEvent[] {
  const happened = row.happened as RepoEvent
  return happened.is === 'several' ? happened.events : [happened]
}

function failedBy(ctx: Ctx, row: DeliveryRow, error: unknown): Decision {
  if (!(error instanceof OoreError)) ctx.log.error({ err: error, delivery: row.id }, 'delivery')
  const reason =
    error instanceof OoreError
      ? messageOf(error)
      : 'Oore broke while deciding this. The server log has the details; redeliver to try again.'
  return { status: 'failed', reason, builds: [] }
}

/** One verdict for all: the worst that happened, and what became of each. */
function together(decided: readonly { event: OneEvent; decision: Decision }[]): Decision {
  const [first, ...others] = decided
  if (first && others.length === 0) return first.decision
  const all = decided.map(({ decision }) => decision)
  const has = (status: Decision['status']) => all.some((decision) => decision.status === status)
  return {
    status: has('failed') ? 'failed' : has('processed') ? 'processed' : 'ignored',
    reason: decided
      .map(({ event, decision }) => `${titleOf(event)}${decision.reason}`)
      .join('\n')
      .slice(0, reasonLengthMax),
    builds: all.flatMap(({ builds }) => builds),
  }
}

const titleOf = (event: OneEvent): string =>
  event.is === 'push' ? `${event.branch}: ` : event.is === 'tag' ? `${event.tag}: ` : ''

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
