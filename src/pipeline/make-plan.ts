import { minutes } from '../lib/clock.ts'
import { bind } from './conditions/bind.ts'
import { parseCondition } from './conditions/parse.ts'
import type { InputValues, ScriptItem, Workflow } from './pipeline.ts'
import type { Plan, PlannedStep } from './plan.ts'

/**
 * Exactly what a build of this workflow will run: every form the author may use made one. Into the
 * conditions of steps goes what `payload`, the event as its provider sent it, says; null is none.
 */
export function makePlan(workflow: Workflow, payload: unknown = null): Plan {
  const { maxBuildDurationMinutes, inputValues: inputs } = workflow
  const stepOf = (item: ScriptItem) => planStep(item, { event: payload, inputs })
  return {
    version: 2,
    workflow: { id: workflow.id, name: workflow.name },
    labels: workflow.labels,
    inputs,
    instanceType: workflow.instanceType,
    workingDirectory: workflow.workingDirectory,
    maxBuildDurationMs: maxBuildDurationMinutes === null ? null : minutes(maxBuildDurationMinutes),
    software: workflow.software,
    environmentName: workflow.environmentName,
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

const planStep = (
  item: ScriptItem,
  known: { event: unknown; inputs: InputValues },
): PlannedStep => ({
  name: item.name,
  script: item.script,
  workingDirectory: item.workingDirectory,
  ignoreFailure: item.ignoreFailure,
  testReport: item.testReport,
  when: { ...item.when, condition: boundCondition(item.when.condition, known) },
})

function boundCondition(
  condition: string | null,
  known: { event: unknown; inputs: InputValues },
): string | null {
  const parsed = condition === null ? null : parseCondition(condition)
  return parsed?.is === 'parsed' ? bind(parsed.expression, known) : null
}
