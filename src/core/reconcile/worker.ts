import pLimit from 'p-limit'
import { Waiter } from '../../lib/bell.ts'
import { hours, monotonicClock, seconds } from '../../lib/clock.ts'
import { messageOf } from '../../lib/errors.ts'
import type { Id } from '../../lib/ids.ts'
import type { Ctx } from '../ctx.ts'
import { requireGithubApp } from '../github/find.ts'
import { arrivedHere, redeliverMissed } from '../github/redeliver.ts'
import { reconcileRepository, reconciledRepositories, unknownRefsTopic } from './compare.ts'

/** Forges switch off hooks that failed for a while, and say so to nobody. */
const everyMs = hours(6)
/** Time for what is on its way when the server starts. */
const afterStartMs = seconds(5)
/** A redelivery tells more than a comparison, so it is waited for, but no longer than this. */
const redeliveredWithinMs = seconds(60)
const lookAgainMs = seconds(1)
const atOnceMax = 4

/**
 * Looks for what no webhook told of: first GitHub is asked for what it could not deliver, then the
 * branches and tags are compared: shortly after the start, every six hours, and at once of
 * a repository whose hook has proved itself for the first time, until the signal aborts.
 */
export async function workReconcile(ctx: Ctx, signal: AbortSignal): Promise<void> {
  const waiter = new Waiter()
  const stop = ctx.bells.listen(unknownRefsTopic, waiter.ring)
  let dueAt = ctx.clock() + afterStartMs
  try {
    while (!signal.aborted) {
      const isDue = ctx.clock() >= dueAt
      if (isDue) {
        dueAt = ctx.clock() + everyMs
        await fetchMissed(ctx, signal)
      }
      const all = await reconciledRepositories(ctx)
      const wanted = isDue ? all : all.filter(({ isKnown }) => !isKnown)
      await reconcileAll(
        ctx,
        wanted.map(({ id }) => id),
        signal,
      )
      await waiter.wait(Math.max(1, dueAt - ctx.clock()), signal)
    }
  } finally {
    stop()
  }
}

/** Asks for what GitHub could not deliver, and waits until it has arrived. */
async function fetchMissed(ctx: Ctx, signal: AbortSignal): Promise<void> {
  try {
    const asked = await redeliverMissed(ctx, signal)
    if (asked.length === 0) return
    ctx.log.info({ deliveries: asked.length }, 'GitHub is asked to send again what it could not')
    const app = await requireGithubApp(ctx)
    const until = monotonicClock() + redeliveredWithinMs
    const isHere = async () => (await arrivedHere(ctx, app.row.id, asked)).size === asked.length
    while (!signal.aborted && monotonicClock() < until && !(await isHere())) {
      await new Waiter().wait(lookAgainMs, signal)
    }
  } catch (error) {
    if (signal.aborted) return
    ctx.log.warn(
      { why: messageOf(error) },
      'GitHub could not be asked for what it could not deliver',
    )
  }
}

async function reconcileAll(ctx: Ctx, ids: readonly Id[], signal: AbortSignal): Promise<void> {
  const limit = pLimit(atOnceMax)
  await Promise.all(
    ids.map((id) =>
      limit(async () => {
        if (signal.aborted) return
        try {
          const { found } = await reconcileRepository(ctx, id, signal)
          if (found > 0)
            ctx.log.info({ repository: id, found }, 'pushes were found that no hook told of')
        } catch (error) {
          if (signal.aborted) return
          ctx.log.warn({ repository: id, why: messageOf(error) }, 'branches could not be compared')
        }
      }),
    ),
  )
}
