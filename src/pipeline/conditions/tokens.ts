/** One word or sign of a condition; `at` and `end` are places in its text. */
export type Token =
  | { kind: 'word' | 'sign'; text: string; at: number; end: number }
  | { kind: 'number'; value: number; text: string; at: number; end: number }
  | { kind: 'text'; value: string; text: string; at: number; end: number }
  | { kind: 'end'; text: ''; at: number; end: number }
  /** Something that is none; it is told when the reader comes to it, so that the first is told. */
  | { kind: 'wrong'; wrong: Wrong; text: ''; at: number; end: number }

/** Why a text is no condition. Thrown inside this folder only, and caught by `parseCondition`. */
export class Wrong extends Error {
  readonly offset: number
  readonly suggestion: string | null

  constructor(offset: number, message: string, suggestion: string | null) {
    super(message)
    this.offset = offset
    this.suggestion = suggestion
  }
}

/** All tokens and an `end`, in one pass; or those before the first thing that is none, and that. */
export function tokensOf(text: string): Token[] {
  const tokens: Token[] = []
  for (let at = afterBlanks(text, 0); at < text.length;) {
    const token = tokenOrWrong(text, at)
    tokens.push(token)
    if (token.kind === 'wrong') return tokens
    at = afterBlanks(text, token.end)
  }
  tokens.push({ kind: 'end', text: '', at: text.length, end: text.length })
  return tokens
}

function tokenOrWrong(text: string, at: number): Token {
  try {
    return tokenAt(text, at)
  } catch (thrown) {
    if (!(thrown instanceof Wrong)) throw thrown
    return { kind: 'wrong', wrong: thrown, text: '', at, end: at }
  }
}

const afterBlanks = (text: string, at: number): number => at + lengthOf(/\s*/y, text, at)

/** How much of the text a sticky expression takes from a place on. */
function lengthOf(expression: RegExp, text: string, at: number): number {
  return matchAt(expression, text, at)?.length ?? 0
}

function matchAt(expression: RegExp, text: string, at: number): string | null {
  expression.lastIndex = at
  return expression.exec(text)?.[0] ?? null
}

const word = /[\w][\w-]*/y
const number = /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w-])/y
// The longest first. Those of other languages are read to be told what they are here.
const sign = /\$\{\{|\}\}|===|!==|&&|\|\||==|!=|<=|>=|<>|=>|=~|[<>()[\].=!&|]/y

function tokenAt(text: string, at: number): Token {
  const digits = matchAt(number, text, at)
  if (digits !== null) return numberToken(digits, at)
  const letters = matchAt(word, text, at)
  if (letters !== null) return { kind: 'word', text: letters, at, end: at + letters.length }
  const first = text[at] ?? ''
  if (first === '"' || first === "'") return textToken(text, at, first)
  const found = matchAt(sign, text, at)
  if (found !== null) {
    const here = foreign.get(found)
    if (here !== undefined) throw new Wrong(at, `"${found}" is not known in a condition.`, here)
    return { kind: 'sign', text: found, at, end: at + found.length }
  }
  throw unknownSign(text, at)
}

const foreign = new Map([
  ['&&', 'Write "and".'],
  ['&', 'Write "and".'],
  ['||', 'Write "or".'],
  ['|', 'Write "or".'],
  ['!', 'Write "not".'],
  ['=', 'Write "==".'],
  ['===', 'Write "==".'],
  ['!==', 'Write "!=".'],
  ['<>', 'Write "!=".'],
  ['=>', 'Write ">=".'],
  ['=~', 'Patterns are not known here. Compare with "==", or test it in a script.'],
])

function numberToken(digits: string, at: number): Token {
  const value = Number(digits)
  if (Number.isFinite(value)) {
    return { kind: 'number', value, text: digits, at, end: at + digits.length }
  }
  throw new Wrong(at, `The number ${digits} is too large.`, 'Write it in quotes, as text.')
}

function unknownSign(text: string, at: number): Wrong {
  const variable = matchAt(/\$\{?\w+\}?/y, text, at)
  if (variable !== null) {
    const name = variable.replace(/^\$\{?|\}$/g, '')
    return new Wrong(at, `"${variable}" is not known in a condition.`, `Write env.${name}.`)
  }
  const char = String.fromCodePoint(text.codePointAt(at) ?? 0)
  const remedy = /[“”„«»‘’`´]/.test(char)
    ? 'Write text in straight quotes: "…".'
    : 'Known are and, or, not, ==, !=, <, <=, >, >=, parentheses, "text", numbers and paths such as event.action.'
  return new Wrong(at, `${JSON.stringify(char)} is not known in a condition.`, remedy)
}

const escapes = new Map([
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
  ['b', '\b'],
  ['f', '\f'],
  ['/', '/'],
  ['\\', '\\'],
  ['"', '"'],
  ["'", "'"],
])

/** The escapes are those of JSON, and `\'`. */
function textToken(text: string, at: number, quote: string): Token {
  let value = ''
  for (let next = at + 1; next < text.length; next += 1) {
    const char = text[next] ?? ''
    if (char === quote) {
      return { kind: 'text', value, text: text.slice(at, next + 1), at, end: next + 1 }
    }
    if (char !== '\\') {
      value += char
      continue
    }
    const [escaped, length] = escapeAt(text, next)
    value += escaped
    next += length - 1
  }
  const message = `The text that begins here with ${quote} is not closed.`
  throw new Wrong(at, message, `Write ${quote} where it ends.`)
}

function escapeAt(text: string, at: number): [char: string, length: number] {
  const hex = matchAt(/\\u[0-9a-fA-F]{4}/y, text, at)
  if (hex !== null) return [String.fromCharCode(Number.parseInt(hex.slice(2), 16)), hex.length]
  const letter = text[at + 1] ?? ''
  const char = escapes.get(letter)
  if (char !== undefined) return [char, 2]
  throw new Wrong(
    at,
    `"\\${letter}" means nothing in a text.`,
    'For a backslash write two: "\\\\".',
  )
}
