import { minutes } from '../lib/clock.ts'
import type { ScriptItem, Workflow } from './pipeline.ts'
import type { Plan, PlannedStep } from './plan.ts'

/** Exactly what a build of this workflow will run: every form the author may use made one. */
export function makePlan(workflow: Workflow): Plan {
  const { maxBuildDurationMinutes } = workflow
  return {
    version: 2,
    workflow: { id: workflow.id, name: workflow.name },
    labels: workflow.labels,
    inputs: workflow.inputValues,
    instanceType: workflow.instanceType,
    workingDirectory: workflow.workingDirectory,
    maxBuildDurationMs: maxBuildDurationMinutes === null ? null : minutes(maxBuildDurationMinutes),
    software: workflow.software,
    groups: workflow.groups,
    vars: workflow.vars.map(({ name, value }) => ({ name, value })),
    signing: { ios: workflow.iosSigning, android: workflow.androidSigning },
    integrations: workflow.integrations,
    cachePaths: workflow.cachePaths,
    preCloneSteps: workflow.preCloneScripts.map(stepOf),
    steps: workflow.scripts.map(stepOf),
    artifacts: [...workflow.artifacts],
    publishing: workflow.publishing,
    cancelPreviousBuilds: workflow.triggering.cancelPreviousBuilds,
  }
}

const stepOf = (item: ScriptItem): PlannedStep => ({
  name: item.name,
  script: item.script,
  workingDirectory: item.workingDirectory,
  ignoreFailure: item.ignoreFailure,
  testReport: item.testReport,
  when: item.when,
})
