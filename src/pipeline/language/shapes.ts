import { below, clipped, error, pathOf, warning, workflowOf, type Spot } from '../findings.ts'
import type { JsonSchema } from '../json-schema.ts'
import { nearest } from '../nearest.ts'
import type { MapNode, Node, NullNode, ScalarNode } from '../tree.ts'
import {
  emptyItemRemedy,
  found,
  insteadOfMap,
  listRemedy,
  placeholderRemedy,
  quoted,
} from './words.ts'

/**
 * What may stand somewhere, and how it is read. The language is put together from shapes as a
 * table (workflow.ts); they hold what is to be checked, so nothing is checked twice. The JSON
 * schema and the reference page are made from the same shapes.
 */
export type Shape<T> = {
  /** Completes "must be …". */
  wants: string
  /** What to write, in a sentence. */
  remedy: string
  /** What a program that knows JSON Schema may check of it. */
  schema: JsonSchema
  /** The keys of a mapping, and of what stands in it, for the reference page. */
  table?: Table<Keys>
  /** What the items of a list are. */
  items?: Shape<unknown>
  /** What stands below each id that the author chooses, and such an id. */
  ids?: { example: string; of: Shape<unknown> }
  /** The value; null where it is wrong, and then its problems have been reported. */
  read(node: Node, spot: Spot): T | null
}

/** Words as written: a number or `true` is fine too, and keeps its digits. */
export const text: Shape<string> = {
  wants: 'text',
  remedy: 'Write it on one line, in quotes if it has signs such as { [ * & : #.',
  schema: { type: ['string', 'number', 'boolean'] },
  read(node, spot) {
    if (node.kind !== 'scalar') return mismatch(text, node, spot)
    tellEncrypted(node, spot)
    return node.text
  },
}

/** Only Codemagic can read what it has encrypted: `Encrypted(…)` must be entered again. */
export function tellEncrypted(node: ScalarNode | NullNode, spot: Spot) {
  if (!/^\s*Encrypted\(.*\)\s*$/s.test(node.text)) return
  const message = `${pathOf(spot.trail)} was encrypted by Codemagic, which alone can read it.`
  const remedy = 'Enter the value again; until then the steps see this text instead of it.'
  warning(spot, node.at, message, remedy)
}

/** `${{ inputs.… }}` as a schema: what it will be, no program can know. */
export const orInput = (...schemas: JsonSchema[]): JsonSchema => ({
  anyOf: [...schemas, { type: 'string', pattern: '\\$\\{\\{' }],
})

export const yesOrNo: Shape<boolean> = {
  wants: 'true or false',
  remedy: 'Write true or false.',
  schema: orInput(
    { type: 'boolean' },
    { type: 'string', pattern: '^([Tt]rue|[Ff]alse|[Yy]es|[Nn]o|[Oo]n|[Oo]ff)$' },
  ),
  read(node, spot) {
    if (isOpen(node)) return null
    const word = node.kind === 'scalar' ? node.text.toLowerCase() : ''
    if (['true', 'yes', 'on'].includes(word)) return true
    if (['false', 'no', 'off'].includes(word)) return false
    return mismatch(yesOrNo, node, spot)
  },
}

export function wholeNumber(min: number, max: number, unit: string): Shape<number> {
  const shape: Shape<number> = {
    wants: `a whole number ${unit === '' ? '' : `of ${unit} `}from ${min} to ${max}`,
    remedy: `Write a number from ${min} to ${max}${unit === '' ? '' : ', without a unit'}.`,
    schema: orInput(
      { type: 'integer', minimum: min, maximum: max },
      { type: 'string', pattern: '^[0-9]{1,9}$' },
    ),
    read(node, spot) {
      if (isOpen(node)) return null
      const number = node.kind === 'scalar' && /^\d{1,9}$/.test(node.text) ? Number(node.text) : NaN
      return number >= min && number <= max ? number : mismatch(shape, node, spot)
    },
  }
  return shape
}

/** One of some words. `others` are words that people write instead, and what to tell them. */
export function oneOf<const T extends string>(
  words: readonly T[],
  others: Record<string, string> = {},
): Shape<T> {
  const shape: Shape<T> = {
    wants: words.length === 1 ? `"${words.join('')}"` : `one of ${words.join(', ')}`,
    remedy: `Write ${words[0] ?? ''}${words.length === 1 ? '' : ', for example'}.`,
    schema: orInput({ enum: words }),
    read(node, spot) {
      if (isOpen(node)) return null
      if (node.kind !== 'scalar') return mismatch(shape, node, spot)
      const word = words.find((each) => each === node.text)
      if (word !== undefined) return word
      const other = own(others, node.text.toLowerCase())
      const similar = nearest(node.text, [...words])
      return mismatch(
        shape,
        node,
        spot,
        other ?? (similar === null ? null : `Did you mean ${similar}?`),
      )
    },
  }
  return shape
}

/** A value that the build's variables may hold: `$TRACK` is taken as it is, and put in later. */
export function orVariable<T>(shape: Shape<T>): Shape<T | string> {
  return {
    ...shape,
    schema: { anyOf: [shape.schema, { type: 'string', pattern: '^\\$' }] },
    read: (node, spot) =>
      node.kind === 'scalar' && /^\$(\w+|\{\w+\})$/.test(node.text)
        ? node.text
        : shape.read(node, spot),
  }
}

/** A list; nothing at all is an empty one, since items are often commented out. */
export function list<T>(of: Shape<T>, example: string): Shape<T[]> {
  const shape: Shape<T[]> = {
    wants: 'a list',
    remedy: `Write one item a line: "${example}"`,
    schema: { type: ['array', 'null'], items: of.schema },
    items: of,
    read(node, spot) {
      if (node.kind === 'null') return []
      if (node.kind !== 'list') {
        return mismatch(shape, node, spot, listRemedy(node, example))
      }
      return node.items.flatMap((item, index) => {
        const value = of.read(item, below(spot, index))
        return value === null ? [] : [value]
      })
    },
  }
  return shape
}

/** A mapping of names that the author chooses; a name without a value is left out. */
export function record<T>(of: Shape<T>, example: string): Shape<Record<string, T>> {
  const shape: Shape<Record<string, T>> = {
    wants: 'a mapping',
    remedy: `Write it like ${example}`,
    schema: {
      type: ['object', 'null'],
      additionalProperties: { anyOf: [of.schema, { type: 'null' }] },
    },
    read(node, spot) {
      if (node.kind !== 'map') return mismatch(shape, node, spot, insteadOfMap(node, undefined))
      return Object.fromEntries(
        node.entries.flatMap(({ key, value }) => {
          const read = value.kind === 'null' ? null : of.read(value, below(spot, key))
          return read === null ? [] : [[key, read]]
        }),
      )
    },
  }
  return shape
}

/** Either of two: a list of both forms is common in real files. */
export function either<A, B>(
  one: Shape<A>,
  isOne: (node: Node) => boolean,
  other: Shape<B>,
): Shape<A | B> {
  return {
    wants: `${one.wants} or ${other.wants}`,
    remedy: other.remedy,
    schema: { anyOf: [one.schema, other.schema] },
    ...(other.table === undefined ? {} : { table: other.table }),
    read: (node, spot) => (isOne(node) ? one.read(node, spot) : other.read(node, spot)),
  }
}

/** What a key of a mapping holds, what it does, and an example that the tests run. */
export type Key<T> = {
  shape: Shape<T>
  /** Markdown, for the reference page and for editors. */
  says: string
  /** The key with its value, as it is written in YAML. */
  example: string
  /**
   * The keys, of the same mapping or of one around it, without which this one says little: its
   * example shows them too.
   */
  beside: readonly string[]
}

export const key = <T>(
  shape: Shape<T>,
  says: string,
  example: string,
  beside: readonly string[] = [],
): Key<T> => ({ shape, says, example, beside })

export type Keys = Record<string, Key<unknown>>

/** What is read of a mapping; null where a key was not written or is wrong. */
export type ValuesOf<K extends Keys> = {
  [N in keyof K]: K[N] extends Key<infer T> ? T | null : never
}

export type Table<K extends Keys> = {
  /** What such a mapping is called, with its article: "a workflow". */
  called: string
  keys: K
  /** The key that is meant where someone wrote a list, or a word, in place of the mapping. */
  mainList?: string
  /** Keys that must be there, and what to write for them. */
  required?: Record<string, string>
  /** Keys that people write here and that belong elsewhere, and what to do with them. */
  elsewhere?: Record<string, Elsewhere>
}

/** `effect` completes `"key" has no effect here`. */
export type Elsewhere = { effect?: string; remedy: string }

/** A mapping with known keys. A key without a value counts as not written. */
export function map<K extends Keys>(table: Table<K>, example: string): Shape<ValuesOf<K>> {
  const shape: Shape<ValuesOf<K>> = {
    wants: 'a mapping',
    remedy: `Write it like ${example}`,
    schema: schemaOf(table),
    table,
    read(node, spot) {
      if (node.kind === 'map') return valuesOf(node, table, spot)
      // Someone who wrote only a word most likely meant the one key that must be there.
      const [only] = node.kind === 'scalar' ? Object.keys(table.required ?? {}) : []
      const remedy =
        only === undefined || node.kind !== 'scalar'
          ? insteadOfMap(node, table.mainList)
          : `Write "${only}: ${quoted(node.text)}".`
      return mismatch(shape, node, spot, remedy)
    },
  }
  return shape
}

/** Keys that are not known are warnings only, so the schema lets them be too. */
function schemaOf(table: Table<Keys>): JsonSchema {
  const properties = Object.entries(table.keys).map(([name, { shape, says, example }]) => [
    name,
    { description: says, anyOf: [shape.schema, { type: 'null' }], example } satisfies JsonSchema,
  ])
  const required = Object.keys(table.required ?? {})
  return {
    type: 'object',
    properties: Object.fromEntries(properties),
    ...(required.length > 0 ? { required } : {}),
  }
}

function valuesOf<K extends Keys>(node: MapNode, table: Table<K>, spot: Spot): ValuesOf<K> {
  const values: Record<string, unknown> = {}
  for (const key of Object.keys(table.keys)) values[key] = null
  for (const entry of node.entries) {
    const inside = below(spot, entry.key)
    const known = own(table.keys, entry.key)
    if (known === null) tellUnread(entry.key, table, { ...inside, at: entry.at })
    else if (entry.value.kind !== 'null') values[entry.key] = known.shape.read(entry.value, inside)
  }
  for (const key of Object.keys(table.required ?? {})) {
    const entry = node.entries.find((each) => each.key === key)
    if (entry !== undefined && entry.value.kind !== 'null') continue
    const message = `${pathOf(spot.trail)} has no ${key}.`
    error(spot, entry?.at ?? node.at, message, table.required?.[key] ?? null)
  }
  return values as ValuesOf<K>
}

function tellUnread(key: string, table: Table<Keys>, spot: Spot & { at: Node['at'] }) {
  const elsewhere = own(table.elsewhere ?? {}, key)
  if (elsewhere !== null) {
    const effect = elsewhere.effect === undefined ? '' : `: ${elsewhere.effect}`
    warning(spot, spot.at, `"${key}" has no effect here${effect}.`, elsewhere.remedy)
    return
  }
  const known = Object.keys(table.keys)
  const similar = nearest(key, known)
  const remedy = /^<+$/.test(key)
    ? 'To take up what an anchor holds, write "<<: *name", without quotes.'
    : similar === null
      ? `Known here: ${known.join(', ')}.`
      : `Did you mean "${similar}"?`
  warning(
    spot,
    spot.at,
    `"${clipped(key, 60)}" is not a key of ${table.called}; it is ignored.`,
    remedy,
  )
}

/** Is this text whose `${{ inputs.… }}` nobody has given a value yet? */
export const isOpen = (node: Node): boolean => node.kind === 'scalar' && node.open === true

/** A table's own entry: `toString` is no key of anything. */
export const own = <T>(table: Record<string, T>, key: string): T | null =>
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
  const remedy =
    suggestion ?? placeholderRemedy(node) ?? emptyItemRemedy(node, spot) ?? shape.remedy
  error(
    spot,
    node.at,
    `${pathOf(spot.trail)} must be ${shape.wants}, found ${found(node)}.`,
    remedy,
  )
  return null
}
