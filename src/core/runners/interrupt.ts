import { and, eq, inArray } from 'drizzle-orm'
import { schema } from '../../db/client.ts'
import type { Id } from '../../lib/ids.ts'
import { may, refused } from '../access/may.ts'
import { sourcesOf } from '../builds/build.ts'
import type { Ctx } from '../ctx.ts'
import { change } from '../events/change.ts'
import { abandonSteps } from '../steps/move.ts'
import { isSilent } from './lease.ts'

/** Ends every build that is leased to a runner: none of them lives. Says how many. */
export const interruptAllBuilds = async (ctx: Ctx): Promise<number> =>
  interrupt(ctx, await heldBuilds(ctx), runnerDied)

/** Ends the builds whose runner has said nothing for the length of a lease. Says how many. */
export async function interruptSilent(ctx: Ctx): Promise<number> {
  const held = await heldBuilds(ctx)
  return interrupt(
    ctx,
    held.filter((id) => isSilent(ctx, id)),
    runnerSilent,
  )
}

async function heldBuilds(ctx: Ctx): Promise<Id[]> {
  const { builds, leases } = schema
  const held = await ctx.db.read
    .select({ id: builds.id })
    .from(builds)
    .innerJoin(leases, eq(leases.buildId, builds.id))
    .where(and(eq(builds.organizationId, ctx.organizationId), eq(builds.status, 'running')))
    .all()
  return held.map(({ id }) => id)
}

const runnerDied =
  'The runner died while this build ran, and its processes were ended. Retry the build.'
const runnerSilent =
  'The runner has not been heard from for a minute, so the build was given up. Retry the build.'

async function interrupt(ctx: Ctx, held: readonly Id[], why: string): Promise<number> {
  if (!may(ctx.actor, 'system.maintain')) throw refused(ctx.actor)
  if (held.length === 0) return 0
  const { builds, leases } = schema
  await change(ctx, async (tx, record) => {
    for (const id of held) {
      const build = await tx.select().from(builds).where(eq(builds.id, id)).get()
      const isCancelled = build?.cancelRequestedAt != null
      const status = isCancelled ? ('cancelled' as const) : ('failure' as const)
      const finishedAt = ctx.clock()
      const moved = await tx
        .update(builds)
        .set({
          status,
          failureKind: isCancelled ? null : 'interrupted',
          errorMessage: isCancelled ? (build.errorMessage ?? 'Cancelled while it ran.') : why,
          finishedAt,
          durationMs: finishedAt - (build?.startedAt ?? finishedAt),
        })
        .where(and(eq(builds.id, id), inArray(builds.status, sourcesOf(status))))
        .returning({ id: builds.id })
        .get()
      if (!moved) continue
      // Whatever the old runner may still say is refused from now on.
      await tx.update(leases).set({ fence: 0 }).where(eq(leases.buildId, id))
      await abandonSteps(tx, id, finishedAt)
      ctx.life.heard.delete(id)
      record('build.finished', id, { status })
    }
  })
  return held.length
}
