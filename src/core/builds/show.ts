import { and, count, eq, lt, or } from 'drizzle-orm'
import { schema } from '../../db/client.ts'
import type { Id } from '../../lib/ids.ts'
import { may, refused } from '../access/may.ts'
import { storedArtifacts } from '../artifacts/list.ts'
import type { Ctx } from '../ctx.ts'
import { stepsOf } from '../steps/list.ts'
import type { Build, BuildDetail } from './build.ts'
import { findBuild } from './find.ts'

/** A build with its steps, artifacts and the configuration used. Throws OoreError `not_found`. */
export async function showBuild(ctx: Ctx, id: Id): Promise<BuildDetail> {
  if (!may(ctx.actor, 'build.read')) throw refused(ctx.actor)
  const build = await findBuild(ctx, id)
  return {
    build,
    steps: await stepsOf(ctx, id),
    artifacts: await storedArtifacts(ctx, id),
    config: await configOf(ctx, id),
    waitingFor: build.status === 'pending' ? await whyWaiting(ctx, build) : null,
  }
}

async function configOf(ctx: Ctx, id: Id): Promise<BuildDetail['config']> {
  const { buildPlans } = schema
  const row = await ctx.db.read
    .select({ fileName: buildPlans.configFileName, content: buildPlans.configContent })
    .from(buildPlans)
    .where(eq(buildPlans.buildId, id))
    .get()
  if (!row || row.content === null) return null
  return { fileName: row.fileName ?? 'oore.yaml', content: row.content }
}

async function whyWaiting(ctx: Ctx, build: Build): Promise<string> {
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
  const row = await ctx.db.read.select({ n: count() }).from(schema.builds).where(where).get()
  return row?.n ?? 0
}
