const wordLengthMax = 40
// A hostile file may have thousands of names and ask for the nearest of them as often.
const candidatesMax = 100

/** The candidate that `word` is most likely a misspelling of, or null where none is close. */
export function nearest(word: string, candidates: string[]): string | null {
  if (word.length > wordLengthMax || candidates.length > candidatesMax) return null
  const lower = word.toLowerCase()
  let best: string | null = null
  let bestDistance = Math.max(1, Math.floor(word.length / 3)) + 1
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - word.length) >= bestDistance) continue
    const distance = editDistance(lower, candidate.toLowerCase(), bestDistance)
    if (distance < bestDistance) {
      best = candidate
      bestDistance = distance
    }
  }
  return best ?? candidateWithWords(lower, candidates)
}

/** `max_duration` is too far from `max_build_duration` by letters, but has its words. */
function candidateWithWords(word: string, candidates: string[]): string | null {
  const words = word.split(/[_-]/)
  for (const candidate of candidates) {
    const known = candidate.toLowerCase().split(/[_-]/)
    if (known.length > words.length && words.every((each) => known.includes(each))) return candidate
  }
  return null
}

/**
 * How many letters must be changed, added, dropped or swapped with their neighbour; where that is
 * `tooMany` or more, `tooMany`. Only what lies so near to the diagonal is computed: hostile files
 * ask for this a hundred thousand times.
 */
function editDistance(a: string, b: string, tooMany: number): number {
  let [beforeLast, last, current] = [rowOf(b.length), rowOf(b.length), rowOf(b.length)]
  for (let column = 0; column <= b.length; column += 1) last[column] = column
  for (let row = 1; row <= a.length; row += 1) {
    const from = Math.max(1, row - tooMany)
    const to = Math.min(b.length, row + tooMany)
    current.fill(tooMany)
    if (from === 1) current[0] = row
    let least = current[from - 1] ?? 0
    for (let column = from; column <= to; column += 1) {
      const same = a[row - 1] === b[column - 1]
      let cost = Math.min(
        (last[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (last[column - 1] ?? 0) + (same ? 0 : 1),
      )
      const swapped = a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]
      if (row > 1 && column > 1 && swapped) cost = Math.min(cost, (beforeLast[column - 2] ?? 0) + 1)
      current[column] = cost
      least = Math.min(least, cost)
    }
    // No later row holds less: even a swap, which reaches back two rows, costs one more than there.
    if (least >= tooMany) return tooMany
    ;[beforeLast, last, current] = [last, current, beforeLast]
  }
  return Math.min(tooMany, last[b.length] ?? 0)
}

const rowOf = (length: number): Uint8Array => new Uint8Array(length + 1)
