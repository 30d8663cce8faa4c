import type { Entry, Node, Place } from '../tree.ts'
import type { Comment } from './comments.ts'

/**
 * The comments of a file, each with the entry or item it is about. What was read once is not told
 * again: where an alias is written out several times its comments stand at the first.
 */
export type Notes = {
  /** The comments above an entry or item, and whether a blank line is above them. */
  before(at: Place): { comments: string[]; isApart: boolean }
  /** The comment in its line. */
  beside(at: Place): string | null
  /** Those behind the last entry or item of a list or mapping, indented like it. */
  after(at: Place): string[]
  /** Those at the end of the file. */
  end: string[]
}

/** Finds for every comment what it is about, by its line and column. */
export function notesOf(root: Node, comments: Comment[], text: string): Notes {
  const owners = ownersOf(root)
  const above = new Map<string, Comment[]>()
  const beside = new Map<string, string>()
  const after = new Map<string, string[]>()
  const end: string[] = []
  for (const comment of comments) {
    const index = firstAfter(owners, comment.at)
    const last = owners[index - 1]
    const next = owners[index]
    const column = comment.at.column
    if (!comment.alone && last?.line === comment.at.line) {
      beside.set(keyOf(last), comment.text)
    } else if (last !== undefined && isBehind(last, column, next)) {
      after.set(keyOf(last), [...(after.get(keyOf(last)) ?? []), comment.text])
    } else if (next === undefined) {
      end.push(comment.text)
    } else {
      const told = above.get(keyOf(next))
      if (told === undefined) above.set(keyOf(next), [comment])
      else told.push(comment)
    }
  }
  const lines = text.split('\n')
  const told = new Set<string>()
  return {
    before(at) {
      const key = keyOf(at)
      if (told.has(key)) return { comments: [], isApart: false }
      told.add(key)
      const found = above.get(key) ?? []
      const first = found[0]?.at.line ?? at.line
      const isBlankAbove = first > 1 && (lines[first - 2] ?? '').trim() === ''
      const isApart = isBlankAbove && owners[firstAfter(owners, at) - 2]?.endsBlank !== true
      return { comments: found.map((comment) => comment.text), isApart }
    },
    beside: (at) => taken(beside, at) ?? null,
    after: (at) => taken(after, at) ?? [],
    end,
  }
}

function taken<T>(from: Map<string, T>, at: Place): T | undefined {
  const found = from.get(keyOf(at))
  from.delete(keyOf(at))
  return found
}

const keyOf = ({ line, column }: Place): string => `${line}:${column}`

/** Indented like the block that just ended, and not like what comes next. */
const isBehind = (last: Place, column: number, next: Place | undefined): boolean =>
  next === undefined ? column > 1 : column > next.column && last.column > next.column

/** `endsBlank`: the lines behind it belong to its text, though they are empty. */
type Owner = Place & { endsBlank: boolean }

/** All entries and items that have a line of their own, in the order of the file. */
function ownersOf(root: Node): Owner[] {
  const owners = new Map<string, Owner>()
  const seen = new Set<Node | Entry>()
  const open: Node[] = [root]
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (seen.has(node) || (node.kind !== 'map' && node.kind !== 'list')) continue
    seen.add(node)
    const children =
      node.kind === 'map' ? node.entries : node.items.map((value) => ({ at: value.at, value }))
    for (const { at, value } of children) {
      const endsBlank = value.kind === 'scalar' && /(^|\n)\n$/.test(value.text)
      if (!node.flow) owners.set(keyOf(at), { ...at, endsBlank })
      open.push(value)
    }
  }
  return [...owners.values()].toSorted((a, b) => a.line - b.line || a.column - b.column)
}

/** The index of the first owner that begins after a place. */
function firstAfter(owners: Place[], { line, column }: Place): number {
  let low = 0
  let high = owners.length
  while (low < high) {
    const middle = (low + high) >> 1
    const at = owners[middle]
    const isAfter = at !== undefined && (at.line > line || (at.line === line && at.column > column))
    if (isAfter) high = middle
    else low = middle + 1
  }
  return low
}
