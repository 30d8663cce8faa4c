/** How a step ended. A new case lights up every place that must know of it. */
export type StepOutcome =
  | { is: 'success' }
  | { is: 'failed'; exitCode: number | null; signal: string | null }
  | { is: 'timed_out'; afterMs: number }
  | { is: 'cancelled' }
  /** Not run, because an earlier step decided the build. */
  | { is: 'skipped' }
  /** Oore could not do its part; `why` is a sentence for people. */
  | { is: 'broken'; why: string }

/** How a build ended. `failed` is the author's script saying no; `broken` is Oore failing to run it. */
export type BuildOutcome =
  | { is: 'success' }
  | { is: 'failed'; why: string }
  | { is: 'timed_out'; why: string }
  | { is: 'cancelled' }
  | { is: 'broken'; kind: 'setup' | 'interrupted'; why: string }
