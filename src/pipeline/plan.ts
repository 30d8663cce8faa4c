import type { Publishing } from './language/publishing.ts'
import type { AndroidSigning, IosSigning } from './language/signing.ts'
import type { InputValues, Software, When } from './pipeline.ts'

/**
 * Exactly what will run: the output of this folder, plain JSON, frozen with the build so that a
 * retry next year runs the same. It holds no secret and no credential.
 */
export type Plan = {
  /** The shape's version; readPlan reads the older ones. */
  version: 2
  workflow: { id: string; name: string }
  labels: string[]
  /** What `${{ inputs.… }}` was replaced by. */
  inputs: InputValues
  instanceType: string | null
  /** Relative to the clone directory; null is the clone directory itself. */
  workingDirectory: string | null
  /** What the author asked for; null leaves it to the server's own limit. */
  maxBuildDurationMs: number | null
  /** Versions of tools as written. */
  software: Software[]
  /** `environment.name`: which of the stored variables count; null where it does not say. */
  environmentName: string | null
  /** Names of variable groups; of a variable in two of them the later group's wins. */
  groups: string[]
  /** `environment.vars` in the order written; values are source text, references not expanded. */
  vars: PlannedVariable[]
  signing: { ios: IosSigning | null; android: AndroidSigning[] }
  integrations: Record<string, string>
  cachePaths: string[]
  /** Before the code is there. */
  preCloneSteps: PlannedStep[]
  steps: PlannedStep[]
  /** Globs, as written. */
  artifacts: string[]
  publishing: Publishing | null
  /** End older builds of the same workflow and branch when this one is queued by a push. */
  cancelPreviousBuilds: boolean
}

export type PlannedVariable = { name: string; value: string }

export type PlannedStep = {
  name: string
  /** The script as the file gave it, a shebang line included. */
  script: string
  /** Replaces the workflow's working directory; relative to the clone directory. */
  workingDirectory: string | null
  ignoreFailure: boolean
  /** A glob of test reports, looked for when the step has ended, however it has. */
  testReport: string | null
  /** Decided when it is the step's turn. Its condition asks for `env` only: the rest is put in. */
  when: When
}

/** What one position of a build does; its index in `positionsOf` is the step's position. */
export type Position =
  { kind: 'setup' } | { kind: 'finish' } | { kind: 'pre_clone' | 'script'; step: PlannedStep }

/** Everything a build does, in the order in which it does it. */
export const positionsOf = (plan: Plan): Position[] => [
  ...plan.preCloneSteps.map((step) => ({ kind: 'pre_clone' as const, step })),
  { kind: 'setup' },
  ...plan.steps.map((step) => ({ kind: 'script' as const, step })),
  { kind: 'finish' },
]

/** A plan as it was frozen, by this version or by one before it. */
export function readPlan(frozen: unknown): Plan {
  const plan = frozen as Plan | PlanV1
  switch (plan.version) {
    case 2:
      return { ...addedInV2, ...plan }
    case 1:
      return { ...absentInV1, ...addedInV2, ...plan, version: 2, steps: plan.steps.map(stepOfV1) }
    default:
      plan satisfies never
      throw new Error('The plan was frozen by a newer version of Oore.')
  }
}

/** As version 0.1 froze it. */
type PlanV1 = Omit<Plan, 'version' | 'steps' | keyof typeof absentInV1 | keyof typeof addedInV2> & {
  version: 1
  steps: Omit<PlannedStep, 'testReport' | 'when'>[]
}

/** Versions before 0.5 froze plans without these. */
const addedInV2 = { environmentName: null }

const absentInV1 = {
  labels: [],
  inputs: {},
  instanceType: null,
  software: [],
  groups: [],
  signing: { ios: null, android: [] },
  integrations: {},
  cachePaths: [],
  preCloneSteps: [],
  publishing: null,
}

const stepOfV1 = (step: PlanV1['steps'][number]): PlannedStep => ({
  ...step,
  testReport: null,
  when: { changeset: null, condition: null },
})
