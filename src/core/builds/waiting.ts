import { and, count, eq, lt, or } from 'drizzle-orm'
import { schema } from '../../db/client.ts'
import type { Ctx } from '../ctx.ts'
import type { Build } from './build.ts'

/** Why a build does not run yet, in words; null for one that does not wait. */
export async function whyWaiting(ctx: Ctx, build: Build): Promise<string | null> {
  switch (build.status) {
    case 'waiting_approval':
      return waitsForPeople(build)
    case 'pending':
      return waitsForSlot(ctx, build)
    default:
      return null
  }
}

const waitsForPeople = ({ commitSha, fork }: Build): string =>
  `Commit ${commitSha.slice(0, 12)} comes from ${fork?.name ?? 'a fork that is deleted'}, and ` +
  'anybody may have written it. It waits until somebody has looked at it; nothing of it was run.'

async function waitsForSlot(ctx: Ctx, build: Build): Promise<string> {
  const { builds } = schema
  const capacity = ctx.config.maxConcurrentBuilds
  const running = await countBuilds(ctx, eq(builds.status, 'running'))
  const ahead = await countBuilds(
    ctx,
    and(
      eq(builds.status, 'pending'),
      or(
        lt(builds.priority, build.priority),
        and(eq(builds.priority, build.priority), lt(builds.id, build.id)),
      ),
    ),
  )
  if (ctx.life.phase === 'draining') {
    return 'Oore is shutting down. This build starts when it is up again.'
  }
  const line = ahead === 0 ? 'This build is next.' : `${ahead} ${plural(ahead)} before it.`
  if (running < capacity) return `A runner is about to take it. ${line}`
  const slots = capacity === 1 ? 'The one slot is' : `All ${capacity} slots are`
  return `${slots} busy (OORE_MAX_CONCURRENT_BUILDS). ${line}`
}

const plural = (n: number) => (n === 1 ? 'build is' : 'builds are')

async function countBuilds(ctx: Ctx, where: ReturnType<typeof and>): Promise<number> {
  const row = await ctx.db.read
    .select({ n: count() })
    .from(schema.builds)
    .where(and(eq(schema.builds.organizationId, ctx.organizationId), where))
    .get()
  return row?.n ?? 0
}
