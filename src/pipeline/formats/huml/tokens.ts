import { isFault, readQuoted, type Fault } from './strings.ts'

/**
 * A piece of a line, from `start` to before `end`. Of a string `text` is what it means, of an end
 * the comment without its sign, of everything else what is written.
 */
export type Token = {
  kind: 'word' | 'string' | 'number' | 'sign' | 'end' | 'comment' | 'other'
  text: string
  start: number
  end: number
  /** How many blanks are before it. */
  gap: number
}

const word = /[A-Za-z][A-Za-z0-9_-]*/y
const number =
  /[+-]?(?:inf|0x[\da-fA-F]+(?:_[\da-fA-F]+)*|0o[0-7]+(?:_[0-7]+)*|0b[01]+(?:_[01]+)*|\d+(?:_\d+)*(?:\.\d+(?:_\d+)*)?(?:[eE][+-]?\d+)?)/y
const sign = /"""|::|:|,|\[\]|\{\}/y
/** What may follow a word or a number; with anything else it is neither. */
const afterLiteral = /$|[ ,:\t]/y

/** The next piece of a line from `column` on. */
export function tokenAt(line: string, column: number): Token | Fault {
  let start = column
  while (line[start] === ' ') start += 1
  const gap = start - column
  const token = (kind: Token['kind'], text: string, end: number): Token => ({
    kind,
    text,
    start,
    end,
    gap,
  })
  if (start === line.length) {
    return gap > 0 ? trailingBlanks(column) : token('end', '', start)
  }
  if (line[start] === '#') return commentFault(line, start, gap) ?? comment(token, line, start)
  const punctuation = matchAt(sign, line, start)
  if (punctuation !== null) return token('sign', punctuation, start + punctuation.length)
  if (line[start] === '"') {
    const read = readQuoted(line, start)
    return isFault(read) ? read : token('string', read.text, read.end)
  }
  const numeral = matchAt(number, line, start)
  if (numeral !== null && isLiteralEnd(line, start + numeral.length)) {
    const isWord = numeral === 'inf'
    return token(isWord ? 'word' : 'number', numeral, start + numeral.length)
  }
  const letters = matchAt(word, line, start)
  if (letters !== null && isLiteralEnd(line, start + letters.length)) {
    return token('word', letters, start + letters.length)
  }
  return token('other', line.slice(start), line.length)
}

function matchAt(pattern: RegExp, line: string, at: number): string | null {
  pattern.lastIndex = at
  return pattern.exec(line)?.[0] ?? null
}

const isLiteralEnd = (line: string, at: number): boolean => matchAt(afterLiteral, line, at) !== null

function commentFault(line: string, start: number, gap: number): Fault | null {
  if (gap === 0 && start > 0) {
    return {
      offset: start,
      message: 'A comment needs a blank before its "#".',
      suggestion: 'Write " # " before the comment; if it is text, put it in quotes.',
    }
  }
  if (start + 1 < line.length && line[start + 1] !== ' ') {
    return {
      offset: start,
      message: 'A comment needs a blank after its "#".',
      suggestion: `Write "# ${line.slice(start + 1, start + 41).trim()}".`,
    }
  }
  const end = line.trimEnd().length
  return end < line.length ? trailingBlanks(end) : null
}

const comment = (
  token: (kind: Token['kind'], text: string, end: number) => Token,
  line: string,
  start: number,
): Token => token('comment', line.slice(start + 1), line.length)

const trailingBlanks = (offset: number): Fault => ({
  offset,
  message: 'Blanks stand at the end of this line, which HUML does not allow.',
  suggestion: 'Remove them.',
})

/** What no line may have, wherever it is: tabs before the text, and CR. */
export function lineFault(line: string): Fault | null {
  const indent = /^[ \t]*/.exec(line)?.[0] ?? ''
  const tab = indent.indexOf('\t')
  if (tab >= 0) {
    return {
      offset: tab,
      message: 'A tab indents this line; HUML allows only blanks there.',
      suggestion: 'Use 2 blanks for each level.',
    }
  }
  return returnFault(line)
}

export function returnFault(line: string): Fault | null {
  const offset = line.indexOf('\r')
  if (offset < 0) return null
  return {
    offset,
    message: 'This line ends with CR and LF; in HUML lines end with LF alone.',
    suggestion: 'Save the file with line endings of the kind "LF".',
  }
}
