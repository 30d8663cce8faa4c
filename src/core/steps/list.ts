import { asc, eq } from 'drizzle-orm'
import { schema } from '../../db/client.ts'
import type { Id } from '../../lib/ids.ts'
import { may, refused } from '../access/may.ts'
import { findBuild } from '../builds/find.ts'
import type { Ctx } from '../ctx.ts'
import type { Step, StepKind } from './step.ts'

/** The steps of a build by position, setup and finish among them. */
export async function listSteps(ctx: Ctx, buildId: Id): Promise<Step[]> {
  if (!may(ctx.actor, 'build.read')) throw refused(ctx.actor)
  const build = await findBuild(ctx, buildId)
  return stepsOf(ctx, build.id)
}

/** The steps of a build that was found already. */
export async function stepsOf(ctx: Ctx, buildId: Id): Promise<Step[]> {
  const rows = await ctx.db.read
    .select()
    .from(schema.steps)
    .where(eq(schema.steps.buildId, buildId))
    .orderBy(asc(schema.steps.position))
    .all()
  const counts = new Map<StepKind, number>()
  return rows.map((row) => {
    const index = counts.get(row.kind) ?? 0
    counts.set(row.kind, index + 1)
    return { ...row, index }
  })
}
