import type { Problem } from '../../pipeline/problem.ts'
import type { PipelineFormat } from '../../pipeline/read.ts'
import { may, refused } from '../access/may.ts'
import type { Ctx } from '../ctx.ts'

/** A configuration in the other format, or the problems why not. Changes nothing. */
export async function convertPipeline(
  ctx: Ctx,
  { from, to, content }: { from: PipelineFormat; to: PipelineFormat; content: string },
): Promise<{ content: string; format: PipelineFormat } | { problems: Problem[] }> {
  if (!may(ctx.actor, 'pipeline.read')) throw refused(ctx.actor)
  const converted = await ctx.reader.convert(content, from, to)
  return 'problems' in converted ? converted : { content: converted.content, format: to }
}
