import pLimit from 'p-limit'
import { Waiter } from '../../lib/bell.ts'
import { hours, seconds } from '../../lib/clock.ts'
import { messageOf } from '../../lib/errors.ts'
import type { Id } from '../../lib/ids.ts'
import type { Ctx } from '../ctx.ts'
import { reconcileRepository, reconciledRepositories, unknownRefsTopic } from './compare.ts'

/** Forges switch off hooks that failed for a while, and say so to nobody. */
const everyMs = hours(6)
/** What waits at the forge's side comes first at a start: a redelivery tells more than a comparison. */
const afterStartMs = seconds(5)
const atOnceMax = 4

/**
 * Looks for pushes that no webhook told of: shortly after the start, every six hours, and at once of
 * a repository whose hook has proved itself for the first time, until the signal aborts.
 */
export async function workReconcile(ctx: Ctx, signal: AbortSignal): Promise<void> {
  const waiter = new Waiter()
  const stop = ctx.bells.listen(unknownRefsTopic, waiter.ring)
  let dueAt = ctx.clock() + afterStartMs
  try {
    while (!signal.aborted) {
      const isDue = ctx.clock() >= dueAt
      if (isDue) dueAt = ctx.clock() + everyMs
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
