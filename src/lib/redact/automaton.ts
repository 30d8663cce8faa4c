const denseStatesMax = 512

/**
 * Finds many byte strings at once, in one pass (Aho–Corasick). State 0 is the beginning. Kept in flat
 * arrays, some twenty bytes a state: the forms of a few private keys have hundreds of thousands.
 */
export type Automaton = {
  /** The state after one more byte. */
  next(state: number, byte: number): number
  /** By state: the length of the longest pattern that ends there, or 0. */
  found: Int32Array
  /** By state: how many of the last bytes might be the beginning of a pattern. */
  depth: Int32Array
}

/** Builds the automaton; time and memory grow with the patterns' total length. */
export function automatonOf(patterns: Iterable<Uint8Array>): Automaton {
  const { size, bytes, first, sibling, depth, isEnd, parent } = breadthFirst(trieOf(patterns))
  const fail = new Int32Array(size)
  const found = new Int32Array(size)
  for (let state = 1; state < size; state += 1) {
    fail[state] = parent[state] === 0 ? 0 : fallback(fail[parent[state]!]!, bytes[state]!)
    found[state] = isEnd[state] === 1 ? depth[state]! : found[fail[state]!]!
  }

  // Most of a log is read in the states near the beginning. Those get a full row each, one look
  // per byte; the states deep inside a pattern, seldom entered, fall back from suffix to suffix.
  const denseStates = Math.min(size, denseStatesMax)
  const dense = new Int32Array(denseStates * 256)
  for (let state = 0; state < denseStates; state += 1) {
    const row = state * 256
    if (state > 0) dense.copyWithin(row, fail[state]! * 256, fail[state]! * 256 + 256)
    for (let child = first[state]!; child !== 0; child = sibling[child]!) {
      dense[row + bytes[child]!] = child
    }
  }
  return { next, found, depth }

  function next(state: number, byte: number): number {
    return state < denseStates ? dense[state * 256 + byte]! : deepNext(state, byte)
  }

  function deepNext(state: number, byte: number): number {
    for (let from = state; from >= denseStates; from = fail[from]!) {
      const child = childOf(from, byte)
      if (child !== 0) return child
      if (fail[from]! < denseStates) return dense[fail[from]! * 256 + byte]!
    }
    return 0
  }

  function childOf(state: number, byte: number): number {
    let child = first[state]!
    while (child !== 0 && bytes[child] !== byte) child = sibling[child]!
    return child
  }

  /** The state of the longest suffix that goes on with this byte. */
  function fallback(state: number, byte: number): number {
    for (let from = state; ; from = fail[from]!) {
      const child = childOf(from, byte)
      if (child !== 0 || from === 0) return child
    }
  }
}

type Trie = {
  size: number
  /** The byte that leads to a state. */
  bytes: Uint8Array
  /** The first child of a state, and the next child of its parent; 0 is none. */
  first: Int32Array
  sibling: Int32Array
  depth: Int32Array
  isEnd: Uint8Array
  parent: Int32Array
}

function emptyTrie(capacity: number): Trie {
  return {
    size: 1,
    bytes: new Uint8Array(capacity),
    first: new Int32Array(capacity),
    sibling: new Int32Array(capacity),
    depth: new Int32Array(capacity),
    isEnd: new Uint8Array(capacity),
    parent: new Int32Array(capacity),
  }
}

function trieOf(patterns: Iterable<Uint8Array>): Trie {
  const all = [...patterns]
  const trie = emptyTrie(1 + all.reduce((sum, { length }) => sum + length, 0))
  // The root has so many children that looking through them in a row would take its time.
  const roots = new Int32Array(256)
  for (const pattern of all) {
    let state = 0
    for (const byte of pattern) {
      let child = state === 0 ? roots[byte]! : trie.first[state]!
      while (child !== 0 && trie.bytes[child] !== byte) child = trie.sibling[child]!
      if (child === 0) {
        child = added(trie, state, byte)
        if (state === 0) roots[byte] = child
      }
      state = child
    }
    if (state !== 0) trie.isEnd[state] = 1
  }
  return trie
}

function added(trie: Trie, parent: number, byte: number): number {
  const state = trie.size
  trie.size += 1
  trie.bytes[state] = byte
  trie.parent[state] = parent
  trie.depth[state] = trie.depth[parent]! + 1
  trie.sibling[state] = trie.first[parent]!
  trie.first[parent] = state
  return state
}

/** Numbers the states level by level, so that a state's fallback has a lower number than itself. */
function breadthFirst(trie: Trie): Trie {
  const { size } = trie
  const order = new Int32Array(size)
  const number = new Int32Array(size)
  let filled = 1
  for (let at = 0; at < filled; at += 1) {
    for (let child = trie.first[order[at]!]!; child !== 0; child = trie.sibling[child]!) {
      number[child] = filled
      order[filled] = child
      filled += 1
    }
  }
  const renumbered = emptyTrie(size)
  renumbered.size = size
  for (let at = 0; at < size; at += 1) {
    const old = order[at]!
    renumbered.bytes[at] = trie.bytes[old]!
    renumbered.first[at] = number[trie.first[old]!]!
    renumbered.sibling[at] = number[trie.sibling[old]!]!
    renumbered.depth[at] = trie.depth[old]!
    renumbered.isEnd[at] = trie.isEnd[old]!
    renumbered.parent[at] = number[trie.parent[old]!]!
  }
  return renumbered
}
