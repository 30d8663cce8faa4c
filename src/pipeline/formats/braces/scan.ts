import { clipped, error, type Spot } from '../../findings.ts'
import type { Place } from '../../tree.ts'
import type { Comment } from '../comments.ts'
import { isFault, quoted, readQuoted } from '../huml/strings.ts'
import { lineStartsOf, placeOf } from '../lines.ts'

/** `newline`: a line ended between this piece and the one before. */
export type Piece = {
  kind: 'word' | 'string' | 'text' | 'number' | 'open' | 'close' | 'assign' | 'other' | 'end'
  text: string
  start: number
  newline: boolean
}

export type Scanner = {
  text: string
  lineStarts: number[]
  offset: number
  comments: Comment[]
  file: Spot
}

export const scannerOf = (text: string, file: Spot): Scanner => ({
  text,
  lineStarts: lineStartsOf(text),
  offset: 0,
  comments: [],
  file,
})

export const placeIn = ({ lineStarts }: Scanner, offset: number): Place =>
  placeOf(lineStarts, offset)

/** Reports the syntax error that ends the reading. */
export function stop(
  scanner: Scanner,
  offset: number,
  message: string,
  suggestion: string | null,
): null {
  error(scanner.file, placeIn(scanner, offset), message, suggestion)
  return null
}

const separators = /[\s,]+/y
const commentSign = /(?:#|\/\/)([^\n]*)/y
const word = /[A-Za-z_][\w.-]*/y
const number =
  /[+-]?(?:0x[\da-fA-F_]+|0o[0-7_]+|0b[01_]+|\d[\d_]*(?:\.\d[\d_]*)?(?:[eE][+-]?\d+)?)/y
/** A word or a number ends there, and is nothing of both with other signs. */
const afterLiteral = /$|[\s,{}[\]"#:=]/y

/** The next piece, read over; null after a syntax error. Commas separate as blanks do. */
export function nextPiece(scanner: Scanner): Piece | null {
  const { text } = scanner
  const from = scanner.offset
  skip(scanner)
  const start = scanner.offset
  const newline = from === 0 || text.slice(from, start).includes('\n')
  const piece = (kind: Piece['kind'], shown: string, length: number): Piece => {
    scanner.offset = start + length
    return { kind, text: shown, start, newline }
  }
  const sign = text[start]
  if (sign === undefined) return piece('end', '', 0)
  if (sign === '{' || sign === '[') return piece('open', sign, 1)
  if (sign === '}' || sign === ']') return piece('close', sign, 1)
  if (sign === ':' || sign === '=') {
    const length = text.startsWith('::', start) ? 2 : 1
    return piece('assign', text.slice(start, start + length), length)
  }
  if (text.startsWith('"""', start)) {
    const read = multiLine(scanner, start)
    return read && piece('text', read.text, read.end - start)
  }
  if (sign === '"') {
    const read = readQuoted(text, start)
    if (isFault(read)) return stop(scanner, read.offset, read.message, read.suggestion)
    return piece('string', read.text, read.end - start)
  }
  for (const [kind, pattern] of [
    ['number', number],
    ['word', word],
  ] as const) {
    const found = matchAt(pattern, text, start)
    if (found !== null && matchAt(afterLiteral, text, start + found.length) !== null) {
      return piece(kind, found, found.length)
    }
  }
  const rest = unquotedAt(text, start)
  return piece('other', rest, Math.max(1, rest.length))
}

/** Goes past blanks, line ends, commas and comments. */
function skip(scanner: Scanner) {
  const { text, comments } = scanner
  for (;;) {
    scanner.offset += matchAt(separators, text, scanner.offset)?.length ?? 0
    const start = scanner.offset
    const found = matchAt(commentSign, text, start)
    if (found === null) return
    const lineStart = text.lastIndexOf('\n', start - 1) + 1
    comments.push({
      at: placeIn(scanner, start),
      text: found.replace(/^(#|\/\/)/, ''),
      alone: start === 0 || text.slice(lineStart, start).trim() === '',
    })
    scanner.offset = start + found.length
  }
}

function matchAt(pattern: RegExp, text: string, at: number): string | null {
  pattern.lastIndex = at
  return pattern.exec(text)?.[0] ?? null
}

/**
 * Text between `"""` and a `"""` that begins a line: as written, without the indentation that all
 * its lines share, and without a line end behind the last one.
 */
function multiLine(scanner: Scanner, start: number): { text: string; end: number } | null {
  const { text } = scanner
  const lineEnd = text.indexOf('\n', start)
  const rest = text.slice(start + 3, lineEnd < 0 ? text.length : lineEnd)
  if (rest.trim() !== '') {
    const remedy = 'Write it on the next line, and """ in a line of its own after it.'
    return stop(scanner, start + 3, 'Text follows the """ that opens here.', remedy)
  }
  const lines: string[] = []
  for (let at = lineEnd; at >= 0; at = text.indexOf('\n', at + 1)) {
    const next = text.indexOf('\n', at + 1)
    const line = text.slice(at + 1, next < 0 ? text.length : next)
    const indent = indentOf(line)
    if (line.startsWith('"""', indent)) {
      return { text: withoutMargin(lines), end: at + 1 + indent + 3 }
    }
    lines.push(line)
  }
  const remedy = 'Write """ in a line of its own below the text.'
  return stop(scanner, start, 'The """ that opens here is never closed.', remedy)
}

const indentOf = (line: string): number => line.length - line.trimStart().length

function withoutMargin(lines: string[]): string {
  const filled = lines.filter((line) => line.trim() !== '')
  const margin = filled.reduce((least, line) => Math.min(least, indentOf(line)), Infinity)
  return lines
    .map((line) =>
      line.trim() === '' ? line.slice(Math.min(margin, line.length)) : line.slice(margin),
    )
    .join('\n')
}

/** What somebody wrote without quotes: to a bracket, a comma, a comment or the line's end. */
export const unquotedAt = (text: string, start: number): string =>
  matchAt(/[^\n,{}[\]#]+/y, text, start)?.trimEnd() ?? text.slice(start, start + 1)

/** What is wrong with a word, number or other sign where a value belongs. */
export function explainUnquoted(scanner: Scanner, { start }: Piece): null {
  const text = clipped(unquotedAt(scanner.text, start), 60)
  if (/^[+-]?\d[\w.+-]*$/.test(text)) {
    const remedy = `If it is a version or other text, quote it: write ${quoted(text)}.`
    return stop(scanner, start, `"${text}" is no number.`, remedy)
  }
  const plain = text.replace(/^'|'$/g, '')
  const message = text.startsWith("'")
    ? 'Strings are in double quotes here.'
    : 'The quotation marks of a string are missing.'
  return stop(scanner, start, message, `Write ${quoted(plain)}.`)
}
