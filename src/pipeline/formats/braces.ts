import { below, clipped, type Spot } from '../findings.ts'
import type { Entry, Node } from '../tree.ts'
import {
  explainUnquoted,
  nextPiece,
  placeIn,
  scannerOf,
  stop,
  type Piece,
  type Scanner,
} from './braces/scan.ts'
import type { Comment } from './comments.ts'
import { putEntry } from './entries.ts'
import { quoted } from './huml/strings.ts'
import { depthMax } from './text.ts'

const key = String.raw`(?:[A-Za-z_][\w.-]*|"(?:[^"\\]|\\.)*")`
const opening = new RegExp(String.raw`^\s*${key}(?:\s*[:=]?\s*[{[](?!\s*[\]}])|\s*[{[]|\s+")`)

/**
 * Whether a text is in the brace form: its first line with content has a key with `{`, `[` or `"`
 * behind it, or a key alone with the bracket in the next line. HUML 0.2.0 has none of them: there
 * a colon follows the key. (`key: {` and `key = {` are neither, and nearer to this one.)
 */
export function isBraces(text: string): boolean {
  const lines = contentLines(text)
  const first = lines.next().value ?? ''
  if (opening.test(first)) return true
  if (!new RegExp(`^\\s*${key}\\s*$`).test(first)) return false
  return /^\s*[{[]/.test(lines.next().value ?? '')
}

function* contentLines(text: string): Generator<string, undefined> {
  for (let at = 0; at <= text.length;) {
    const end = text.indexOf('\n', at)
    const line = text.slice(at, end < 0 ? text.length : end)
    if (!/^\s*(#|\/\/|$)/.test(line)) yield line.slice(0, lineLookedAt)
    if (end < 0) return
    at = end + 1
  }
}

/** A key that is longer begins no configuration. */
const lineLookedAt = 400

type Opener = { sign: string; start: number }

/**
 * Where the parser is: the brackets that are open, and the first one whose closing bracket stands
 * in another column than its line begins with, for that is where one was forgotten.
 */
type State = {
  scanner: Scanner
  open: Opener[]
  suspect: { opener: Opener; closed: number } | null
}

/**
 * The brace form, a second way to write HUML, to a tree, and its comments; null after a syntax
 * error, of which the first is told.
 *
 *     key "value"    key 12    key { … }    key [ … ]
 *
 * Blanks, line ends and commas separate; `#` and `//` begin comments; strings have the escapes of
 * HUML, text of several lines stands between `"""`. Between a key and its value is no sign.
 */
export function parseBraces(text: string, file: Spot): { root: Node; comments: Comment[] } | null {
  const scanner = scannerOf(text.replaceAll('\r\n', '\n'), file)
  const root = mapping({ scanner, open: [], suspect: null }, null, file)
  return root === null ? null : { root, comments: scanner.comments }
}

function mapping(state: State, opener: Opener | null, spot: Spot): Node | null {
  const entries = new Map<string, Entry>()
  for (;;) {
    const piece = nextPiece(state.scanner)
    if (piece === null) return null
    if (piece.kind === 'end' && opener === null) break
    if (piece.kind === 'end') return tellUnclosed(state)
    if (piece.kind === 'close') {
      if (closes(state, piece)) break
      return null
    }
    const entry = readEntry(state, piece, spot)
    if (entry === null) return null
    putEntry(entries, entry, below(spot, entry.key))
  }
  const list = [...entries.values()]
  const at =
    opener === null ? (list[0]?.at ?? { line: 1, column: 1 }) : placeIn(state.scanner, opener.start)
  return { kind: 'map', at, entries: list, flow: isOneLine(state, opener) }
}

function readEntry(state: State, piece: Piece, spot: Spot): Entry | null {
  const { scanner } = state
  if (piece.kind !== 'word' && piece.kind !== 'string') return tellNoKey(scanner, piece)
  const value = nextPiece(scanner)
  if (value === null) return null
  const shown = clipped(piece.text, 60)
  if (value.kind === 'assign') {
    const remedy = `Write a blank: ${keyShown(shown)} "value".`
    return stop(
      scanner,
      value.start,
      `No "${value.text}" stands between a key and its value.`,
      remedy,
    )
  }
  const isMissing =
    value.kind === 'close' || value.kind === 'end' || (value.newline && !isValueStart(value))
  if (isMissing) {
    const message = `A value is missing after "${shown}".`
    return stop(scanner, piece.start, message, 'Write one, such as "text", 1, { } or [ ].')
  }
  const node = readValue(state, value, below(spot, piece.text))
  return node && { key: piece.text, at: placeIn(scanner, piece.start), value: node }
}

const isValueStart = ({ kind, text }: Piece): boolean =>
  ['open', 'string', 'text', 'number'].includes(kind) || isWordValue(text)

const isWordValue = (text: string): boolean => /^(true|false|null)$/.test(text)

const keyShown = (text: string): string => (/^[A-Za-z_][\w.-]*$/.test(text) ? text : quoted(text))

function tellNoKey(scanner: Scanner, { kind, text, start }: Piece): null {
  const shown = clipped(text, 40)
  if (kind === 'open') {
    const remedy = 'Write one before it, as in "scripts [".'
    return stop(scanner, start, `A key is missing before "${text}".`, remedy)
  }
  if (kind === 'number') {
    return stop(scanner, start, `The key ${shown} must be in quotes.`, `Write ${quoted(shown)}.`)
  }
  const message = `A key must stand here, found ${JSON.stringify(shown)}.`
  return stop(scanner, start, message, 'Write a key and a value: name "iOS".')
}

function readValue(state: State, piece: Piece, spot: Spot): Node | null {
  const { kind, text, start } = piece
  const at = placeIn(state.scanner, start)
  if (kind === 'open') return bracketed(state, { sign: text, start }, spot)
  if (kind === 'string' || kind === 'text') {
    return { kind: 'scalar', at, text, quoted: true, joined: false }
  }
  if (kind === 'word' && text === 'null') return { kind: 'null', at, text }
  if (kind === 'number' || isWordValue(text)) {
    return { kind: 'scalar', at, text: text.replaceAll('_', ''), quoted: false, joined: false }
  }
  return explainUnquoted(state.scanner, piece)
}

function bracketed(state: State, opener: Opener, spot: Spot): Node | null {
  if (state.open.length >= depthMax) {
    const message = `This is nested more than ${depthMax} levels deep.`
    return stop(state.scanner, opener.start, message, 'Write it flatter, or close the brackets.')
  }
  state.open.push(opener)
  return opener.sign === '{' ? mapping(state, opener, spot) : list(state, opener, spot)
}

function list(state: State, opener: Opener, spot: Spot): Node | null {
  const items: Node[] = []
  for (;;) {
    const piece = nextPiece(state.scanner)
    if (piece === null) return null
    if (piece.kind === 'end') return tellUnclosed(state)
    if (piece.kind === 'close') {
      if (!closes(state, piece)) return null
      const at = placeIn(state.scanner, opener.start)
      return { kind: 'list', at, items, flow: isOneLine(state, opener) }
    }
    const item = readValue(state, piece, below(spot, items.length))
    if (item === null) return null
    items.push(item)
  }
}

/** Whether a closing bracket fits the one that is open; false after a syntax error. */
function closes(state: State, { text, start, newline }: Piece): boolean {
  const { scanner, open } = state
  const opener = open.pop()
  if (opener === undefined) {
    return stop(scanner, start, `This "${text}" closes nothing.`, 'Remove it.') !== null
  }
  const wanted = opener.sign === '{' ? '}' : ']'
  const line = placeIn(scanner, opener.start).line
  if (text !== wanted) {
    const message = `The "${opener.sign}" of line ${line} is open here, and "${text}" does not close it.`
    return stop(scanner, start, message, `Write "${wanted}" before it.`) !== null
  }
  if (newline && indentAt(scanner, start) !== indentAt(scanner, opener.start)) {
    state.suspect ??= { opener, closed: start }
  }
  return true
}

/** The column where the line of an offset begins to have content. */
function indentAt(scanner: Scanner, offset: number): number {
  const { column } = placeIn(scanner, offset)
  const before = scanner.text.slice(offset - column + 1, offset)
  return /^[ \t]*/.exec(before)?.[0].length ?? 0
}

function tellUnclosed({ scanner, open, suspect }: State): null {
  const last = suspect?.opener ?? open.at(-1)
  if (last === undefined) return null
  const wanted = last.sign === '{' ? '}' : ']'
  const remedy = `Write "${wanted}" where what belongs to it ends.`
  if (suspect === null) {
    return stop(scanner, last.start, `The "${last.sign}" that opens here is never closed.`, remedy)
  }
  const line = placeIn(scanner, suspect.closed).line
  const message = `The "${last.sign}" that opens here is not closed: the "${wanted}" of line ${line} belongs to another by its indentation.`
  return stop(scanner, last.start, message, remedy)
}

const isOneLine = ({ scanner }: State, opener: Opener | null): boolean =>
  opener !== null && placeIn(scanner, opener.start).line === placeIn(scanner, scanner.offset).line
