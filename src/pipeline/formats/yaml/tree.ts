import {
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  type Document,
  type ParsedNode,
  type Scalar,
} from 'yaml'
import { MiB } from '../../../lib/sizes.ts'
import {
  below,
  clipped,
  error,
  markUnsound,
  warning,
  workflowOf,
  type Spot,
} from '../../findings.ts'
import { nearest } from '../../nearest.ts'
import type { Entry, Node, Place, ScalarNode } from '../../tree.ts'
import { isForbidden } from '../entries.ts'
import { placeOf } from '../lines.ts'

// Counted as if every alias were written out. No file within the size limit comes near it by
// itself, so only aliases of aliases of aliases are refused.
const nodesMax = 100_000

/** Counted likewise. A shared script of a few hundred lines may be in every workflow there is. */
const textLengthMax = 4 * MiB

/** As many as are ever shown; to find a name for one of thousands takes long. */
const suggestionsMax = 200

/**
 * The tree of a document without syntax errors; null where aliases make it too large. An alias
 * is the very node it stands for, so that nothing grows by being named again.
 */
export function convertDocument(
  document: Document<ParsedNode, boolean>,
  text: string,
  lineStarts: number[],
  file: Spot,
): Node | null {
  const work: Work = {
    text,
    lineStarts,
    anchors: new Map(),
    nodes: 0,
    textLength: 0,
    overflow: null,
    undefinedAliases: [],
  }
  const root = convert(document.contents, work, file)
  const names = [...work.anchors.keys()]
  for (const [index, { name, at, spot }] of work.undefinedAliases.entries()) {
    tellUndefinedAlias(name, at, spot, index < suggestionsMax ? names : [])
  }
  if (work.overflow !== null) {
    tellOverflow(work.overflow, work, file)
    return null
  }
  return root
}

function tellOverflow(at: Place, { textLength }: Work, file: Spot) {
  const isText = textLength > textLengthMax
  const much = isText ? `${textLengthMax / MiB} MiB of text` : `${nodesMax} values`
  const remedy = isText
    ? 'Move the long text that is used so often into a file of the repository.'
    : 'Use fewer aliases of lists and mappings that hold aliases themselves.'
  error(file, at, `With its aliases written out the file has more than ${much}.`, remedy)
}

type Work = {
  text: string
  lineStarts: number[]
  anchors: Map<string, Anchored>
  /** Nodes so far, aliases counted in full. */
  nodes: number
  /** UTF-16 units of all text so far, counted likewise. */
  textLength: number
  /** Set at the place where the count ran over. */
  overflow: Place | null
  /** Aliases seen before their anchors are all known: told at the end, with the nearest name. */
  undefinedAliases: { name: string; at: Place; spot: Spot }[]
}

/** `node` is null while the anchored node is still being read: an alias then means itself. */
type Anchored = { node: Node | null; nodes: number; textLength: number }

function convert(item: unknown, work: Work, spot: Spot): Node {
  const at = placeAt(item, work)
  const broken = (): Node => ({ kind: 'broken', at, workflow: workflowOf(spot.trail) })
  work.nodes += 1
  if (work.nodes > nodesMax) {
    work.overflow ??= at
    return broken()
  }
  if (isAlias(item)) return resolveAlias(item.source, at, work, spot) ?? broken()
  if (!isNode(item)) return { kind: 'null', at, text: '' }
  const anchored: Anchored | null = item.anchor ? { node: null, nodes: 0, textLength: 0 } : null
  if (item.anchor && anchored) work.anchors.set(item.anchor, anchored)
  const { nodes, textLength } = work
  const node = convertContent(item, at, work, spot)
  if (anchored !== null) {
    anchored.node = node
    anchored.nodes = work.nodes - nodes + 1
    anchored.textLength = work.textLength - textLength
  }
  return node
}

function convertContent(item: unknown, at: Place, work: Work, spot: Spot): Node {
  if (isMap(item)) {
    if (item.items.some(({ key }) => isMap(key) || isSeq(key))) {
      const remedy = 'If it is a placeholder such as "{{ NAME }}", quote it.'
      error(spot, at, 'A key must be text; here one is a list or a mapping.', remedy)
      return { kind: 'broken', at, workflow: workflowOf(spot.trail) }
    }
    return { kind: 'map', at, entries: entriesOf(item.items, work, spot), flow: !!item.flow }
  }
  if (isSeq(item)) {
    const items = item.items.map((each, index) => convert(each, work, below(spot, index)))
    return { kind: 'list', at, items, flow: !!item.flow }
  }
  return isScalar(item) ? scalarNode(item, at, work) : { kind: 'null', at, text: '' }
}

function scalarNode(scalar: Scalar, at: Place, work: Work): Node {
  const text = scalar.source ?? ''
  work.textLength += text.length
  const quoted = scalar.type !== 'PLAIN'
  if (!quoted && /^(|~|null|Null|NULL)$/.test(text)) return { kind: 'null', at, text }
  return { kind: 'scalar', at, text, quoted, joined: !quoted && joinedAs(scalar, work.text) }
}

/** Where the second line begins with an option or an operator, or the first ends with one. */
function joinedAs({ range }: Scalar, text: string): ScalarNode['joined'] {
  const [first = '', second] = text.slice(range?.[0], range?.[1]).split(/\r?\n/, 2)
  if (second === undefined) return false
  const goesOn = /^\s*(--?\w|&&|\|)/.test(second) || /(&&|\|)\s*$/.test(first)
  return goesOn ? 'continued' : 'separate'
}

type Pair = { key: unknown; value: unknown }

/**
 * The entries of a mapping, merged ones first. What is written beats what is merged; of two `<<`
 * the later wins, of several names in one `<<` the earlier: as PyYAML does it, and with it, to
 * all appearances, Codemagic.
 */
function entriesOf(pairs: Pair[], work: Work, spot: Spot): Entry[] {
  const merged = new Map<string, Entry>()
  const own = new Map<string, Entry>()
  for (const pair of pairs) {
    const keyAt = placeAt(pair.key, work)
    const key = keyText(pair.key, keyAt, work, spot)
    if (key === null) continue
    const inside = below(spot, key)
    tellComment(pair, work, inside)
    const value: Node = isNode(pair.value)
      ? convert(pair.value, work, inside)
      : { kind: 'null', at: keyAt, text: '' }
    if (key === '<<' && isPlain(pair.key)) {
      for (const entry of mergedEntries(value, keyAt, inside)) merged.set(entry.key, entry)
      continue
    }
    if (isForbidden(key, keyAt, inside)) continue
    const earlier = own.get(key)
    if (earlier !== undefined) tellTwice(key, earlier.at, keyAt, inside)
    own.set(key, { key, at: keyAt, value })
  }
  if (merged.size === 0) return [...own.values()]
  for (const [key, entry] of own) merged.set(key, entry)
  return [...merged.values()]
}

/** `channel: #builds` is a key without a value, and a comment. */
function tellComment({ key, value }: Pair, work: Work, spot: Spot) {
  if (!isScalar(key) || !isScalar(value) || value.source !== '') return
  const end = key.range?.[1] ?? 0
  const comment = /^["']?[ \t]*:[ \t]+(#[^\s#][^\n]*)/.exec(work.text.slice(end, end + 200))?.[1]
  if (comment === undefined) return
  const shown = clipped(comment.trim(), 60)
  const message = `"${shown}" is a comment, so that "${clipped(key.source ?? '', 60)}" has no value.`
  warning(spot, placeAt(key, work), message, `If it is the value, quote it: '${shown}'`)
}

function keyText(key: unknown, at: Place, work: Work, spot: Spot): string | null {
  if (isScalar(key)) {
    if (key.anchor) {
      const node = scalarNode(key, at, work)
      work.anchors.set(key.anchor, { node, nodes: 1, textLength: key.source?.length ?? 0 })
    }
    return key.source ?? ''
  }
  if (isAlias(key)) {
    const node = resolveAlias(key.source, at, work, spot)
    if (node === null) return null
    if (node.kind === 'scalar') return node.text
  }
  error(spot, at, 'A key must be text.', 'Write a word in front of the colon.')
  return null
}

const isPlain = (key: unknown): boolean => isScalar(key) && key.type === 'PLAIN'

function mergedEntries(value: Node, at: Place, spot: Spot): Entry[] {
  const sources = value.kind === 'list' ? value.items.toReversed() : [value]
  if (sources.some(({ kind }) => kind !== 'map' && kind !== 'broken')) {
    const remedy = 'Write "<<: *name", with "&name" at a mapping.'
    error(spot, at, '"<<" must name a mapping.', remedy)
  }
  return sources.flatMap((source) => (source.kind === 'map' ? source.entries : []))
}

function tellTwice(key: string, first: Place, second: Place, spot: Spot) {
  const name = JSON.stringify(key)
  warning(
    spot,
    first,
    `${name} is written again at line ${second.line}; that one wins, this one has no effect.`,
    'Keep one of the two.',
  )
  warning(
    spot,
    second,
    `${name} was already written at line ${first.line}; this one wins.`,
    'Keep one of the two.',
  )
}

/** What an alias stands for; null, and a problem, where it stands for nothing. */
function resolveAlias(name: string, at: Place, work: Work, spot: Spot): Node | null {
  const target = work.anchors.get(name)
  if (target === undefined) {
    work.undefinedAliases.push({ name, at, spot })
    markUnsound(spot)
    return null
  }
  if (target.node === null) {
    error(spot, at, `"*${name}" stands inside "&${name}", so it would contain itself.`, null)
    return null
  }
  work.nodes += target.nodes
  work.textLength += target.textLength
  if (work.nodes > nodesMax || work.textLength > textLengthMax) work.overflow ??= at
  return target.node
}

function tellUndefinedAlias(name: string, at: Place, spot: Spot, names: string[]) {
  if (!/^\w([\w-]*\w)?$/.test(name)) {
    const message = `An unquoted "*" begins an alias, and there is no anchor "&${name}".`
    error(spot, at, message, `If it is a pattern, quote it: '*${name}'`)
    return
  }
  const similar = nearest(name, names)
  if (names.includes(name)) {
    const message = `"*${name}" stands above its anchor "&${name}".`
    error(spot, at, message, 'Define the anchor above the first line that uses it.')
    return
  }
  const remedy =
    similar === null
      ? `Write "&${name}" in front of the value it stands for, above this line.`
      : `Did you mean "*${similar}"?`
  error(spot, at, `"*${name}" names an anchor that is not defined above it.`, remedy)
}

function placeAt(item: unknown, work: Work): Place {
  const offset = isNode(item) ? (item.range?.[0] ?? 0) : 0
  return placeOf(work.lineStarts, offset)
}
