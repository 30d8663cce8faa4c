/** One line of a comparison, numbered from 1 in the texts that have it. */
export type DiffLine =
  | { is: 'same'; text: string; before: number; after: number }
  | { is: 'removed'; text: string; before: number }
  | { is: 'added'; text: string; after: number }

/** Beyond this many changed lines the changed part counts as replaced, in time linear in it. */
const editsMax = 1_000

/**
 * What makes `before` into `after`, line by line, with as few removed and added lines as possible:
 * E. W. Myers, "An O(ND) Difference Algorithm and Its Variations" (1986), on the part between what
 * both begin and end with. Line ends count only where they differ in more than CRLF and LF.
 */
export function lineDiff(before: string, after: string): DiffLine[] {
  const a = linesOf(before)
  const b = linesOf(after)
  let head = 0
  while (head < a.length && head < b.length && a[head] === b[head]) head += 1
  let tail = 0
  const rest = Math.min(a.length, b.length) - head
  while (tail < rest && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail += 1

  const lines: DiffLine[] = []
  for (let line = 0; line < head; line += 1) lines.push(same(a, line, line))
  lines.push(...middle(a, b, { head, endA: a.length - tail, endB: b.length - tail }))
  for (let left = tail; left > 0; left -= 1) lines.push(same(a, a.length - left, b.length - left))
  return lines
}

/** Some lines of a comparison that belong together. */
export type Hunk = { lines: DiffLine[]; /** Unchanged lines left out before it. */ skipped: number }

const contextLines = 3

/** The changes with three lines around them each; nothing where nothing changed. */
export function hunksOf(lines: readonly DiffLine[]): Hunk[] {
  const near = new Set<number>()
  lines.forEach((line, index) => {
    if (line.is === 'same') return
    for (let at = index - contextLines; at <= index + contextLines; at += 1) near.add(at)
  })
  const hunks: Hunk[] = []
  let skipped = 0
  lines.forEach((line, index) => {
    if (!near.has(index)) {
      skipped += 1
      return
    }
    if (skipped > 0 || hunks.length === 0) hunks.push({ lines: [], skipped })
    skipped = 0
    hunks.at(-1)?.lines.push(line)
  })
  return hunks
}

const linesOf = (text: string): string[] =>
  text === '' ? [] : text.replace(/\r?\n$/, '').split(/\r?\n/)

const same = (a: readonly string[], before: number, after: number): DiffLine => ({
  is: 'same',
  text: a[before] ?? '',
  before: before + 1,
  after: after + 1,
})

type Window = { head: number; endA: number; endB: number }

function middle(a: readonly string[], b: readonly string[], window: Window): DiffLine[] {
  const { head, endA, endB } = window
  const lines: DiffLine[] = []
  let x = head
  let y = head
  const goTo = (toX: number, toY: number) => {
    for (; x < toX; x += 1) lines.push({ is: 'removed', text: a[x] ?? '', before: x + 1 })
    for (; y < toY; y += 1) lines.push({ is: 'added', text: b[y] ?? '', after: y + 1 })
  }
  for (const match of matches(a.slice(head, endA), b.slice(head, endB))) {
    goTo(head + match.x, head + match.y)
    lines.push(same(a, x, y))
    x += 1
    y += 1
  }
  goTo(endA, endB)
  return lines
}

/** The lines that stay, by their places in both; none where more than `editsMax` would change. */
function matches(a: readonly string[], b: readonly string[]): { x: number; y: number }[] {
  const most = Math.min(a.length + b.length, editsMax)
  // For each diagonal k = x - y, how far a path with d edits reaches.
  const reach = new Int32Array(2 * most + 2)
  const trace: Int32Array[] = []
  const at = (k: number) => reach[k + most] ?? 0
  for (let d = 0; d <= most; d += 1) {
    trace.push(reach.slice(most - d, most + d + 1))
    for (let k = -d; k <= d; k += 2) {
      let x = k === -d || (k !== d && at(k - 1) < at(k + 1)) ? at(k + 1) : at(k - 1) + 1
      while (x < a.length && x - k < b.length && a[x] === b[x - k]) x += 1
      reach[k + most] = x
      if (x >= a.length && x - k >= b.length) return walkBack(trace, a.length, b.length)
    }
  }
  return []
}

/** From the end to the beginning, along the path that `trace` remembers. */
function walkBack(trace: readonly Int32Array[], endX: number, endY: number) {
  const found: { x: number; y: number }[] = []
  let x = endX
  let y = endY
  for (let d = trace.length - 1; d >= 0; d -= 1) {
    const row = trace[d]
    const at = (k: number) => row?.[k + d] ?? 0
    const k = x - y
    const down = k === -d || (k !== d && at(k - 1) < at(k + 1))
    const fromK = down ? k + 1 : k - 1
    const fromX = d === 0 ? 0 : at(fromK)
    const fromY = d === 0 ? 0 : fromX - fromK
    while (x > fromX && y > fromY) {
      x -= 1
      y -= 1
      found.push({ x, y })
    }
    x = fromX
    y = fromY
  }
  return found.toReversed()
}
