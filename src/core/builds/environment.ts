import { eq } from 'drizzle-orm'
import { schema } from '../../db/client.ts'
import { withVariables, type Environment } from '../../lib/variables.ts'
import type { Plan } from '../../pipeline/plan.ts'
import { builtInVariables, inputVariables } from '../../protocol/variables.ts'
import type { Ctx } from '../ctx.ts'
import { resolveVariables } from '../variables/resolve.ts'
import type { PreparedBuild } from './lack.ts'

/**
 * The variables of a build as far as they are known before a runner has it: those that Oore sets,
 * what is stored for it, and the file's own, with their references put in.
 */
export async function knownEnvironment(
  ctx: Ctx,
  build: PreparedBuild,
  plan: Plan,
  counters: Record<string, string>,
): Promise<Environment> {
  const { repositories } = schema
  const repository = await ctx.db.read
    .select({ fullName: repositories.fullName })
    .from(repositories)
    .where(eq(repositories.id, build.repositoryId))
    .get()
  const builtIn = {
    ...builtInVariables(build, repository?.fullName ?? '', null),
    ...inputVariables(plan.inputs),
    ...counters,
  }
  const stored = await resolveVariables(ctx, build, plan)
  return withVariables({ ...builtIn, ...stored.variables }, plan.vars)
}
