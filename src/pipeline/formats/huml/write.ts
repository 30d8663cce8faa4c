import type { Entry, Node, Place } from '../../tree.ts'
import type { Notes } from '../notes.ts'
import { fileBytesMax } from '../text.ts'
import { keyText, quoted } from './strings.ts'

const inlineLengthMax = 100

/** What HUML and YAML both read as a number or a truth value. */
const literal = /^(true|false|[+-]?\d+(\.\d+)?([eE][+-]?\d+)?|0x[\da-fA-F]+|0o[0-7]+)$/

type Writer = { lines: string[]; length: number; notes: Notes; variables: Set<Node> }

/**
 * A tree as HUML 0.2.0; null where that would be larger than a configuration may be. Text stays
 * exactly what it is: of text of several lines a line end behind the last one becomes an empty line
 * before the closing `"""`, which by itself has none. A variable that YAML leaves empty is empty text,
 * and not the word `null`, which is all that HUML has for nothing.
 */
export function writeHuml(root: Node, notes: Notes, header: string[]): string | null {
  const writer: Writer = { lines: [], length: 0, notes, variables: emptyVariables(root) }
  for (const comment of header) put(writer, commentText(comment))
  if (isEmpty(root) || (root.kind !== 'map' && root.kind !== 'list'))
    put(writer, valueText(writer, root))
  else writeBlock(writer, root, 0)
  for (const comment of notes.end) put(writer, commentText(comment))
  return isFull(writer) ? null : `${writer.lines.join('\n')}\n`
}

/** The values below `vars` that are nothing without the word for it. */
function emptyVariables(root: Node): Set<Node> {
  const found = new Set<Node>()
  const seen = new Set<Node>()
  const open = [{ node: root, isVars: false }]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { node, isVars } = next
    if (isVars && node.kind === 'map') {
      for (const { value } of node.entries) {
        if (value.kind === 'null' && value.text !== 'null') found.add(value)
      }
    }
    if (seen.has(node)) continue
    seen.add(node)
    if (node.kind === 'list')
      open.push(...node.items.map((item) => ({ node: item, isVars: false })))
    if (node.kind !== 'map') continue
    for (const { key, value } of node.entries) open.push({ node: value, isVars: key === 'vars' })
  }
  return found
}

function put(writer: Writer, line: string) {
  writer.lines.push(line)
  writer.length += line.length + 1
}

/** Written out, aliases of aliases may become larger than memory. */
const isFull = (writer: Writer): boolean => writer.length > fileBytesMax

const isEmpty = (node: Node): boolean =>
  (node.kind === 'map' && node.entries.length === 0) ||
  (node.kind === 'list' && node.items.length === 0)

function writeBlock(writer: Writer, node: Node, indent: number) {
  if (node.kind === 'map') {
    for (const { key, at, value } of node.entries)
      writeLine(writer, keyText(key), at, value, indent)
  } else if (node.kind === 'list') {
    for (const item of node.items) writeLine(writer, null, item.at, item, indent)
  }
}

/** An entry, or without a key an item, with its comments. */
function writeLine(writer: Writer, key: string | null, at: Place, value: Node, indent: number) {
  if (isFull(writer)) return
  const margin = ' '.repeat(indent)
  const { comments, isApart } = writer.notes.before(at)
  if (isApart && writer.lines.length > 0) put(writer, '')
  for (const comment of comments) put(writer, margin + commentText(comment))
  writeValue(writer, key, at, value, indent)
  for (const comment of writer.notes.after(at)) put(writer, margin + commentText(comment))
}

function writeValue(writer: Writer, key: string | null, at: Place, value: Node, indent: number) {
  const margin = ' '.repeat(indent)
  const scalarHead = `${margin}${key === null ? '-' : `${key}:`} `
  const vectorHead = `${margin}${key === null ? '- ::' : `${key}::`}`
  const isVector = value.kind === 'map' || value.kind === 'list'
  const inline = isVector ? inlineText(writer, value) : null
  const comment = isVector && key === null && inline === null ? null : writer.notes.beside(at)
  const beside = comment === null ? '' : ` ${commentText(comment)}`
  if (inline !== null) put(writer, `${vectorHead} ${inline}${beside}`)
  else if (isVector) {
    put(writer, vectorHead + beside)
    writeBlock(writer, value, indent + 2)
  } else if (value.kind === 'scalar' && isBlockText(value.text)) {
    put(writer, `${scalarHead}"""${beside}`)
    const lines = value.text.split('\n')
    for (const line of lines) put(writer, line === '' ? '' : `${margin}  ${line}`)
    put(writer, `${margin}"""`)
  } else put(writer, scalarHead + valueText(writer, value) + beside)
}

/** What was in one line before, and what has no lines of its own; null for everything else. */
function inlineText(writer: Writer, node: Node): string | null {
  if (node.kind === 'map') {
    if (node.entries.length === 0) return '{}'
    return node.flow ? joined(node.entries.map((entry) => entryText(writer, entry))) : null
  }
  if (node.kind !== 'list') return null
  if (node.items.length === 0) return '[]'
  return node.flow ? joined(node.items.map((item) => inlineValue(writer, item))) : null
}

function joined(parts: (string | null)[]): string | null {
  const whole = parts.includes(null) ? null : parts.join(', ')
  return whole !== null && whole.length <= inlineLengthMax ? whole : null
}

function entryText(writer: Writer, { key, value }: Entry): string | null {
  const text = inlineValue(writer, value)
  return text === null ? null : `${keyText(key)}: ${text}`
}

function inlineValue(writer: Writer, node: Node): string | null {
  if (node.kind === 'map' || node.kind === 'list') return null
  return node.kind === 'scalar' && isBlockText(node.text) ? null : valueText(writer, node)
}

/** Several lines, and none that would end the text early. */
const isBlockText = (text: string): boolean =>
  /\n[^]/.test(text) && !text.includes('\r') && !/^\s*"""/m.test(text)

function valueText(writer: Writer, node: Node): string {
  if (node.kind === 'map') return '{}'
  if (node.kind === 'list') return '[]'
  if (node.kind === 'null' && writer.variables.has(node)) return quoted(node.text)
  if (node.kind !== 'scalar') return 'null'
  return !node.quoted && literal.test(node.text) ? node.text : quoted(node.text)
}

/** HUML wants a blank after the sign, and none at the end of the line. */
function commentText(text: string): string {
  const plain = text.replace(/\s+$/, '').replaceAll('\r', ' ')
  return plain === '' || plain.startsWith(' ') ? `#${plain}` : `# ${plain}`
}
