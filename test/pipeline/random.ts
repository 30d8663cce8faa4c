/** A number from 0 to below a bound. */
export type Random = (below: number) => number

/** A small generator (mulberry32): the same numbers for the same seed on every machine. */
export function generator(start: number): Random {
  let state = start
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}

/** A text with a few pieces put in, taken out, exchanged or moved. */
export function mutate(content: string, pieces: string[], random: Random): string {
  let mutated = content
  for (let count = 1 + random(4); count > 0; count -= 1) {
    const at = random(mutated.length + 1)
    const kind = random(5)
    const length = random(12)
    const piece = pieces[random(pieces.length)] ?? ''
    if (kind === 0) mutated = mutated.slice(0, at) + piece + mutated.slice(at)
    else if (kind === 1) mutated = mutated.slice(0, at) + mutated.slice(at + length)
    else if (kind === 2) mutated = mutated.slice(0, at) + piece + mutated.slice(at + length)
    else if (kind === 3) mutated = swapLines(mutated, random)
    else mutated = mutated.slice(0, at) + mutated.slice(random(mutated.length + 1))
  }
  return mutated
}

function swapLines(content: string, random: Random): string {
  const lines = content.split('\n')
  const one = random(lines.length)
  const other = random(lines.length)
  const kept = lines[one] ?? ''
  lines[one] = lines[other] ?? ''
  lines[other] = kept
  return lines.join('\n')
}
