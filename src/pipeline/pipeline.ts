import type { Publishing } from './language/publishing.ts'
import type { AndroidSigning, IosSigning } from './language/signing.ts'

/** What the author wrote, checked. */
export type Pipeline = { workflows: Workflow[] }

export type Workflow = {
  id: string
  /** The id where the author gave no name. */
  name: string
  labels: string[]
  instanceType: string | null
  maxBuildDurationMinutes: number | null
  workingDirectory: string | null
  /** What is asked of whoever starts it, in the order written. */
  inputs: Input[]
  /** The values that were put in for `${{ inputs.… }}`; without those that nobody has given yet. */
  inputValues: InputValues
  /** By the name of the service, the name of the key that was stored for it. */
  integrations: Record<string, string>
  /** Versions of tools as written, digit for digit. */
  software: Software[]
  /** What the build is for; null where it does not say. */
  environmentName: string | null
  groups: string[]
  vars: { name: string; value: string }[]
  iosSigning: IosSigning | null
  androidSigning: AndroidSigning[]
  cachePaths: string[]
  triggering: Triggering
  when: When
  preCloneScripts: ScriptItem[]
  scripts: ScriptItem[]
  artifacts: string[]
  publishing: Publishing | null
}

export type Software = { name: string; version: string }

export type ScriptItem = {
  /** As written, else the first line's comment or command. */
  name: string
  script: string
  workingDirectory: string | null
  ignoreFailure: boolean
  /** A glob of reports in JUnit XML or in JSON of `flutter test --machine`. */
  testReport: string | null
  when: When
}

export const inputTypes = ['string', 'boolean', 'choice', 'number'] as const

export type Input = {
  id: string
  description: string
  type: (typeof inputTypes)[number]
  /** Of a choice; empty for the other types. */
  options: string[]
  /** Null where a value must be given. */
  default: InputValue | null
}

/** A choice's value is a string. */
export type InputValue = string | number | boolean
export type InputValues = Record<string, InputValue>

export const triggerEvents = ['push', 'pull_request', 'pull_request_labeled', 'tag'] as const
export type TriggerEvent = (typeof triggerEvents)[number]

export type Triggering = {
  events: TriggerEvent[]
  branchPatterns: { pattern: string; include: boolean; source: boolean }[]
  tagPatterns: { pattern: string; include: boolean }[]
  cancelPreviousBuilds: boolean
}

/** What else must be so for a workflow or a step to run; null where the author did not ask. */
export type When = { changeset: Changeset | null; condition: string | null }

/** Paths and globs from the root of the repository; see changeset.ts. */
export type Changeset = { includes: string[]; excludes: string[] }

/** What starts builds, as far as triggers look at it. */
export type PipelineEvent =
  | ({ type: 'push'; branch: string } & Happening)
  | ({ type: 'tag'; tag: string } & Happening)
  | ({
      type: 'pull_request' | 'pull_request_labeled'
      sourceBranch: string
      targetBranch: string
      draft: boolean
      labels: string[]
    } & Happening)
  | { type: 'manual' }

export type Happening = {
  /** Of the newest commit. */
  commitMessage: string | null
  /** Null where nobody has compared the commits. */
  changedFiles: string[] | null
  /** What the provider sent, as conditions look into it by `event.…`. */
  payload: unknown
}

/** One workflow's answer to an event. */
export type Verdict = {
  id: string
  name: string
  runs: boolean
  reason: string
  /** The triggers fit, and something else (a marker, a changeset, a condition) held it back. */
  skipped: boolean
}
