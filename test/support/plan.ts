import type { Plan, PlannedStep } from '../../src/pipeline/plan.ts'

/** A plan that does nothing but what it is told. */
export const testPlan = (changes: Partial<Plan> = {}): Plan => ({
  version: 2,
  workflow: { id: 'main', name: 'Main' },
  labels: [],
  inputs: {},
  instanceType: null,
  workingDirectory: null,
  maxBuildDurationMs: null,
  software: [],
  environmentName: null,
  groups: [],
  vars: [],
  signing: { ios: null, android: [] },
  integrations: {},
  cachePaths: [],
  preCloneSteps: [],
  steps: [],
  artifacts: [],
  publishing: null,
  cancelPreviousBuilds: false,
  ...changes,
})

/** A step that says nothing but its script. */
export const testStep = (changes: Partial<PlannedStep> = {}): PlannedStep => ({
  name: 'Step',
  script: 'true',
  workingDirectory: null,
  ignoreFailure: false,
  testReport: null,
  when: { changeset: null, condition: null },
  ...changes,
})
