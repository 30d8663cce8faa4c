import { expand, withVariables } from '../../lib/variables.ts'
import type { Plan } from '../../pipeline/plan.ts'
import { builtInVariables, inputVariables, type DescribedBuild } from '../../protocol/variables.ts'

/**
 * The labels of a build's workflow, with the variables put in that are known before it runs: the
 * server's own and `environment.vars`. A reference to any other stays as it is written.
 */
export function workflowLabels(
  plan: Pick<Plan, 'labels' | 'inputs' | 'vars'>,
  build: DescribedBuild & { repository: string },
  counters: Readonly<Record<string, string>>,
): string[] {
  if (plan.labels.length === 0) return []
  const builtIn = {
    ...builtInVariables(build, build.repository, null),
    ...inputVariables(plan.inputs),
    ...counters,
  }
  const variables = withVariables(builtIn, plan.vars)
  return plan.labels.map((label) => expand(label, variables).text)
}
