import type { PipelineEvent, Verdict } from '../../pipeline/pipeline.ts'
import { explain } from '../../pipeline/triggers.ts'
import { OoreError } from '../../lib/errors.ts'
import { may, refused } from '../access/may.ts'
import type { Ctx } from '../ctx.ts'

/** Which workflows an event would start, and why each other one not. Starts nothing. */
export async function explainPipeline(
  ctx: Ctx,
  { content, event }: { content: string; event: PipelineEvent },
): Promise<Verdict[]> {
  if (!may(ctx.actor, 'pipeline.read')) throw refused(ctx.actor)
  const { pipeline, problems } = await ctx.reader.read(content, 'yaml')
  if (pipeline) return explain(pipeline, event)
  throw new OoreError('invalid', 'The configuration holds no workflow that can be used.', {
    fields: problems.map(({ line, column, message }) => ({
      field: line === null ? 'content' : `content:${line}:${column ?? 1}`,
      message,
    })),
  })
}
