/** What the author wrote, checked. */
export type Pipeline = { workflows: Workflow[] }

export type Workflow = {
  id: string
  /** The id where the author gave no name. */
  name: string
  workingDirectory: string | null
  maxBuildDurationMinutes: number | null
  vars: { name: string; value: string }[]
  scripts: ScriptItem[]
  artifacts: string[]
  triggering: Triggering
}

export type ScriptItem = {
  /** As written, else the first line's comment or command. */
  name: string
  script: string
  workingDirectory: string | null
  ignoreFailure: boolean
}

export const triggerEvents = ['push', 'pull_request', 'pull_request_labeled', 'tag'] as const
export type TriggerEvent = (typeof triggerEvents)[number]

export type Triggering = {
  events: TriggerEvent[]
  branchPatterns: { pattern: string; include: boolean; source: boolean }[]
  tagPatterns: { pattern: string; include: boolean }[]
  cancelPreviousBuilds: boolean
}

/** What starts builds, as far as triggers look at it. */
export type PipelineEvent =
  | { type: 'push'; branch: string; commitMessage: string | null }
  | { type: 'tag'; tag: string; commitMessage: string | null }
  | { type: 'manual' }

/** One workflow's answer to an event. */
export type Verdict = { id: string; name: string; runs: boolean; reason: string }
