const denseStatesMax = 512

/** Finds many byte strings at once, in one pass (Aho–Corasick). State 0 is the beginning. */
export type Automaton = {
  /**
   * Reads bytes from an offset on and gives the state after the last. Calls `onFound` with the
   * start and the end of the longest pattern that ends at a byte.
   */
  read(
    state: number,
    bytes: Uint8Array,
    from: number,
    onFound: (start: number, end: number) => void,
  ): number
  /** By state: how many of the last bytes might be the beginning of a pattern. */
  depth: Int32Array
}

/** Builds the automaton; time and memory grow with the patterns' total length. */
export function automatonOf(patterns: Iterable<Uint8Array>): Automaton {
  const trie = breadthFirst(trieOf(patterns))
  const { size, children, depth, found, fail } = trie
  // Most of a log is read in the states near the beginning. Those get a full row each, one look
  // per byte; the states deep inside a pattern, seldom entered, fall back from suffix to suffix.
  const denseStates = Math.min(size, denseStatesMax)
  const dense = new Int32Array(denseStates * 256)
  for (let state = 0; state < denseStates; state += 1) {
    for (let byte = 0; byte < 256; byte += 1) {
      const fallback = state === 0 ? 0 : dense[fail[state]! * 256 + byte]!
      dense[state * 256 + byte] = children.get(state * 256 + byte) ?? fallback
    }
  }
  const begins = Uint8Array.from(dense.subarray(0, 256), (state) => (state === 0 ? 0 : 1))
  return { read, depth }

  function read(
    state: number,
    bytes: Uint8Array,
    from: number,
    onFound: (start: number, end: number) => void,
  ): number {
    const { length } = bytes
    let now = state
    for (let at = from; at < length; at += 1) {
      // Most bytes are no beginning of anything, so they are passed over in a loop of their own.
      if (now === 0) while (at < length && begins[bytes[at]!] === 0) at += 1
      if (at === length) break
      const byte = bytes[at]!
      now = now < denseStates ? dense[now * 256 + byte]! : deepNext(now, byte)
      const foundBytes = found[now]!
      if (foundBytes !== 0) onFound(at + 1 - foundBytes, at + 1)
    }
    return now
  }

  function deepNext(state: number, byte: number): number {
    let from = state
    while (from >= denseStates) {
      const child = children.get(from * 256 + byte)
      if (child !== undefined) return child
      from = fail[from]!
    }
    return dense[from * 256 + byte]!
  }
}

type Node = { byte: number; depth: number; isEnd: boolean; children: Map<number, Node> }

function trieOf(patterns: Iterable<Uint8Array>): Node {
  const root: Node = { byte: 0, depth: 0, isEnd: false, children: new Map() }
  for (const pattern of patterns) {
    let node = root
    for (const byte of pattern) {
      let child = node.children.get(byte)
      if (child === undefined) {
        child = { byte, depth: node.depth + 1, isEnd: false, children: new Map() }
        node.children.set(byte, child)
      }
      node = child
    }
    node.isEnd = node !== root
  }
  return root
}

/** Numbers the states level by level, so that a state's fallback has a lower number than itself. */
function breadthFirst(root: Node) {
  const nodes = [root]
  const parents = [0]
  const children = new Map<number, number>()
  for (let state = 0; state < nodes.length; state += 1) {
    for (const child of nodes[state]!.children.values()) {
      children.set(state * 256 + child.byte, nodes.length)
      parents.push(state)
      nodes.push(child)
    }
  }
  const size = nodes.length
  const depth = Int32Array.from(nodes, (node) => node.depth)
  const fail = new Int32Array(size)
  const found = new Int32Array(size)
  for (let state = 1; state < size; state += 1) {
    const { byte, isEnd } = nodes[state]!
    fail[state] = fallback(parents[state]!, byte)
    found[state] = isEnd ? depth[state]! : found[fail[state]!]!
  }
  return { size, children, depth, found, fail }

  /** The longest proper suffix of parent + byte that is a state. */
  function fallback(parent: number, byte: number): number {
    let from = parent
    while (from !== 0) {
      from = fail[from]!
      const child = children.get(from * 256 + byte)
      if (child !== undefined) return child
    }
    return 0
  }
}
