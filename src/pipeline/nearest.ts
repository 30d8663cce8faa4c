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
    const distance = editDistance(lower, candidate.toLowerCase())
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

/** How many letters must be changed, added, dropped or swapped with their neighbour. */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row]
    for (let column = 1; column <= b.length; column += 1) {
      const same = a[row - 1] === b[column - 1]
      let cost = Math.min(
        (last[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (last[column - 1] ?? 0) + (same ? 0 : 1),
      )
      const swapped = a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]
      if (row > 1 && column > 1 && swapped) cost = Math.min(cost, (beforeLast[column - 2] ?? 0) + 1)
      current.push(cost)
    }
    beforeLast = last
    last = current
  }
  return last[b.length] ?? 0
}
