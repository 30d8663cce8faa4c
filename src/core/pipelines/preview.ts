import { makePlan } from '../../pipeline/make-plan.ts'
import type { Input } from '../../pipeline/pipeline.ts'
import type { Plan } from '../../pipeline/plan.ts'
import type { Problem } from '../../pipeline/problem.ts'
import { triggerSentences } from '../../pipeline/trigger-words.ts'
import { may, refused } from '../access/may.ts'
import type { Ctx } from '../ctx.ts'
import type { Draft } from './draft.ts'

/** A workflow as Oore understood it. */
export type PlannedWorkflow = {
  /** What starts it, in sentences. */
  triggers: string[]
  /** What it asks of whoever starts it. */
  inputs: readonly Input[]
  /** What the runner would get. */
  plan: Plan
}

/** All that can be said of a configuration: whether it may be used, and what it would do. */
export type Preview = { valid: boolean; problems: Problem[]; workflows: PlannedWorkflow[] }

/** Checks a configuration and plans its workflows, those without errors. Changes nothing. */
export async function previewPipeline(ctx: Ctx, { format, content }: Draft): Promise<Preview> {
  if (!may(ctx.actor, 'pipeline.read')) throw refused(ctx.actor)
  const { pipeline, problems } = await ctx.reader.read(content, format)
  return {
    valid: !problems.some(({ severity }) => severity === 'error'),
    problems,
    workflows: (pipeline?.workflows ?? []).map((workflow) => ({
      triggers: triggerSentences(workflow.triggering, workflow.when),
      inputs: workflow.inputs,
      plan: makePlan(workflow),
    })),
  }
}
