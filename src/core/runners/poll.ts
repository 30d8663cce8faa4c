import { and, eq, isNotNull } from 'drizzle-orm'
import { schema } from '../../db/client.ts'
import { Waiter } from '../../lib/bell.ts'
import { monotonicClock } from '../../lib/clock.ts'
import type { Id } from '../../lib/ids.ts'
import {
  type PollReply,
  type PollRequest,
  pollHoldMs,
  protocolVersion,
} from '../../protocol/messages.ts'
import { may, refused } from '../access/may.ts'
import type { Ctx } from '../ctx.ts'
import { claimAgain, claimBuilds } from './claim.ts'
import { noteHeard } from './lease.ts'

/** Told of no free slots, a runner does not poll anew when its last build ends: it is let go soon. */
const outdatedHoldMs = 1000

/** Rung when a runner of another protocol version has nothing left to do. */
export const outdatedRunnerBell = 'runner.outdated'

/**
 * Answers a runner's poll as soon as there is something to say, or after 25 s with nothing. What
 * it says it holds keeps its lease. A runner of another protocol version would misread what it is
 * handed (run a step that is to be held back, say): it finishes what it has and gets no more.
 */
export async function pollRunner(
  ctx: Ctx,
  request: PollRequest,
  signal: AbortSignal,
): Promise<PollReply> {
  if (ctx.actor.is !== 'runner' || !may(ctx.actor, 'runner.use')) throw refused(ctx.actor)
  const { runnerId } = ctx.actor
  const waiter = new Waiter()
  const stops = ['queue', 'drain'].map((topic) => ctx.bells.listen(topic, waiter.ring))
  const slots = ctx.config.maxConcurrentBuilds
  const held = await heldBy(ctx, runnerId)
  const lost = renewLeases(ctx, held, request)
  const isOutdated = request.protocol !== protocolVersion
  const again = isOutdated ? [] : await claimAgain(ctx, strayed(held, request))
  const until = monotonicClock() + (isOutdated ? outdatedHoldMs : pollHoldMs)
  if (isOutdated && request.holding.length === 0) ctx.bells.ring(outdatedRunnerBell)
  try {
    for (;;) {
      // A runner that went away meanwhile must not be handed anything.
      if (signal.aborted) return { claims: [], cancels: [], lost: [], slots, drain: 'none' }
      const drain = isOutdated && ctx.life.drain === 'none' ? 'finish' : ctx.life.drain
      const cancels = await cancelsFor(ctx, runnerId, request)
      const claims = drain === 'none' ? await claimBuilds(ctx, runnerId, request.free_slots) : []
      const left = until - monotonicClock()
      const reply = { claims: [...again.splice(0), ...claims], cancels, lost, slots, drain }
      if (reply.claims.length > 0 || left <= 0 || isNews(ctx, runnerId, reply)) return reply
      await waiter.wait(left, signal)
    }
  } finally {
    for (const stop of stops) stop()
  }
}

const sayAgainMs = 2000

/**
 * Is there an order in this that the runner was not given just now? Ending a build takes it a
 * while, and it polls on meanwhile: it is reminded, but not without a pause.
 */
function isNews(ctx: Ctx, runnerId: string, { cancels, lost, drain }: PollReply): boolean {
  if (cancels.length + lost.length === 0 && drain !== 'interrupt') return false
  const what = JSON.stringify([cancels, lost, drain])
  const told = ctx.life.told.get(runnerId)
  if (told?.what === what && monotonicClock() - told.at < sayAgainMs) return false
  ctx.life.told.set(runnerId, { what, at: monotonicClock() })
  return true
}

type Held = { buildId: Id; fence: number }

const heldBy = (ctx: Ctx, runnerId: Id): Promise<Held[]> => {
  const { leases, builds } = schema
  return ctx.db.read
    .select({ buildId: leases.buildId, fence: leases.fence })
    .from(builds)
    .innerJoin(leases, eq(leases.buildId, builds.id))
    .where(and(isRunning(ctx), eq(leases.runnerId, runnerId)))
    .all()
}

const isRunning = (ctx: Ctx) =>
  and(eq(schema.builds.organizationId, ctx.organizationId), eq(schema.builds.status, 'running'))

const isSaid = ({ holding }: PollRequest, lease: Held): boolean =>
  holding.some((each) => each.build_id === lease.buildId && each.fence === lease.fence)

/**
 * Builds that were handed to this runner in an answer that never arrived: it polls one answer at a
 * time, so what it does not hold when it asks again it has not got.
 */
const strayed = (held: readonly Held[], request: PollRequest): Id[] =>
  held.filter((lease) => !isSaid(request, lease)).map(({ buildId }) => buildId)

/** What the runner says it holds keeps its lease; gives what it holds no lease of any more. */
function renewLeases(ctx: Ctx, held: readonly Held[], request: PollRequest): PollReply['lost'] {
  for (const lease of held) if (isSaid(request, lease)) noteHeard(ctx, lease.buildId)
  return request.holding.filter(
    (each) => !held.some(({ buildId, fence }) => buildId === each.build_id && fence === each.fence),
  )
}

async function cancelsFor(
  ctx: Ctx,
  runnerId: string,
  request: PollRequest,
): Promise<PollReply['cancels']> {
  const { leases, builds } = schema
  if (request.holding.length === 0) return []
  const asked = await ctx.db.read
    .select({ build_id: leases.buildId, fence: leases.fence })
    .from(builds)
    .innerJoin(leases, eq(leases.buildId, builds.id))
    .where(and(isRunning(ctx), eq(leases.runnerId, runnerId), isNotNull(builds.cancelRequestedAt)))
    .all()
  return asked.filter(({ build_id }) => request.holding.some((held) => held.build_id === build_id))
}
