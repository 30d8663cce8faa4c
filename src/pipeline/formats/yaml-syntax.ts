import {
  isCollection,
  isScalar,
  visit,
  type Document,
  type Node as YamlNode,
  type ParsedNode,
  type YAMLParseError,
} from 'yaml'
import { clipped } from '../findings.ts'
import type { Place } from '../tree.ts'
import { placeOf } from './lines.ts'

export type Told = { at: Place; message: string; suggestion: string | null }

/**
 * A syntax error in words that fit its cause. The parser's line is right as a rule, its wording
 * seldom is; and where the cause lies further up (a heredoc that left its block) that place is
 * told instead.
 */
export function explainSyntax(
  error: YAMLParseError,
  document: Document<ParsedNode, boolean>,
  text: string,
  lineStarts: number[],
): Told {
  const scene: Scene = {
    error,
    document,
    text,
    lineStarts,
    lines: text.split('\n'),
    at: placeOf(lineStarts, Math.min(error.pos[0], text.length)),
  }
  for (const cause of causes) {
    const told = cause(scene)
    if (told !== null) return told
  }
  return { at: scene.at, message: `This is no valid YAML: ${error.message}.`, suggestion: null }
}

type Scene = {
  error: YAMLParseError
  document: Document<ParsedNode, boolean>
  text: string
  lineStarts: number[]
  lines: string[]
  at: Place
}

/** Tried in this order: the first that recognises the scene tells it. */
const causes: ((scene: Scene) => Told | null)[] = [
  tabIndent,
  leftBlock,
  emptyAlias,
  unevenBlock,
  secondDocument,
  dashAfterKey,
  openQuote,
  openBracket,
  missingComma,
  textAfterBar,
  strayBracket,
  textAfterQuote,
  reservedStart,
  badEscape,
  missingColon,
  valueAndMore,
  twoKeysOnALine,
  unevenIndent,
  neitherKeyNorItem,
]

function tabIndent({ error, at, lines }: Scene): Told | null {
  const indent = /^\s*/.exec(lines[at.line - 1] ?? '')?.[0] ?? ''
  const tab = indent.indexOf('\t')
  if (error.code !== 'TAB_AS_INDENT' && (tab < 0 || at.column > indent.length + 1)) return null
  return {
    at: { line: at.line, column: tab < 0 ? at.column : tab + 1 },
    message: 'This line is indented with a tab; YAML is indented with blanks only.',
    suggestion: 'Replace each tab by two blanks, here and in the lines that follow.',
  }
}

/** A line of a script that stands further left than its block: mostly a heredoc pasted in. */
function leftBlock(scene: Scene): Told | null {
  const { lines, at } = scene
  const header = lastIndex(lines, at.line - 2, isBlockHeader)
  if (header < 0) return null
  const floor = blockFloor(lines[header] ?? '')
  let left = header + 1
  while (left < lines.length && isInside(lines[left] ?? '', floor)) left += 1
  if (left + 1 > at.line) return null
  const line = lines[left] ?? ''
  const place = { line: left + 1, column: indentOf(line) + 1 }
  const block = `the script block that starts at line ${header + 1}`
  const heredoc = openHeredoc(lines, header + 1, left)
  if (heredoc !== null) {
    const open = `with "${heredoc.opener}" of line ${heredoc.line} still open`
    return { at: place, message: `This line leaves ${block}, ${open}.`, suggestion: indentAlike }
  }
  if (line.startsWith('#') && isInside(nextContent(lines, left), floor)) {
    return { at: place, message: `This comment ends ${block}.`, suggestion: indentAlike }
  }
  if (left + 1 !== at.line || startsLikeYaml(line)) return null
  return left === header + 1
    ? {
        at: place,
        message: `The block that starts at line ${header + 1} is empty, since this line is not in it.`,
        suggestion: `Indent it by at least ${blanks(floor + 2)}.`,
      }
    : { at: place, message: `This line leaves ${block}.`, suggestion: indentAlike }
}

const indentAlike =
  'Indent it like the rest of the block; YAML removes that indentation again, so that a heredoc ' +
  'comes out right.'

/** Lines of a block stand further in than its key, or than its dash where there is no key. */
const blockFloor = (header: string): number =>
  /^ *(- +)*(?=[^-|> ])/.exec(header)?.[0].length ??
  Math.max(indentOf(header), header.lastIndexOf('- '))

/** The next line that is neither empty nor a comment; an empty text at the end. */
const nextContent = (lines: string[], from: number): string =>
  lines.slice(from).find((line) => !/^\s*(#|$)/.test(line)) ?? '#'

const isBlockHeader = (line: string): boolean =>
  /(^|[:\-?])\s+(&\S+\s+)?[|>][+\-\d]*\s*(#.*)?$/.test(line)

const indentOf = (line: string): number => /^ */.exec(line)?.[0].length ?? 0

const isInside = (line: string, floor: number): boolean =>
  line.trim() === '' || indentOf(line) > floor

/** A key or an item may well begin there: then the block just ended. */
const startsLikeYaml = (line: string): boolean => /^\s*(- |#|[\w"'.-]+\s*:(\s|$))/.test(line)

function openHeredoc(lines: string[], from: number, to: number) {
  let open: { opener: string; word: string; line: number } | null = null
  for (let index = from; index < to; index += 1) {
    const line = lines[index] ?? ''
    if (open !== null) {
      if (line.trim() === open.word) open = null
      continue
    }
    const found = /<<[-~]?\s*(["']?)([A-Za-z_]\w*)\1/.exec(line)
    if (found?.[2] !== undefined) open = { opener: found[0], word: found[2], line: index + 1 }
  }
  return open
}

function emptyAlias({ error, at }: Scene): Told | null {
  if (error.code !== 'BAD_ALIAS') return null
  return {
    at,
    message: 'An unquoted "*" begins an alias, and no name follows it.',
    suggestion: "If it is a pattern, quote it: '*'",
  }
}

/** The first line of a block sets its indentation; one further left ends it. */
function unevenBlock({ error, lines, at }: Scene): Told | null {
  if (error.code !== 'MISSING_CHAR' && error.code !== 'BAD_INDENT') return null
  const header = lastIndex(lines, at.line - 2, isBlockHeader)
  if (header < 0) return null
  const set = lines.findIndex((line, index) => index > header && line.trim() !== '')
  const line = lines[at.line - 1] ?? ''
  const indent = indentOf(line)
  const isBetween = indent > indentOf(lines[header] ?? '') && indent < indentOf(lines[set] ?? '')
  if (!isBetween || startsLikeYaml(line)) return null
  return {
    at: { line: at.line, column: indent + 1 },
    message:
      `This line is indented by ${blanks(indent)}, less than line ${set + 1} ` +
      `(${blanks(indentOf(lines[set] ?? ''))}), which set the indentation of the block.`,
    suggestion: `Indent all lines of the block that starts at line ${header + 1} alike.`,
  }
}

function secondDocument({ error, at }: Scene): Told | null {
  if (error.code !== 'MULTIPLE_DOCS') return null
  return {
    at,
    message: 'A second YAML document begins here; a configuration is one document.',
    suggestion: 'Remove the "---", or move what follows into a file of its own.',
  }
}

function dashAfterKey({ error, at }: Scene): Told | null {
  if (error.code !== 'UNEXPECTED_TOKEN' || !error.message.includes('block-seq-ind')) return null
  return {
    at,
    message: 'A list cannot begin on the line of its key.',
    suggestion: 'Remove the dash, or put each "- item" on a line of its own.',
  }
}

function openQuote(scene: Scene): Told | null {
  if (!/^Missing closing .quote/.test(scene.error.message)) return null
  const opened = lastNode(scene, (node) => isScalar(node) && /^QUOTE/.test(node.type ?? ''))
  return {
    at: opened ?? scene.at,
    message: 'The quotation mark that opens here is never closed.',
    suggestion: 'Close it, or use "|" and an indented block for text of several lines.',
  }
}

function openBracket(scene: Scene): Told | null {
  const { code, message } = scene.error
  if (!/^Flow (map|sequence)/.test(message)) return null
  const opened = lastNode(scene, (node) => isCollection(node) && node.flow === true)
  const bracket = message.startsWith('Flow map') ? '{' : '['
  return {
    at: opened ?? scene.at,
    message:
      code === 'BAD_INDENT' && opened?.line !== scene.at.line
        ? `The "${bracket}" that opens here is not closed before line ${scene.at.line}.`
        : `The "${bracket}" that opens here is never closed.`,
    suggestion: 'Close it; if it is meant as text, quote the whole value.',
  }
}

function missingComma({ error, at }: Scene): Told | null {
  if (!error.message.startsWith('Missing , or :')) return null
  return {
    at,
    message: 'Between the brackets a comma is missing, or a quotation mark closes too early.',
    suggestion: "Separate items by commas; within single quotes write '' for one of them.",
  }
}

function textAfterBar({ error, at }: Scene): Told | null {
  if (!/^Not a YAML token/.test(error.message)) return null
  return {
    at,
    message: 'Text follows the "|" or ">" that begins a block.',
    suggestion: 'Put it on the next line, indented.',
  }
}

function strayBracket({ error, at, text }: Scene): Told | null {
  const bracket = text[error.pos[0]] ?? ''
  if (!/flow-(seq|map)-end/.test(error.message)) return null
  return {
    at,
    message: `This "${bracket}" closes nothing.`,
    suggestion: 'Remove it; if it is meant as text, quote the whole value.',
  }
}

function textAfterQuote({ error, at, text }: Scene): Told | null {
  const before = text.slice(0, error.pos[0]).trimEnd()
  if (!/node end/.test(error.message) || !/["']$/.test(before)) return null
  return {
    at,
    message: 'Text follows the closing quotation mark.',
    suggestion: 'Put the whole value in quotes: \'"one" two\'',
  }
}

function reservedStart({ error, at, text }: Scene): Told | null {
  if (error.code !== 'BAD_SCALAR_START') return null
  return {
    at,
    message: `An unquoted value cannot begin with "${text[error.pos[0]] ?? ''}".`,
    suggestion: 'Put the value in quotes.',
  }
}

function badEscape({ error, at, text }: Scene): Told | null {
  if (error.code !== 'BAD_DQ_ESCAPE') return null
  const escape = text.slice(error.pos[0], error.pos[0] + 2)
  return {
    at,
    message: `"${escape}" means nothing in double quotes.`,
    suggestion: 'Use single quotes, where a backslash is a backslash, or write it twice.',
  }
}

/** `name:Build` and `name` are words to YAML, not keys. */
function missingColon({ error, lines, at }: Scene): Told | null {
  if (error.code !== 'MULTILINE_IMPLICIT_KEY' && error.code !== 'MISSING_CHAR') return null
  const line = lines[at.line - 1] ?? ''
  const glued = /^[\s-]*[\w.-]+:(?=[^\s/])/.exec(line)?.[0].length
  if (glued !== undefined) {
    const message = 'A blank is missing after the colon.'
    return { at: { line: at.line, column: glued + 1 }, message, suggestion: 'Write "key: value".' }
  }
  const word = /^[\s-]*([\w.-]+)\s*$/.exec(line)?.[1]
  const end = line.trimEnd().length
  if (word === undefined || indentOf(nextContent(lines, at.line)) <= indentOf(line)) return null
  return {
    at: { line: at.line, column: end + 1 },
    message: `A colon is missing after "${clipped(word, 60)}".`,
    suggestion: `Write "${clipped(word, 60)}:".`,
  }
}

/** `name: Build` and below it, further in, `script: …`: the value is already there. */
function valueAndMore({ error, lines, at }: Scene): Told | null {
  if (error.code !== 'BLOCK_AS_IMPLICIT_KEY' && error.code !== 'MULTILINE_IMPLICIT_KEY') return null
  const line = lines[at.line - 1] ?? ''
  const next = lines.findIndex((each, index) => index >= at.line && each.trim() !== '')
  const below = lines[next]
  if (below === undefined || at.column === 1 || /:(\s|$)/.test(line.slice(at.column - 1)))
    return null
  const indent = indentOf(below)
  if (indent <= indentOf(line)) return null
  return {
    at: { line: next + 1, column: indent + 1 },
    message: `This line is indented below line ${at.line}, whose key already has a value.`,
    suggestion: `Indent it like the key of line ${at.line}: by ${blanks(keyColumn(line))}.`,
  }
}

/** Where the key of a line stands, after the dashes of list items. */
const keyColumn = (line: string): number => /^ *(- +)*/.exec(line)?.[0].length ?? 0

function twoKeysOnALine({ error, lines, at }: Scene): Told | null {
  const isAtStart = at.column <= indentOf(lines[at.line - 1] ?? '') + 1
  if (error.code !== 'BLOCK_AS_IMPLICIT_KEY' || isAtStart) return null
  const value = (lines[at.line - 1] ?? '').slice(at.column - 1)
  if (/^[\w.-]+:/.test(value)) {
    return {
      at,
      message: 'This line has two keys, or a value with ": " in it.',
      suggestion: 'Quote the value, or begin a new line with the second key.',
    }
  }
  return {
    at,
    message: 'This value has ": " in it, which makes it a key to YAML.',
    suggestion: 'Quote it, or write "|" and the value on the next line, indented.',
  }
}

function unevenIndent({ error, lines, at }: Scene): Told | null {
  const line = lines[at.line - 1] ?? ''
  const indent = indentOf(line)
  if (error.code !== 'BAD_INDENT' && !startsLikeYaml(line)) return null
  const above = lastIndex(lines, at.line - 2, (each) => each.trim() !== '' && !/^\s*#/.test(each))
  if (above < 0) return null
  return {
    at: { line: at.line, column: indent + 1 },
    message:
      `This line starts in column ${indent + 1}, where nothing above it does; ` +
      `line ${above + 1} has its text in column ${keyColumn(lines[above] ?? '') + 1}.`,
    suggestion: 'Keys of one mapping, and items of one list, start in the same column.',
  }
}

function neitherKeyNorItem({ error, lines, at }: Scene): Told | null {
  const codes = ['MULTILINE_IMPLICIT_KEY', 'MISSING_CHAR', 'UNEXPECTED_TOKEN']
  if (!codes.includes(error.code)) return null
  const line = lines[at.line - 1] ?? ''
  return {
    at: { line: at.line, column: Math.max(at.column, indentOf(line) + 1) },
    message: `"${clipped(line.trim(), 60)}" is neither "key: value" nor "- item" of what surrounds it.`,
    suggestion: 'If it belongs to a script, write "script: |" and indent the commands below it.',
  }
}

const blanks = (count: number): string =>
  count === 0 ? 'no blank' : count === 1 ? '1 blank' : `${count} blanks`

function lastIndex(lines: string[], from: number, matches: (line: string) => boolean): number {
  for (let index = from; index >= 0; index -= 1) if (matches(lines[index] ?? '')) return index
  return -1
}

/** Where the last node of a kind begins that begins before the error. */
function lastNode(scene: Scene, matches: (node: YamlNode) => boolean): Place | null {
  let start: number | null = null
  visit(scene.document, {
    Node(_, node) {
      const begin = node.range?.[0]
      if (begin === undefined || begin > scene.error.pos[0] || !matches(node)) return
      start = begin
    },
  })
  return start === null ? null : placeOf(scene.lineStarts, start)
}
