import type { Place } from '../tree.ts'

/** What a person wrote for other people; `text` is what follows the sign that begins it. */
export type Comment = {
  at: Place
  text: string
  /** Nothing else is in its line. */
  alone: boolean
}
