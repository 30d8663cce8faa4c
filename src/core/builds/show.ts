import { eq } from 'drizzle-orm'
import { schema } from '../../db/client.ts'
import type { Id } from '../../lib/ids.ts'
import { readPlan } from '../../pipeline/plan.ts'
import { may, refused } from '../access/may.ts'
import { approvalOf } from '../approvals/find.ts'
import { storedArtifacts } from '../artifacts/list.ts'
import type { Ctx } from '../ctx.ts'
import { answersOf } from '../statuses/show.ts'
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
    ...(await frozenOf(ctx, id)),
    waitingFor: await whyWaiting(ctx, build),
    approval: await approvalOf(ctx, build),
    ...(await answersOf(ctx, build)),
  }
}

/** What the build was made from. */
async function frozenOf(ctx: Ctx, id: Id): Promise<Pick<BuildDetail, 'config' | 'inputs'>> {
  const { buildPlans } = schema
  const row = await ctx.db.read.select().from(buildPlans).where(eq(buildPlans.buildId, id)).get()
  const content = row?.configContent ?? null
  return {
    config: content === null ? null : { fileName: row?.configFileName ?? 'oore.yaml', content },
    inputs: row?.plan ? readPlan(row.plan).inputs : {},
  }
}
