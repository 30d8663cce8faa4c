import { below, type Spot } from '../../findings.ts'
import type { Entry, Node } from '../../tree.ts'
import { putEntry } from '../entries.ts'
import { explainKey, explainMissingColon, explainValue, shown } from './explain.ts'
import { isEnd, isSign, next, peek, placeAt, stop, tellGap, type Reader } from './reader.ts'
import type { Token } from './tokens.ts'

/** One value: a string, a number or a word. The token is read over. */
export function scalarNode(reader: Reader, token: Token, isInline: boolean): Node | null {
  const at = placeAt(reader, token.start)
  reader.column = token.end
  const { kind, text } = token
  if (kind === 'string') return { kind: 'scalar', at, text, quoted: true, joined: false }
  if (kind === 'word' && text === 'null') return { kind: 'null', at, text }
  if (kind === 'number' || isWordValue(token)) {
    // The separators of digits are no part of the number; all digits are kept, however many.
    return { kind: 'scalar', at, text: text.replaceAll('_', ''), quoted: false, joined: false }
  }
  const rest = reader.line.slice(token.start)
  return stop(reader, at, explainValue(token, isInline ? rest.replace(/,.*$/, '') : rest))
}

/** A word that is a value of its own. */
export const isWordValue = ({ kind, text }: Token): boolean =>
  kind === 'word' && /^(true|false|null|nan|inf)$/.test(text)

/** The key that is next, up to its colon; null after a syntax error. */
export function readKey(reader: Reader): string | null {
  const token = next(reader)
  if (token === null) return null
  const at = placeAt(reader, token.start)
  if (token.kind !== 'word' && token.kind !== 'string') {
    return stop(reader, at, explainKey(token, reader.line.slice(token.start)))
  }
  if (reader.line[token.end] === ':') return token.text
  const rest = reader.line.slice(token.end)
  if (!/^ +:/.test(rest)) return stop(reader, at, explainMissingColon(token.text, rest))
  return stop(reader, placeAt(reader, token.end), {
    message: `A blank stands between "${shown(token.text)}" and its colon.`,
    suggestion: 'Write the colon directly after the key.',
  })
}

/**
 * Whether a key is next. Decided by tokens, for a string may hold colons and commas; of `http:` in
 * an address the colon makes no key.
 */
export function isKeyAhead(reader: Reader, token: Token): boolean {
  const { kind, start, end } = token
  if (kind === 'other') return /^[^\s:"][^:"]*:( |:|$)/.test(reader.line.slice(start))
  return (kind === 'word' || kind === 'string') && /^ *:(?!\/)/.test(reader.line.slice(end))
}

/** What follows two colons in the same line; the line's end is left to be read. */
export function inlineVector(reader: Reader, spot: Spot): Node | null {
  const token = peek(reader)
  if (token === null) return null
  const at = placeAt(reader, token.start)
  if (isSign(token, '[]') || isSign(token, '{}')) {
    reader.column = token.end
    return token.text === '[]'
      ? { kind: 'list', at, items: [], flow: true }
      : { kind: 'map', at, entries: [], flow: true }
  }
  return isKeyAhead(reader, token) ? inlineMapping(reader, spot) : inlineList(reader)
}

function inlineMapping(reader: Reader, spot: Spot): Node | null {
  const at = placeOfNext(reader)
  const entries = new Map<string, Entry>()
  for (;;) {
    const keyAt = placeOfNext(reader)
    const token = peek(reader)
    if (token === null) return null
    if (token.kind !== 'other' && !isKeyAhead(reader, token)) {
      return stop(reader, keyAt, {
        message: 'In a mapping of one line every value needs a key.',
        suggestion: 'Write a: 1, b: 2.',
      })
    }
    const key = readKey(reader)
    const value = key === null ? null : inlineValue(reader, key)
    if (key === null || value === null) return null
    putEntry(entries, { key, at: keyAt, value }, below(spot, key))
    const more = comma(reader)
    if (more === null) return null
    if (!more) return { kind: 'map', at, entries: [...entries.values()], flow: true }
  }
}

const placeOfNext = (reader: Reader) =>
  placeAt(reader, reader.column + (/^ */.exec(reader.line.slice(reader.column))?.[0].length ?? 0))

function inlineValue(reader: Reader, key: string): Node | null {
  const colon = next(reader)
  if (colon === null) return null
  const at = placeAt(reader, colon.start)
  if (isSign(colon, '::')) {
    return stop(reader, at, {
      message: 'A mapping of one line cannot hold a list or a mapping.',
      suggestion: 'Write a line for each key.',
    })
  }
  const token = peek(reader)
  if (token === null) return null
  if (isEnd(token)) {
    const message = `A value is missing after "${shown(key)}:".`
    return stop(reader, at, { message, suggestion: 'Write one, such as "" or null.' })
  }
  if (token.gap !== 1) return tellGap(reader, token, '":"')
  return scalarNode(reader, token, true)
}

function inlineList(reader: Reader): Node | null {
  const at = placeOfNext(reader)
  const items: Node[] = []
  for (;;) {
    const token = peek(reader)
    if (token === null) return null
    if (isKeyAhead(reader, token) && token.kind !== 'other') {
      return stop(reader, placeAt(reader, token.start), {
        message: 'A list of one line has no keys.',
        suggestion: 'Write only values, or a key before each of them.',
      })
    }
    const item = scalarNode(reader, token, true)
    if (item === null) return null
    items.push(item)
    const more = comma(reader)
    if (more === null) return null
    if (!more) return { kind: 'list', at, items, flow: true }
  }
}

/** Whether a comma follows, which is read over with its blank; null after a syntax error. */
function comma(reader: Reader): boolean | null {
  const token = peek(reader)
  if (token === null) return null
  if (!isSign(token, ',')) return false
  const at = placeAt(reader, token.start)
  if (token.gap > 0) {
    const message = 'A blank stands before this comma.'
    return stop(reader, at, { message, suggestion: 'Write the comma directly after the value.' })
  }
  reader.column = token.end
  if (/^ *(#.*)?$/.test(reader.line.slice(token.end))) {
    const message = 'Nothing follows this comma.'
    return stop(reader, at, { message, suggestion: 'Remove it, or write a further value.' })
  }
  const after = peek(reader)
  if (after === null) return null
  return after.gap === 1 ? true : tellGap(reader, after, 'a comma')
}
