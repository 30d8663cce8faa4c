import { base64Forms, maskForms } from './mask-forms.ts'
import { type Finder, finderOf } from './scan.ts'
import { escapesIn, plainView, runAtEnd, type View, withoutEscapes, wrappedBase64 } from './view.ts'

const mark = Buffer.from('***')
const nothing = new Uint8Array(0)

export type Redactor = {
  /** One of these for each stream: it remembers the end of what it has seen. */
  stream(): RedactedStream
  /** A whole text with its secrets masked. */
  text(text: string): string
  /**
   * Masks these too from now on, in every stream, also in those that are open: there in all that has
   * not been shown yet.
   */
  add(masks: readonly string[]): void
}

export type RedactedStream = {
  /** The bytes that can be shown now. What may be the beginning of a secret is held back. */
  push(bytes: Uint8Array): Uint8Array
  /** What was held back, once the stream has ended. */
  end(): Uint8Array
}

/** What is looked for: everywhere, also through colours; and in base64 also over line ends. */
type Patterns = { all: Finder; base64: Finder; masks: readonly string[] }

/**
 * Masks secrets, and what common tools turn them into, as `***`: across chunk boundaries and through
 * escape sequences, the longest match, overlapping ones whole, in time linear in the output however
 * many there are. Every other byte passes unchanged, and escape sequences inside of a secret stay.
 */
export function makeRedactor(masks: readonly string[]): Redactor {
  const known = new Set<string>()
  const layers: Patterns[] = []
  let pending: string[] = []
  add(masks)

  return {
    stream: () => redactedStream(patterns),
    text(text) {
      const stream = redactedStream(patterns)
      const shown = stream.push(Buffer.from(text))
      return Buffer.concat([shown, stream.end()]).toString()
    },
    add,
  }

  function add(more: readonly string[]): void {
    for (const mask of more) {
      if (!known.has(mask)) pending.push(mask)
      known.add(mask)
    }
  }

  /**
   * Made when they are needed. Added ones go with the layers before them that are no larger, so
   * that a thousand, one by one, are ten layers, and none is made more than ten times.
   */
  function patterns(): readonly Patterns[] {
    if (pending.length === 0) return layers
    let together: readonly string[] = pending
    pending = []
    while (layers.length > 0 && layers.at(-1)!.masks.length <= together.length) {
      together = layers.pop()!.masks.concat(together)
    }
    const layer = patternsOf(together)
    if (layer !== null) layers.push(layer)
    return layers
  }
}

function patternsOf(masks: readonly string[]): Patterns | null {
  const forms = maskForms(masks)
  if (forms.size === 0) return null
  const bytesOf = (texts: Iterable<string>) => Array.from(texts, (text) => Buffer.from(text))
  return { all: finderOf(bytesOf(forms)), base64: finderOf(bytesOf(base64Forms(masks))), masks }
}

type Edges = { start: number; end: number }

function redactedStream(patternsNow: () => readonly Patterns[]): RedactedStream {
  let held: Uint8Array = nothing
  /** So many bytes of `held` belong to a secret whose mark was shown already. */
  let covered = 0
  /** So many characters of base64 came right before `held`: a line of it is not told by its end. */
  let runBefore = 0

  return {
    push(bytes) {
      const patterns = patternsNow()
      if (patterns.length === 0 && held.length === 0) {
        runBefore = runAtEnd(bytes, runBefore)
        return bytes
      }
      const seen = held.length === 0 ? bytes : Buffer.concat([held, bytes])
      return show(seen, patterns, false)
    },
    end: () => show(held, patternsNow(), true),
  }

  /** Lets go of all in which nothing can begin that is still to come; at the end of everything. */
  function show(seen: Uint8Array, patterns: readonly Patterns[], isEnd: boolean): Uint8Array {
    const { secrets, settled } = secretsIn(seen, patterns, runBefore)
    const until = isEnd ? seen.length : settled
    const all = covered > 0 ? merged([{ start: 0, end: covered }, ...secrets]) : secrets
    const shown: Uint8Array[] = []
    let from = 0
    let isFirst = covered > 0
    for (const { start, end } of all) {
      // One that reaches beyond may still grow into a longer one: its mark is shown once.
      if (start >= until) break
      const reach = Math.min(end, until)
      shown.push(seen.subarray(from, start))
      if (!isFirst) shown.push(mark)
      shown.push(escapesIn(seen.subarray(start, reach)))
      isFirst = false
      from = reach
      covered = end - reach
    }
    if (all.length === 0 || from < until) covered = 0
    runBefore = runAtEnd(seen.subarray(0, until), runBefore)
    held = seen.subarray(until)
    if (shown.length === 0) return seen.subarray(0, until)
    shown.push(seen.subarray(from, until))
    return Buffer.concat(shown)
  }
}

/** Where secrets lie, in order and apart; and before which byte nothing can still become one. */
function secretsIn(seen: Uint8Array, patterns: readonly Patterns[], runBefore: number) {
  const found: Edges[] = []
  let settled = seen.length
  const look = (finder: Finder, view: View, isOpen: boolean) => {
    const hold = finder.find(view.bytes, (start, end) =>
      found.push({ start: view.startOf(start), end: view.endOf(end) }),
    )
    if (isOpen) settled = Math.min(settled, view.startOf(hold))
  }
  const plain = plainView(seen)
  const hasEscapes = seen.includes(0x1b)
  const shown = hasEscapes ? withoutEscapes(seen) : plain
  const blocks = patterns.length === 0 ? [] : wrappedBase64(shown, runBefore)
  for (const { all, base64 } of patterns) {
    // Each byte as it is, too: what only looks like an escape sequence hides nothing.
    look(all, plain, true)
    if (hasEscapes) look(all, shown, true)
    for (const block of blocks) look(base64, block, block.isOpen)
  }
  return { secrets: merged(found), settled }
}

/** In order, and those that overlap made one. */
function merged(edges: Edges[]): Edges[] {
  if (edges.length < 2) return edges
  edges.sort((one, other) => one.start - other.start)
  const apart: Edges[] = []
  for (const { start, end } of edges) {
    const last = apart.at(-1)
    if (last !== undefined && start < last.end) last.end = Math.max(last.end, end)
    else apart.push({ start, end })
  }
  return apart
}
