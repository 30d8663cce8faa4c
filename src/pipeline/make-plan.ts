import { minutes } from '../lib/clock.ts'
import type { Workflow } from './pipeline.ts'
import type { Plan } from './plan.ts'

/** Exactly what a build of this workflow will run: every form the author may use made one. */
export function makePlan(workflow: Workflow): Plan {
  const { maxBuildDurationMinutes } = workflow
  return {
    version: 1,
    workflow: { id: workflow.id, name: workflow.name },
    workingDirectory: workflow.workingDirectory,
    maxBuildDurationMs: maxBuildDurationMinutes === null ? null : minutes(maxBuildDurationMinutes),
    vars: workflow.vars.map(({ name, value }) => ({ name, value })),
    steps: workflow.scripts.map((item) => ({
      name: item.name,
      script: item.script,
      workingDirectory: item.workingDirectory,
      ignoreFailure: item.ignoreFailure,
    })),
    artifacts: [...workflow.artifacts],
    cancelPreviousBuilds: workflow.triggering.cancelPreviousBuilds,
  }
}
