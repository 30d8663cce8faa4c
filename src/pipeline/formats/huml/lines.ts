import { warning } from '../../findings.ts'
import type { Node, Place } from '../../tree.ts'
import { blanks, shown } from './explain.ts'
import { isEnd, isSign, next, nextLine, placeAt, stop, stopAt, type Reader } from './reader.ts'
import { returnFault, type Token } from './tokens.ts'

/** Reads what may end a line, and goes to the next one; `many` is how several values begin. */
export function endLine(reader: Reader, many: string): boolean {
  const token = next(reader)
  if (token === null) return false
  if (isEnd(token)) return nextLine(reader)
  const told = isSign(token, ',')
    ? {
        message: 'A comma follows the value, but only one may stand here.',
        suggestion: `Several values follow two colons: "${many} 1, 2". Commas in text are in quotes.`,
      }
    : {
        message: `The value ended here, and ${JSON.stringify(shown(reader.line.slice(token.start)))} follows.`,
        suggestion: String.raw`If all of it is text, put it in quotes, with \" for quotation marks in it.`,
      }
  return stop(reader, placeAt(reader, token.start), told) !== null
}

/** Nothing but perhaps a comment is left in the line. */
export const isBare = (reader: Reader): boolean =>
  /^ *( #.*)?$/.test(reader.line.slice(reader.column))

/** Of a key with one colon and nothing behind it; what is below it tells what was meant. */
export function tellMissingValue(reader: Reader, indent: number, key: string, colon: Token): null {
  const below = reader.lines.slice(reader.index + 1).find((line) => !/^\s*(#|$)/.test(line)) ?? ''
  const indentBelow = /^\s*/.exec(below)?.[0].length ?? 0
  const isItemBelow = indentBelow === indent && below.startsWith('- ', indent)
  const name = shown(key)
  const told =
    indentBelow > indent || isItemBelow
      ? {
          message: `A list or a mapping follows "${name}:", which needs two colons.`,
          suggestion: `Write "${name}::", and what belongs to it below, indented by ${blanks(indent + 2)}.`,
        }
      : {
          message: `A value is missing after "${name}:".`,
          suggestion: `Write one, such as "" or null, or "${name}:: []" for an empty list.`,
        }
  return stop(reader, placeAt(reader, colon.start), told)
}

/**
 * Text of several lines, from behind its opening `"""` to behind the line of the closing one. What
 * is indented less than it should be keeps its blanks, as the conformance cases want it.
 */
export function multiLine(reader: Reader, indent: number, opened: Place): Node | null {
  const token = next(reader)
  if (token === null) return null
  if (!isEnd(token)) {
    return stop(reader, placeAt(reader, token.start), {
      message: 'Text follows the """ that opens here.',
      suggestion: 'Write it on the next line, indented, and """ in a line of its own after it.',
    })
  }
  const margin = ' '.repeat(indent + 2)
  const lines: string[] = []
  let isUneven = false
  for (reader.index += 1; reader.index < reader.lines.length; reader.index += 1) {
    const line = reader.lines[reader.index] ?? ''
    const fault = returnFault(line)
    if (fault !== null) return stopAt(reader, fault)
    if (line.trimStart().startsWith('"""')) return closing(reader, line, indent, opened, lines)
    if (line.startsWith(margin)) lines.push(line.slice(margin.length))
    else {
      if (line.trim() !== '' && !isUneven) tellUneven(reader, line, indent)
      isUneven ||= line.trim() !== ''
      lines.push(line)
    }
  }
  return stop(reader, opened, {
    message: 'The """ that opens here is never closed.',
    suggestion: `Write """ in a line of its own below the text, indented by ${blanks(indent)}.`,
  })
}

function closing(
  reader: Reader,
  line: string,
  indent: number,
  at: Place,
  lines: string[],
): Node | null {
  const found = line.indexOf('"""')
  if (found !== indent || line.slice(0, found).trim() !== '') {
    return stop(reader, placeAt(reader, found), {
      message: `This """ closes the text of line ${at.line}, and must be indented by ${blanks(indent)}.`,
      suggestion: 'Put it below the first sign of the line that opened the text.',
    })
  }
  reader.line = line
  reader.indent = indent
  reader.column = found + 3
  if (!endLine(reader, '::')) return null
  return { kind: 'scalar', at, text: lines.join('\n'), quoted: true, joined: false }
}

function tellUneven(reader: Reader, line: string, indent: number) {
  const start = line.length - line.trimStart().length
  warning(
    reader.file,
    placeAt(reader, start),
    `This line of the text is indented less than the ${blanks(indent + 2)} of its margin.`,
    'The blanks before it are kept. Indent every line of the text at least so far.',
  )
}
