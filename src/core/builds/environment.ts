import { eq } from 'drizzle-orm'
import { schema } from '../../db/client.ts'
import { withVariables, type Environment } from '../../lib/variables.ts'
import type { Plan } from '../../pipeline/plan.ts'
import { builtInVariables, inputVariables } from '../../protocol/variables.ts'
import type { Ctx } from '../ctx.ts'
import { resolveVariables } from '../variables/resolve.ts'
import type { PreparedBuild } from './lack.ts'

/** Variables twice over: as they are, and as people may be told of them. */
export type KnownEnvironment = {
  values: Environment
  /** `***` for each secret, also where a variable of the file refers to one. */
  shown: Environment
}

/**
 * The variables of a build as far as they are known before a runner has it: those that Oore sets,
 * what is stored for it, and the file's own, with their references put in.
 */
export async function knownEnvironment(
  ctx: Ctx,
  build: PreparedBuild,
  plan: Plan,
  counters: Record<string, string>,
): Promise<KnownEnvironment> {
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
  const secrets = Object.fromEntries(stored.secret.map((name) => [name, '***']))
  const values = { ...builtIn, ...stored.variables }
  return {
    values: withVariables(values, plan.vars),
    shown: withVariables({ ...values, ...secrets }, plan.vars),
  }
}
