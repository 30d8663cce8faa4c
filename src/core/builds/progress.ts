import type { Id } from '../../lib/ids.ts'
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

/**
 * A build as those see it who watch it: all that changes while it runs, and no more, because it is
 * asked for at every change. Throws OoreError `not_found`.
 */
export async function showProgress(ctx: Ctx, id: Id): Promise<BuildDetail> {
  if (!may(ctx.actor, 'build.read')) throw refused(ctx.actor)
  const build = await findBuild(ctx, id)
  const steps = await stepsOf(ctx, id)
  const hasCollected = steps.some(({ kind, startedAt }) => kind === 'finish' && startedAt !== null)
  return {
    build,
    steps,
    artifacts: hasCollected ? await storedArtifacts(ctx, id) : [],
    tests: await summariseTests(ctx, build),
    config: null,
    inputs: {},
    waitingFor: await whyWaiting(ctx, build),
    approval: await approvalOf(ctx, build),
    ...(await answersOf(ctx, build)),
  }
}
