import { and, count, eq } from 'drizzle-orm'
import { schema } from '../../db/client.ts'
import type { Ctx } from '../ctx.ts'

export type Health = {
  isHealthy: boolean
  isReady: boolean
  database: 'connected' | 'unreachable'
  uptimeSeconds: number
  workers: { active: number; capacity: number; queued: number }
}

/** How the server is. Anyone may ask; it holds no secret and never throws. */
export async function readHealth(ctx: Ctx): Promise<Health> {
  const uptimeSeconds = Math.floor((ctx.clock() - ctx.life.startedAt) / 1000)
  const capacity = ctx.config.maxConcurrentBuilds
  try {
    const [active, queued] = [await countBuilds(ctx, 'running'), await countBuilds(ctx, 'pending')]
    return {
      isHealthy: true,
      isReady: ctx.life.phase === 'ready',
      database: 'connected',
      uptimeSeconds,
      workers: { active, capacity, queued },
    }
  } catch {
    const workers = { active: 0, capacity, queued: 0 }
    return { isHealthy: false, isReady: false, database: 'unreachable', uptimeSeconds, workers }
  }
}

/** How many builds run or wait: the number in every page's header. */
export async function countBuilds(
  ctx: Pick<Ctx, 'db' | 'organizationId'>,
  status: 'running' | 'pending',
): Promise<number> {
  const { builds } = schema
  const row = await ctx.db.read
    .select({ n: count() })
    .from(builds)
    .where(and(eq(builds.organizationId, ctx.organizationId), eq(builds.status, status)))
    .get()
  return row?.n ?? 0
}
