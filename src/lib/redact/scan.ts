import { type Automaton, automatonOf } from './automaton.ts'

/** No pattern is shorter, so so many bytes are looked at together. */
export const shortestPattern = 6
const gram = 3
const hashBits = 18

/** Finds where patterns lie in a whole of bytes. */
export type Finder = {
  /**
   * Calls `onFound` with the start and the end of the longest pattern that ends at a byte, for every
   * such byte. Returns where what may be the beginning of a pattern begins: nothing before it can
   * still become one.
   */
  find(bytes: Uint8Array, onFound: OnFound): number
}

/**
 * A finder of patterns of at least six bytes. Stretches in which none can begin are passed over by
 * looking at every fourth byte or so (Wu and Manber, 1994); from where one may begin the automaton
 * reads on, so that no text makes it slower than a few steps a byte.
 */
export function finderOf(patterns: readonly Uint8Array[]): Finder {
  const automaton = automatonOf(patterns)
  const { shifts, begins } = tablesOf(patterns)
  return { find }

  function find(bytes: Uint8Array, onFound: OnFound): number {
    const last = bytes.length - shortestPattern
    let at = 0
    while (at <= last) {
      const shift = shifts[hashAt(bytes, at + shortestPattern - gram)]!
      if (shift > 0) at += shift
      else if (begins[hashAt(bytes, at)] === 0) at += 1
      else {
        const { to, isDecided } = follow(automaton, bytes, at, onFound, true)
        if (!isDecided) return to
        at = to
      }
    }
    // Fewer bytes are left than a pattern has.
    return follow(automaton, bytes, Math.min(at, bytes.length), onFound, false).to
  }
}

type OnFound = (start: number, end: number) => void

/**
 * Reads on from where a pattern may begin. With `leaves` until less than six bytes are still the
 * beginning of one; `to` is where they begin, and where to look on. Else, and where nothing was
 * decided before, to the end of the bytes; `to` is where the beginning of one begins there.
 */
function follow(
  { next, found, depth }: Automaton,
  bytes: Uint8Array,
  from: number,
  onFound: OnFound,
  leaves: boolean,
): { to: number; isDecided: boolean } {
  let state = 0
  for (let at = from; at < bytes.length; at += 1) {
    state = next(state, bytes[at]!)
    const length = found[state]!
    if (length !== 0) onFound(at + 1 - length, at + 1)
    const isDecided = at + 1 - from >= shortestPattern && depth[state]! < shortestPattern
    if (leaves && isDecided) return { to: at + 1 - depth[state]!, isDecided }
  }
  return { to: bytes.length - depth[state]!, isDecided: false }
}

/** How far to go on from a window by its last three bytes, and by which three patterns begin. */
function tablesOf(patterns: readonly Uint8Array[]) {
  const shifts = new Uint8Array(1 << hashBits).fill(shortestPattern - gram + 1)
  const begins = new Uint8Array(1 << hashBits)
  for (const pattern of patterns) {
    for (let at = 0; at + gram <= shortestPattern; at += 1) {
      const hash = hashAt(pattern, at)
      shifts[hash] = Math.min(shifts[hash]!, shortestPattern - gram - at)
    }
    begins[hashAt(pattern, 0)] = 1
  }
  return { shifts, begins }
}

const hashAt = (bytes: Uint8Array, at: number): number =>
  ((bytes[at]! << 11) ^ (bytes[at + 1]! << 5) ^ bytes[at + 2]!) & ((1 << hashBits) - 1)
