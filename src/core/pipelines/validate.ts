import type { Problem } from '../../pipeline/problem.ts'
import type { PipelineFormat } from '../../pipeline/read.ts'
import { may, refused } from '../access/may.ts'
import type { Ctx } from '../ctx.ts'

export type Validation = {
  valid: boolean
  problems: Problem[]
  workflows: { id: string; name: string }[]
}

/** Says everything that is wrong with a configuration, and changes nothing. */
export async function validatePipeline(
  ctx: Ctx,
  { format, content }: { format: PipelineFormat; content: string },
): Promise<Validation> {
  if (!may(ctx.actor, 'pipeline.read')) throw refused(ctx.actor)
  const { pipeline, problems } = await ctx.reader.read(content, format)
  return {
    valid: !problems.some(({ severity }) => severity === 'error'),
    problems,
    workflows: (pipeline?.workflows ?? []).map(({ id, name }) => ({ id, name })),
  }
}
