import { endOfClass, readClass, type CharTest } from './glob-class.ts'

/** A pattern as it is meant. A sequence of parts matches when each does, one after the other. */
export type Part =
  | { is: 'one'; accepts: CharTest; takesHidden: boolean }
  /** No text, but no dot at the start of a name follows either. */
  | { is: 'visible' }
  | { is: 'group'; alternatives: Part[][]; repeats: Repeats }
  /** Any text that none of the alternatives matches. */
  | { is: 'not'; alternatives: Part[][]; crossesSlash: boolean }

export type Repeats = 'once' | 'at most once' | 'any number' | 'at least once'

/** Most members of a range such as `{1..9}`. */
const rangeMembersMax = 500

const repeatsOf: Record<string, Repeats> = {
  '@': 'once',
  '?': 'at most once',
  '*': 'any number',
  '+': 'at least once',
}

/**
 * Reads a pattern. What is not closed or has no meaning stands for itself, as in a shell; only a
 * range that is too long is refused, with null.
 */
export function readGlob(pattern: string, crossesSlash: boolean): Part[] | null {
  const chars = [...pattern.replace(/^(?:\.\/)+/, '').replace(/(?:\/\*\*)+(?=\/\*\*(?:\/|$))/g, '')]
  const closers = pairUp(chars)
  let isRefused = false

  function sequence(from: number, to: number, isFirstInSegment: boolean): Part[] {
    const parts: Part[] = []
    for (let at = from; at < to;) {
      const startsSegment = at === from ? isFirstInSegment : chars[at - 1] === '/'
      const [part, end] = partAt(at, to, startsSegment)
      parts.push(...part)
      at = end
    }
    return parts
  }

  function partAt(at: number, to: number, startsSegment: boolean): [parts: Part[], end: number] {
    const char = chars[at] ?? ''
    const close = closers.get(at)
    if (char === '\\' && at + 1 < to) return [[literal(chars[at + 1] ?? '')], at + 2]
    if (char === '[' && close !== undefined) return [classOrItself(at, close), close + 1]
    if (char === '{' && close !== undefined) {
      const group = braces(at, close, startsSegment)
      return group === null ? [[literal(char)], at + 1] : [[group], close + 1]
    }
    if (close !== undefined) return [[extended(char, at, close, startsSegment)], close + 1]
    if (char === '?') return [[{ is: 'one', accepts: isNoSlash, takesHidden: false }], at + 1]
    if (char === '*') return stars(at, to, startsSegment)
    // `a/**` is the directory `a` as well as what lies in it.
    if (char === '/' && at > 0 && isGlobstar(at + 1, chars.length) && at + 3 === chars.length) {
      return [[group([[literal('/'), anyText]], 'at most once')], at + 3]
    }
    return [[literal(char)], at + 1]
  }

  /** `**` as a whole segment means any number of segments, also none. */
  function stars(at: number, to: number, startsSegment: boolean): [parts: Part[], end: number] {
    if (startsSegment && isGlobstar(at, to)) {
      if (at + 2 === to) return [[anyText], to]
      return [[group([[anyText, literal('/')]], 'at most once')], at + 3]
    }
    let end = at + 1
    while (end < to && chars[end] === '*' && !closers.has(end)) end += 1
    return [[{ is: 'visible' }, crossesSlash ? anyText : anyInSegment], end]
  }

  const isGlobstar = (at: number, to: number): boolean =>
    chars[at] === '*' && chars[at + 1] === '*' && (at + 2 === to || chars[at + 2] === '/')

  /** `[id]` is a name that routers give directories: it matches itself as well. */
  function classOrItself(at: number, close: number): Part[] {
    const inside = chars.slice(at + 1, close)
    const member: Part = { is: 'one', accepts: readClass(inside), takesHidden: true }
    if (/[-*+?.^${}(|)[\]!\\]/.test(inside.join(''))) return [member]
    return [group([[member], chars.slice(at, close + 1).map(literal)], 'once')]
  }

  function braces(at: number, close: number, startsSegment: boolean): Part | null {
    const range = readRange(chars.slice(at + 1, close).join(''))
    if (range === 'too long') isRefused = true
    else if (range !== null)
      return group(
        range.map((text) => [...text].map(literal)),
        'once',
      )
    // Looked at before anything inside is read, or nested braces would be read again and again.
    const bounds = boundsOf(at + 1, close, ',')
    return bounds.length < 2 ? null : group(alternatives(bounds, close, startsSegment), 'once')
  }

  function extended(char: string, at: number, close: number, startsSegment: boolean): Part {
    const choices = alternatives(boundsOf(at + 2, close, '|'), close, startsSegment)
    const repeats = repeatsOf[char]
    if (repeats !== undefined) return group(choices, repeats)
    const namesSlash = chars.slice(at, close).includes('/')
    return { is: 'not', alternatives: choices, crossesSlash: crossesSlash || namesSlash }
  }

  /** The positions before each alternative: that before the first and those of the separators. */
  function boundsOf(from: number, to: number, separator: string): number[] {
    const bounds = [from - 1]
    for (let at = from; at < to; at = afterPart(at)) if (chars[at] === separator) bounds.push(at)
    return bounds
  }

  function alternatives(bounds: number[], to: number, startsSegment: boolean): Part[][] {
    return bounds.map((bound, index) => sequence(bound + 1, bounds[index + 1] ?? to, startsSegment))
  }

  const afterPart = (at: number): number =>
    chars[at] === '\\' ? at + 2 : (closers.get(at) ?? at) + 1

  const parts = sequence(0, chars.length, true)
  return isRefused ? null : parts
}

const isNoSlash: CharTest = (char) => char !== '/'
const anyText = group([[{ is: 'one', accepts: () => true, takesHidden: false }]], 'any number')
const anyInSegment = group([[{ is: 'one', accepts: isNoSlash, takesHidden: false }]], 'any number')

function literal(char: string): Part {
  return { is: 'one', accepts: (found) => found === char, takesHidden: true }
}

function group(alternatives: Part[][], repeats: Repeats): Part {
  return { is: 'group', alternatives, repeats }
}

/** Where each class, brace and group that is closed ends, by the position where it starts. */
function pairUp(chars: readonly string[]): Map<number, number> {
  const closers = new Map<number, number>()
  const open: { char: '{' | '('; at: number }[] = []
  for (let at = 0; at < chars.length; at += 1) {
    const char = chars[at]
    if (char === '\\') at += 1
    else if (char === '[') {
      const end = endOfClass(chars, at)
      if (end === -1) continue
      closers.set(at, end)
      at = end
    } else if (char === '{') open.push({ char, at })
    else if (char === '(') open.push({ char, at: isExtended(chars, at) ? at - 1 : -1 })
    else if (char === '}' || char === ')') {
      const opener = open.findLastIndex((one) => one.char === (char === '}' ? '{' : '('))
      const [closed] = opener === -1 ? [] : open.splice(opener)
      if (closed !== undefined && closed.at >= 0) closers.set(closed.at, at)
    }
  }
  return closers
}

function isExtended(chars: readonly string[], at: number): boolean {
  return /^[!@?*+]$/.test(chars[at - 1] ?? '') && chars[at - 2] !== '\\'
}

/** The members of `1..9`, `09..11`, `a..e` or `0..8..2`; null where it is no range. */
function readRange(text: string): string[] | 'too long' | null {
  const range = /^(?:(-?\d{1,9})\.\.(-?\d{1,9})|([a-zA-Z])\.\.([a-zA-Z]))(?:\.\.-?(\d{1,9}))?$/
  const [, low, high, from, to, written] = range.exec(text) ?? []
  const isNumeric = low !== undefined && high !== undefined
  const first = isNumeric ? Number(low) : (from?.charCodeAt(0) ?? NaN)
  const last = isNumeric ? Number(high) : (to?.charCodeAt(0) ?? NaN)
  if (Number.isNaN(first + last)) return null
  const step = Math.max(1, Number(written ?? 1)) * (first <= last ? 1 : -1)
  const count = Math.floor((last - first) / step) + 1
  if (count > rangeMembersMax) return 'too long'
  const isPadded = [low, high].some((bound) => /^-?0\d/.test(bound ?? ''))
  const width = isPadded ? Math.max(low?.length ?? 0, high?.length ?? 0) : 0
  return Array.from({ length: count }, (_, index) => {
    const member = first + index * step
    if (!isNumeric) return String.fromCharCode(member)
    const digits = String(Math.abs(member))
    return member < 0 ? `-${digits.padStart(width - 1, '0')}` : digits.padStart(width, '0')
  })
}
