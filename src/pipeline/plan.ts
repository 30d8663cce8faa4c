/**
 * Exactly what will run: the output of this folder, plain JSON, frozen with the build so that a
 * retry next year runs the same. It holds no secret and no credential.
 */
export type Plan = {
  /** The shape's version; a reader refuses one it does not know. */
  version: 1
  workflow: { id: string; name: string }
  /** Relative to the clone directory; null is the clone directory itself. */
  workingDirectory: string | null
  /** What the author asked for; null leaves it to the server's own limit. */
  maxBuildDurationMs: number | null
  /** `environment.vars` in the order written; values are source text, references not expanded. */
  vars: PlannedVariable[]
  steps: PlannedStep[]
  /** Globs, as written. */
  artifacts: string[]
  /** End older builds of the same workflow and branch when this one is queued by a push. */
  cancelPreviousBuilds: boolean
}

export type PlannedVariable = { name: string; value: string }

export type PlannedStep = {
  name: string
  /** The script as YAML gave it, a shebang line included. */
  script: string
  /** Replaces the workflow's working directory; relative to the clone directory. */
  workingDirectory: string | null
  ignoreFailure: boolean
}
