import { below, clipped, error, pathOf, warning, workflowOf, type Spot } from '../findings.ts'
import { nearest } from '../nearest.ts'
import type { MapNode, Node } from '../tree.ts'

/**
 * What may stand somewhere, and how it is read. The language is put together from shapes as a
 * table (workflow.ts); they hold what is to be checked, so nothing is checked twice.
 */
export type Shape<T> = {
  /** Completes "must be …". */
  wants: string
  /** What to write, in a sentence. */
  remedy: string
  /** The value; null where it is wrong, and then its problems have been reported. */
  read(node: Node, spot: Spot): T | null
}

/** Words as written: a number or `true` is fine too, and keeps its digits. */
export const text: Shape<string> = {
  wants: 'text',
  remedy: 'Write it on one line, in quotes if it has signs such as { [ * & : #.',
  read: (node, spot) => (node.kind === 'scalar' ? node.text : mismatch(text, node, spot)),
}

export const yesOrNo: Shape<boolean> = {
  wants: 'true or false',
  remedy: 'Write true or false.',
  read(node, spot) {
    const word = node.kind === 'scalar' ? node.text.toLowerCase() : ''
    if (['true', 'yes', 'on'].includes(word)) return true
    if (['false', 'no', 'off'].includes(word)) return false
    return mismatch(yesOrNo, node, spot)
  },
}

export function wholeNumber(min: number, max: number, unit: string): Shape<number> {
  const shape: Shape<number> = {
    wants: `a whole number of ${unit} from ${min} to ${max}`,
    remedy: `Write a number from ${min} to ${max}, without a unit.`,
    read(node, spot) {
      const number = node.kind === 'scalar' && /^\d{1,9}$/.test(node.text) ? Number(node.text) : NaN
      return number >= min && number <= max ? number : mismatch(shape, node, spot)
    },
  }
  return shape
}

export function oneOf<const T extends string>(words: readonly T[]): Shape<T> {
  const shape: Shape<T> = {
    wants: `one of ${words.join(', ')}`,
    remedy: `Write ${words[0] ?? ''}, for example.`,
    read(node, spot) {
      if (node.kind !== 'scalar') return mismatch(shape, node, spot)
      const word = words.find((each) => each === node.text)
      if (word !== undefined) return word
      const similar = nearest(node.text, [...words])
      return mismatch(shape, node, spot, similar === null ? null : `Did you mean ${similar}?`)
    },
  }
  return shape
}

/** A list; nothing at all is an empty one, since items are often commented out. */
export function list<T>(of: Shape<T>, example: string): Shape<T[]> {
  const shape: Shape<T[]> = {
    wants: 'a list',
    remedy: `Write one item a line: "${example}"`,
    read(node, spot) {
      if (node.kind === 'null') return []
      if (node.kind !== 'list') {
        const item = node.kind === 'scalar' ? `- ${clipped(node.text, 60)}` : example
        return mismatch(shape, node, spot, `Write one item a line: "${item}"`)
      }
      return node.items.flatMap((item, index) => {
        const value = of.read(item, below(spot, index))
        return value === null ? [] : [value]
      })
    },
  }
  return shape
}

type Keys = Record<string, Shape<unknown>>
type Values<K extends Keys> = { [N in keyof K]: K[N] extends Shape<infer T> ? T | null : never }

export type Table<K extends Keys> = {
  /** What such a mapping is called, with its article: "a workflow". */
  called: string
  keys: K
  /** Keys that must be there, and what to write for them. */
  required?: Record<string, string>
  /** Keys of the language that this version reads over, and what follows from that. */
  later?: Record<string, string>
  /** Keys that people write here and that belong elsewhere, and what to do with them. */
  elsewhere?: Record<string, Elsewhere>
}

/** `effect` completes `"key" has no effect here`. */
export type Elsewhere = { effect?: string; remedy: string }

/** A mapping with known keys. A key without a value counts as not written. */
export function map<K extends Keys>(table: Table<K>, example: string): Shape<Values<K>> {
  const shape: Shape<Values<K>> = {
    wants: 'a mapping',
    remedy: `Write it like ${example}`,
    read(node, spot) {
      if (node.kind === 'map') return valuesOf(node, table, spot)
      // Someone who wrote only a word most likely meant the one key that must be there.
      const [only] = node.kind === 'scalar' ? Object.keys(table.required ?? {}) : []
      if (only === undefined || node.kind !== 'scalar') return mismatch(shape, node, spot)
      return mismatch(shape, node, spot, `Write "${only}: '${clipped(node.text, 60)}'".`)
    },
  }
  return shape
}

function valuesOf<K extends Keys>(node: MapNode, table: Table<K>, spot: Spot): Values<K> {
  const values: Record<string, unknown> = {}
  for (const key of Object.keys(table.keys)) values[key] = null
  for (const entry of node.entries) {
    const inside = below(spot, entry.key)
    const shape = own(table.keys, entry.key)
    if (shape === null) tellUnread(entry.key, table, { ...inside, at: entry.at })
    else if (entry.value.kind !== 'null') values[entry.key] = shape.read(entry.value, inside)
  }
  for (const key of Object.keys(table.required ?? {})) {
    const entry = node.entries.find((each) => each.key === key)
    if (entry !== undefined && entry.value.kind !== 'null') continue
    const message = `${pathOf(spot.trail)} has no ${key}.`
    error(spot, entry?.at ?? node.at, message, table.required?.[key] ?? null)
  }
  return values as Values<K>
}

function tellUnread(key: string, table: Table<Keys>, spot: Spot & { at: Node['at'] }) {
  const later = own(table.later ?? {}, key)
  if (later !== null) {
    const message = `This version of Oore does not carry out "${key}" yet: ${later}.`
    warning(spot, spot.at, message, null)
    return
  }
  const elsewhere = own(table.elsewhere ?? {}, key)
  if (elsewhere !== null) {
    const effect = elsewhere.effect === undefined ? '' : `: ${elsewhere.effect}`
    warning(spot, spot.at, `"${key}" has no effect here${effect}.`, elsewhere.remedy)
    return
  }
  const known = [...Object.keys(table.keys), ...Object.keys(table.later ?? {})]
  const similar = nearest(key, known)
  warning(
    spot,
    spot.at,
    `"${clipped(key, 60)}" is not a key of ${table.called}; it is ignored.`,
    similar === null ? `Known here: ${known.join(', ')}.` : `Did you mean "${similar}"?`,
  )
}

/** A table's own entry: `toString` is no key of anything. */
const own = <T>(table: Record<string, T>, key: string): T | null =>
  Object.hasOwn(table, key) ? (table[key] ?? null) : null

/** Report that something else stands where a shape is wanted. */
export function mismatch(
  shape: { wants: string; remedy: string },
  node: Node,
  spot: Spot,
  suggestion: string | null = null,
): null {
  if (node.kind === 'broken') {
    // Told where it is written; told again only under a workflow that has it by an alias.
    if (node.workflow === workflowOf(spot.trail)) return null
    const message = `${pathOf(spot.trail)} comes from here by an alias, and cannot be read.`
    error(spot, node.at, message, 'Mend it here.')
    return null
  }
  const remedy = suggestion ?? placeholderRemedy(node) ?? shape.remedy
  error(
    spot,
    node.at,
    `${pathOf(spot.trail)} must be ${shape.wants}, found ${found(node)}.`,
    remedy,
  )
  return null
}

/** `{NAME}` looks like a placeholder and is a mapping to YAML. */
function placeholderRemedy(node: Node): string | null {
  const [only] = node.kind === 'map' && node.flow && node.entries.length === 1 ? node.entries : []
  if (only?.value.kind !== 'null') return null
  return `Braces make it a mapping. Write '{${only.key}}' in quotes, or $${only.key}.`
}

/** What a node is, in words: `a list`, `the number 12`, `the text "abc"`. */
export function found(node: Node): string {
  switch (node.kind) {
    case 'map':
      return 'a mapping'
    case 'list':
      return 'a list'
    case 'null':
      return 'nothing'
    case 'broken':
      return 'something unreadable'
    case 'scalar':
      return foundText(clipped(node.text, 40), node.quoted)
  }
}

function foundText(shown: string, quoted: boolean): string {
  if (!quoted && /^[+-]?\d+(\.\d*)?$/.test(shown)) return `the number ${shown}`
  if (!quoted && /^(true|false)$/i.test(shown)) return shown
  return `the text ${JSON.stringify(shown)}`
}
