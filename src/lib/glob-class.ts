/** Whether one character, a whole code point, is accepted. */
export type CharTest = (char: string) => boolean

type Range = [first: number, last: number]

/** The names of POSIX for characters, as pairs of first and last: `azAZ` is a to z and A to Z. */
const named: Record<string, string> = {
  alnum: 'azAZ09',
  alpha: 'azAZ',
  ascii: '\0\x7f',
  blank: '  \t\t',
  cntrl: '\0\x1f\x7f\x7f',
  digit: '09',
  graph: '!~',
  lower: 'az',
  print: ' ~',
  punct: '!/:@[`{~',
  space: '  \t\r',
  upper: 'AZ',
  word: 'azAZ09__',
  xdigit: '09AFaf',
}

/**
 * The position of the `]` that closes the class opened at `from`, or -1. A `]` right at the start
 * of a class is a member of it.
 */
export function endOfClass(chars: readonly string[], from: number): number {
  let at = from + 1
  if (chars[at] === '!' || chars[at] === '^') at += 1
  if (chars[at] === ']') at += 1
  while (at < chars.length && chars[at] !== ']') {
    const name = nameAt(chars, at)
    at += name === null ? (chars[at] === '\\' ? 2 : 1) : name.length + 4
  }
  return at < chars.length ? at : -1
}

/** What a class accepts, from the characters between its brackets. A slash never is. */
export function readClass(inside: readonly string[]): CharTest {
  const isNegated = inside[0] === '!' || inside[0] === '^'
  const ranges: Range[] = []
  let at = isNegated ? 1 : 0
  while (at < inside.length) {
    const name = nameAt(inside, at)
    if (name !== null) {
      ranges.push(...rangesOf(named[name] ?? ''))
      at += name.length + 4
      continue
    }
    const first = memberAt(inside, at)
    if (inside[first.end] === '-' && first.end + 1 < inside.length) {
      const last = memberAt(inside, first.end + 1)
      ranges.push([first.code, last.code])
      at = last.end
    } else {
      ranges.push([first.code, first.code])
      at = first.end
    }
  }
  return (char) => {
    const code = codeOf(char)
    return char !== '/' && ranges.some(([from, to]) => from <= code && code <= to) !== isNegated
  }
}

/** `alpha` where `[:alpha:]` stands at a position, or null. */
function nameAt(chars: readonly string[], at: number): string | null {
  if (chars[at] !== '[' || chars[at + 1] !== ':') return null
  const name = /^\[:([a-z]+):\]/.exec(chars.slice(at, at + 10).join(''))?.[1] ?? ''
  return name in named ? name : null
}

function memberAt(chars: readonly string[], at: number): { code: number; end: number } {
  const isEscaped = chars[at] === '\\' && at + 1 < chars.length
  const end = isEscaped ? at + 2 : at + 1
  return { code: codeOf(chars[end - 1] ?? ''), end }
}

function rangesOf(pairs: string): Range[] {
  const ranges: Range[] = []
  for (let at = 0; at < pairs.length; at += 2) {
    ranges.push([pairs.charCodeAt(at), pairs.charCodeAt(at + 1)])
  }
  return ranges
}

const codeOf = (char: string): number => char.codePointAt(0) ?? -1
