import { eq } from 'drizzle-orm'
import { schema } from '../../db/client.ts'
import type { Id } from '../../lib/ids.ts'
import { may, refused } from '../access/may.ts'
import { storedArtifacts } from '../artifacts/list.ts'
import type { Ctx } from '../ctx.ts'
import { stepsOf } from '../steps/list.ts'
import { summariseTests } from '../tests/summarise.ts'
import type { BuildDetail } from './build.ts'
import { findBuild } from './find.ts'
import { whyWaiting } from './waiting.ts'

/** A build with its steps, artifacts and the configuration used. Throws OoreError `not_found`. */
export async function showBuild(ctx: Ctx, id: Id): Promise<BuildDetail> {
  if (!may(ctx.actor, 'build.read')) throw refused(ctx.actor)
  const build = await findBuild(ctx, id)
  return {
    build,
    steps: await stepsOf(ctx, id),
    artifacts: await storedArtifacts(ctx, id),
    tests: await summariseTests(ctx, build),
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
