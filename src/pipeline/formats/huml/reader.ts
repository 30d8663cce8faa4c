import { error, type Spot } from '../../findings.ts'
import type { Place } from '../../tree.ts'
import type { Comment } from '../comments.ts'
import type { Told } from './explain.ts'
import { isFault, type Fault } from './strings.ts'
import { lineFault, tokenAt, type Token } from './tokens.ts'

/** Where a parser is in a text. It stands at a line with content, or is at the end. */
export type Reader = {
  lines: string[]
  /** Counted from 0. */
  index: number
  line: string
  /** The blanks before the line's content; -1 at the end, which is outside every block. */
  indent: number
  column: number
  comments: Comment[]
  file: Spot
}

export const readerOf = (text: string, file: Spot): Reader => ({
  lines: text.split('\n'),
  index: -1,
  line: '',
  indent: -1,
  column: 0,
  comments: [],
  file,
})

export const placeAt = (reader: Reader, column: number): Place => ({
  line: reader.index + 1,
  column: column + 1,
})

/** Reports the syntax error that ends the reading. */
export function stop(reader: Reader, at: Place, { message, suggestion }: Told): null {
  error(reader.file, at, message, suggestion)
  return null
}

export const stopAt = (reader: Reader, fault: Fault): null =>
  stop(reader, placeAt(reader, fault.offset), fault)

export const atEnd = (reader: Reader): boolean => reader.indent < 0

/** Goes to the next line that has more than a comment; false after a syntax error. */
export function nextLine(reader: Reader): boolean {
  for (reader.index += 1; reader.index < reader.lines.length; reader.index += 1) {
    const line = reader.lines[reader.index] ?? ''
    const indent = /^ */.exec(line)?.[0].length ?? 0
    const fault = lineFault(line)
    if (fault !== null) return stopAt(reader, fault) !== null
    if (line === '') continue
    reader.line = line
    reader.column = indent
    reader.indent = indent
    if (indent < line.length && line[indent] !== '#') return true
    // Through blanks or a comment: what is wrong with it is told by the token.
    reader.column = 0
    if (next(reader) === null) return false
  }
  reader.line = ''
  reader.indent = -1
  return true
}

/** The next piece of the line, which is left where it is; null after a syntax error. */
export function peek(reader: Reader): Token | null {
  const token = tokenAt(reader.line, reader.column)
  return isFault(token) ? stopAt(reader, token) : token
}

/** The next piece of the line; null after a syntax error. */
export function next(reader: Reader): Token | null {
  const token = peek(reader)
  if (token === null) return null
  reader.column = token.end
  if (token.kind === 'comment') {
    const alone = token.start === reader.indent
    reader.comments.push({ at: placeAt(reader, token.start), text: token.text, alone })
  }
  return token
}

export const isEnd = (token: Token): boolean => token.kind === 'end' || token.kind === 'comment'

export const isSign = (token: Token, text: string): boolean =>
  token.kind === 'sign' && token.text === text

/** Reports that not exactly one blank stands before a token. */
export function tellGap(reader: Reader, token: Token, after: string): null {
  return stop(reader, placeAt(reader, token.start), {
    message:
      token.gap === 0
        ? `A blank is missing after ${after}.`
        : `More than one blank follows ${after}.`,
    suggestion: `Write exactly one blank after ${after}.`,
  })
}
