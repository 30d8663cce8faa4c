/**
 * What a configuration file says, before anyone asks what it means: the same tree from every
 * format, each node with its place and its text as written. Text stays text: whether `3.10` is a
 * version or a number is for the checker to decide, and no digit is lost on the way.
 */
export type Node = MapNode | ListNode | ScalarNode | NullNode | BrokenNode

/** A place in the file, both numbers from 1; columns count UTF-16 units as editors do. */
export type Place = { line: number; column: number }

export type MapNode = { kind: 'map'; at: Place; entries: Entry[]; flow: boolean }
/** Keys are unique: of a key written twice only the last entry is kept. */
export type Entry = { key: string; at: Place; value: Node }
/** `flow`: written in brackets, on one line as a rule. */
export type ListNode = { kind: 'list'; at: Place; items: Node[]; flow: boolean }
/**
 * `quoted`: in quotes or as a block, so that it is meant as text whatever it looks like.
 * `joined`: several lines without quotes, which YAML joins into one. They are `continued` where the
 * second goes on with an option or an operator (`--release`, `&& …`), so that one is what is meant.
 */
export type ScalarNode = {
  kind: 'scalar'
  at: Place
  text: string
  quoted: boolean
  joined: false | 'continued' | 'separate'
  /** Holds an input that has no value yet: what it will be, no check can know. */
  open?: true
  /** Inputs were put in: places in the text are not those in the file. */
  filled?: true
}
/** Nothing, or a word for it; `text` is that word. */
export type NullNode = { kind: 'null'; at: Place; text: string }
/** Something was here that could not be read, and has been reported under that workflow. */
export type BrokenNode = { kind: 'broken'; at: Place; workflow: string | null }
