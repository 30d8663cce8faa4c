import type { Millis } from '../lib/clock.ts'
import type { StepOutcome } from '../protocol/outcome.ts'
import type { FoundTest } from '../protocol/tests.ts'

export type Stream = 'stdout' | 'stderr'

/**
 * What execute() tells whoever asked for the build. The transport spools it for the server; a
 * laptop prints it; a test remembers it. Positions come in order: each is started and finished
 * before the next, and one that never ran is only finished, as skipped.
 */
export type Reporter = {
  stepStarted(position: number): void
  /** Bytes that have passed the redactor, in order. Synchronous: written to the spool at once. */
  said(position: number, stream: Stream, at: Millis, bytes: Uint8Array): void
  stepFinished(position: number, outcome: StepOutcome, ignored: boolean): void
  /** Tests of a step's report, before the step is finished. */
  testsFound(found: FoundTests): void
  artifactFound(found: FoundArtifact): void
}

export type FoundTests = {
  position: number
  /** The number of the first within the build, from 0; the others follow it. */
  first: number
  tests: FoundTest[]
}

export type FoundArtifact = {
  /** Counts from 0 within the build. */
  index: number
  name: string
  /** Where it lay: relative to the clone directory where it lies inside, else absolute. */
  path: string
  sizeBytes: number
  sha256: string
  /** A private copy that nothing in the build can change any more. */
  file: string
}
