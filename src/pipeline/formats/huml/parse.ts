import { below, type Spot } from '../../findings.ts'
import type { Entry, Node, Place } from '../../tree.ts'
import type { Comment } from '../comments.ts'
import { putEntry } from '../entries.ts'
import { depthMax } from '../text.ts'
import { blanks, shown } from './explain.ts'
import { inlineVector, isKeyAhead, isWordValue, readKey, scalarNode } from './inline.ts'
import { endLine, isBare, multiLine, tellMissingValue } from './lines.ts'
import {
  atEnd,
  isEnd,
  isSign,
  next,
  nextLine,
  peek,
  placeAt,
  readerOf,
  stop,
  tellGap,
  type Reader,
} from './reader.ts'
import { isFault } from './strings.ts'
import { tokenAt, type Token } from './tokens.ts'

/**
 * HUML 0.2.0 (https://huml.io/specifications/v0-2-0/) to a tree, and the comments in the order of
 * the text; null after a syntax error. The first one is told, at its cause: what follows it is
 * mostly its consequence. Keys written twice are told all, since they hide nothing.
 */
export function parseHuml(text: string, file: Spot): { root: Node; comments: Comment[] } | null {
  const reader = readerOf(text, file)
  const root = document(reader)
  return root === null ? null : { root, comments: reader.comments }
}

function document(reader: Reader): Node | null {
  if (!version(reader) || !nextLine(reader)) return null
  if (atEnd(reader)) {
    return stop(
      reader,
      { line: 1, column: 1 },
      {
        message: 'The file is empty.',
        suggestion: 'Write "workflows::", below it an id such as "test::", below that "scripts::".',
      },
    )
  }
  if (reader.indent > 0) return tellIndent(reader, 0)
  const root = rootNode(reader)
  if (root === null || atEnd(reader)) return root
  return stop(reader, placeAt(reader, reader.indent), {
    message: 'The file ended above: it is one value, and more follows here.',
    suggestion: 'Write all of it as lines "key: value", or as list items with "- ".',
  })
}

/** The first line may name the version of the language. */
function version(reader: Reader): boolean {
  const first = reader.lines[0] ?? ''
  const named = /^ *%HUML(?: ([^ #]*))?/.exec(first)
  if (named === null) return true
  reader.index = 0
  reader.line = first
  reader.column = named[0].length
  if (named[0] !== '%HUML v0.2.0') {
    const told = {
      message: 'This version of HUML is not known here.',
      suggestion: 'Write "%HUML v0.2.0" at the start of the first line, or leave the line out.',
    }
    return stop(reader, placeAt(reader, first.indexOf('%')), told) !== null
  }
  const token = next(reader)
  if (token === null || isEnd(token)) return token !== null
  const told = { message: 'Nothing follows the version of HUML.', suggestion: 'Remove this.' }
  return stop(reader, placeAt(reader, token.start), told) !== null
}

function rootNode(reader: Reader): Node | null {
  if (/^-(?!\d|inf)/.test(reader.line)) return list(reader, 0, reader.file)
  if (isInlineRoot(reader)) return wholeLine(reader, inlineVector(reader, reader.file))
  const token = peek(reader)
  if (token === null) return null
  if (isSign(token, '"""') || isSign(token, '[]') || isSign(token, '{}')) {
    return token.text === '"""'
      ? lineValue(reader, 0, token, '::')
      : wholeLine(reader, inlineVector(reader, reader.file))
  }
  const isValue = token.kind === 'string' || token.kind === 'number' || isWordValue(token)
  if (!isValue || isKeyAhead(reader, token)) return mapping(reader, 0, reader.file)
  return isCommaAhead(reader, token)
    ? wholeLine(reader, inlineVector(reader, reader.file))
    : lineValue(reader, 0, token, '::')
}

const wholeLine = (reader: Reader, value: Node | null): Node | null =>
  value !== null && endLine(reader, '::') ? value : null

/** Whether the file is a mapping of one line: a second key follows the first value. */
function isInlineRoot(reader: Reader): boolean {
  let column = 0
  for (const kind of ['key', ':', 'value', ',']) {
    const token = tokenAt(reader.line, column)
    if (isFault(token)) return false
    const isFitting =
      kind === 'key' || kind === 'value'
        ? ['word', 'string', 'number'].includes(token.kind)
        : isSign(token, kind)
    if (!isFitting) return false
    column = token.end
  }
  return true
}

const isCommaAhead = (reader: Reader, token: Token): boolean =>
  reader.line.slice(token.end).trimStart().startsWith(',')

/** A list or a mapping of several lines, of which the first is at hand. */
function block(reader: Reader, indent: number, spot: Spot): Node | null {
  if (indent / 2 > depthMax) {
    return stop(reader, placeAt(reader, indent), {
      message: `This is nested more than ${depthMax} levels deep.`,
      suggestion: 'Write it flatter.',
    })
  }
  const isList = reader.line.startsWith('-', indent)
  return isList ? list(reader, indent, spot) : mapping(reader, indent, spot)
}

function mapping(reader: Reader, indent: number, spot: Spot): Node | null {
  const at = placeAt(reader, indent)
  const entries = new Map<string, Entry>()
  while (reader.indent === indent) {
    const keyAt = placeAt(reader, indent)
    const key = readKey(reader)
    if (key === null) return null
    const inside = below(spot, key)
    const value = entryValue(reader, indent, key, inside)
    if (value === null) return null
    putEntry(entries, { key, at: keyAt, value }, inside)
  }
  if (reader.indent > indent) return tellIndent(reader, indent)
  return { kind: 'map', at, entries: [...entries.values()], flow: false }
}

/** What follows a key: from its colon to the next line of the mapping. */
function entryValue(reader: Reader, indent: number, key: string, spot: Spot): Node | null {
  const colon = next(reader)
  if (colon === null) return null
  if (isSign(colon, '::')) return vector(reader, indent, `${shown(key)}::`, colon, spot)
  if (isBare(reader)) return tellMissingValue(reader, indent, key, colon)
  const token = peek(reader)
  if (token === null) return null
  if (token.gap !== 1) return tellGap(reader, token, '":"')
  return lineValue(reader, indent, token, `${shown(key)}::`)
}

function list(reader: Reader, indent: number, spot: Spot): Node | null {
  const at = placeAt(reader, indent)
  const items: Node[] = []
  while (reader.indent === indent) {
    const item = listItem(reader, indent, below(spot, items.length))
    if (item === null) return null
    items.push(item)
  }
  if (reader.indent > indent) return tellIndent(reader, indent)
  return { kind: 'list', at, items, flow: false }
}

function listItem(reader: Reader, indent: number, spot: Spot): Node | null {
  const at = placeAt(reader, indent)
  const rest = reader.line.slice(indent)
  const remedy = 'Write "- ", with one blank, and a value.'
  if (!rest.startsWith('-')) {
    const message = 'Every line of this list must begin with "- ".'
    return stop(reader, at, { message, suggestion: 'Write it, or indent the line otherwise.' })
  }
  if (/^- *$/.test(rest)) {
    return stop(reader, at, { message: 'Nothing follows the dash.', suggestion: remedy })
  }
  if (!rest.startsWith('- ')) {
    const message = 'A blank is missing after the dash.'
    return stop(reader, at, { message, suggestion: remedy })
  }
  reader.column = indent + 1
  const token = peek(reader)
  if (token === null) return null
  if (token.gap !== 1) return tellGap(reader, token, 'the dash')
  if (isSign(token, '::')) {
    reader.column = token.end
    return vector(reader, indent, '- ::', token, spot)
  }
  if (/^- (\[\]|\{\}|- |-$)/.test(rest) || isKeyAhead(reader, token)) {
    return stop(reader, placeAt(reader, token.start), {
      message: 'A list or a mapping as an item of a list begins with "- ::".',
      suggestion: `Write "- ::" and what it holds below, indented by ${blanks(indent + 2)}.`,
    })
  }
  return lineValue(reader, indent, token, '- ::')
}

/** One value to the end of the line, or text of several lines. */
function lineValue(reader: Reader, indent: number, token: Token, many: string): Node | null {
  reader.column = token.end
  if (isSign(token, '"""')) return multiLine(reader, indent, placeAt(reader, token.start))
  const value = scalarNode(reader, token, false)
  return value !== null && endLine(reader, many) ? value : null
}

/** What follows two colons: in the same line, or below them. */
function vector(
  reader: Reader,
  indent: number,
  opener: string,
  colons: Token,
  spot: Spot,
): Node | null {
  const at = placeAt(reader, colons.start)
  const token = peek(reader)
  if (token === null) return null
  if (!isEnd(token)) {
    if (token.gap !== 1) return tellGap(reader, token, '"::"')
    return wholeLine(reader, inlineVector(reader, spot))
  }
  if (!endLine(reader, opener)) return null
  if (reader.indent === indent + 2) return block(reader, indent + 2, spot)
  if (reader.indent > indent) return tellIndent(reader, indent + 2)
  return tellEmptyVector(reader, indent, opener, at)
}

function tellEmptyVector(reader: Reader, indent: number, opener: string, at: Place): null {
  if (reader.indent === indent && opener !== '- ::' && reader.line.startsWith('- ', indent)) {
    return stop(reader, placeAt(reader, indent), {
      message: `The items of "${opener}" must be indented below it.`,
      suggestion: `Indent them by ${blanks(indent + 2)}.`,
    })
  }
  const empty = opener === '- ::' ? opener : `${opener.slice(0, -2)}::`
  return stop(reader, at, {
    message: `Nothing follows "${opener}".`,
    suggestion: `Indent what belongs to it by ${blanks(indent + 2)}, or write "${empty} []" or "${empty} {}".`,
  })
}

function tellIndent(reader: Reader, wanted: number): null {
  return stop(reader, placeAt(reader, reader.indent), {
    message: `This line is indented by ${blanks(reader.indent)}; here ${wanted === 0 ? 'it must not be' : `it must be by ${blanks(wanted)}`}.`,
    suggestion: 'Each level is 2 blanks more than the line it belongs to, which ends with "::".',
  })
}
