/** Something wrong in a configuration: where, what, and what to write instead. */
export type Problem = {
  severity: 'error' | 'warning'
  /** A sentence, without the place. */
  message: string
  /** `workflows.ios.scripts[2].name`; empty for the file as a whole. */
  path: string
  /** From 1; null where no place can be named. */
  line: number | null
  column: number | null
  /** What to write instead, where that can be said. */
  suggestion: string | null
  /** The workflow it belongs to; null for the whole file. The other workflows stay usable. */
  workflow: string | null
}
