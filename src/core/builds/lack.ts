import type { Id } from '../../lib/ids.ts'
import type { Plan } from '../../pipeline/plan.ts'
import type { DescribedBuild } from '../../protocol/variables.ts'
import type { Ctx } from '../ctx.ts'
import { asksForSigning, signingProblem } from '../signing/choose.ts'
import { missingGroups } from '../variables/resolve.ts'
import { knownEnvironment } from './environment.ts'
import type { BuildRow } from './find.ts'
import { allowanceOf } from './trust.ts'

/** A build as far as it decides what is stored for it. */
export type PreparedBuild = DescribedBuild & {
  repositoryId: Id
} & Pick<BuildRow, 'pullRequestNumber' | 'fork'>

/**
 * What a build asks for and is not stored, or does not fit, in sentences that say what to do; null
 * where it may run. Of a fork nothing is asked: it gets nothing, and learns nothing of what there is.
 */
export async function lackOf(
  ctx: Ctx,
  build: PreparedBuild,
  plan: Plan,
  counters: Record<string, string>,
): Promise<string | null> {
  if (!allowanceOf(build).secrets) return null
  const groups = await missingGroups(ctx, build.repositoryId, plan)
  if (groups !== null || !asksForSigning(plan)) return groups
  return signingProblem(ctx, plan, await knownEnvironment(ctx, build, plan, counters))
}
