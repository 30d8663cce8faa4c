import { Document, Pair, Scalar, YAMLMap, YAMLSeq } from 'yaml'
import type { Node, Place } from '../../tree.ts'
import type { Notes } from '../notes.ts'

const flowLengthMax = 100

/** Unquoted these would be a number, nothing or a truth value, to one reader of YAML or another. */
const ambiguous =
  /^(|~|null|true|false|yes|no|on|off|y|n|<<|=|[-+]?(\.inf|\d[\d_]*(:[0-5]?\d)*(\.[\d_]*)?(e[-+]?\d+)?|\.\d[\d_]*(e[-+]?\d+)?)|\.nan|0x[\da-f_]+|0o[0-7_]+|0b[01_]+|\d{4}-\d\d?-\d\d?.*)$/i

/** What a block cannot hold: it would be read as something else, or not at all. */
const unprintable =
  /[^\t\n\u0020-\u007e\u00a0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\u{10000}-\u{10ffff}]/u

/**
 * A tree as YAML. Numbers keep their digits, text that looks like one is quoted, text of several
 * lines becomes a block.
 */
export function writeYaml(root: Node, notes: Notes, header: string[]): string {
  // The schema that knows only text: what is written without quotes is decided here, not by it.
  const document = new Document(null, { schema: 'failsafe' })
  document.contents = nodeOf(root, notes)
  const body = document.toString({
    lineWidth: 0,
    doubleQuotedMinMultiLineLength: Number.MAX_SAFE_INTEGER,
    flowCollectionPadding: true,
  })
  const lines = (comments: string[]): string =>
    comments.map((comment) => `#${comment.trimEnd()}\n`).join('')
  return lines(header) + body + lines(notes.end)
}

type Written = Scalar | YAMLMap | YAMLSeq

function nodeOf(node: Node, notes: Notes): Written {
  if (node.kind === 'map') {
    const map = new YAMLMap()
    map.flow = node.flow && isShort(node)
    for (const { key, at, value } of node.entries) {
      const keyNode = new Scalar(key)
      if (ambiguous.test(key)) keyNode.type = 'QUOTE_DOUBLE'
      noteBefore(keyNode, at, notes)
      const beside = notes.beside(at)
      const valueNode = nodeOf(value, notes)
      noteBeside(valueNode, beside)
      map.items.push(new Pair(keyNode, valueNode))
      noteAfter(map, at, notes)
    }
    return map
  }
  if (node.kind !== 'list') return scalarOf(node)
  const list = new YAMLSeq()
  list.flow = node.flow && isShort(node)
  for (const item of node.items) {
    const before = notes.before(item.at)
    const beside = item.kind === 'map' || item.kind === 'list' ? null : notes.beside(item.at)
    const itemNode = nodeOf(item, notes)
    if (before.comments.length > 0) itemNode.commentBefore = lined(before.comments)
    if (before.isApart && list.items.length > 0) itemNode.spaceBefore = true
    noteBeside(itemNode, beside)
    list.items.push(itemNode)
    noteAfter(list, item.at, notes)
  }
  return list
}

function scalarOf(node: Node): Scalar {
  if (node.kind !== 'scalar') return Object.assign(new Scalar('null'), { type: 'PLAIN' })
  const scalar = new Scalar(node.text)
  if (!node.quoted) scalar.type = 'PLAIN'
  else if (unprintable.test(node.text) || ambiguous.test(node.text)) scalar.type = 'QUOTE_DOUBLE'
  else if (node.text.includes('\n')) scalar.type = 'BLOCK_LITERAL'
  return scalar
}

function noteBefore(node: Written, at: Place, notes: Notes) {
  const { comments, isApart } = notes.before(at)
  if (comments.length > 0) node.commentBefore = lined(comments)
  if (isApart) node.spaceBefore = true
}

/** Behind a key that lists or mappings of several lines follow YAML's writer keeps no comment. */
function noteBeside(node: Written, comment: string | null) {
  if (comment === null) return
  if (node instanceof Scalar || node.flow || node.items.length === 0)
    node.comment = lined([comment])
  else node.commentBefore = lined([comment])
}

function noteAfter(collection: YAMLMap | YAMLSeq, at: Place, notes: Notes) {
  const comments = notes.after(at)
  if (comments.length > 0) collection.comment = lined(comments)
}

/** A comment without text is a blank to the writer; without that it would be an empty line. */
const lined = (comments: string[]): string =>
  comments.map((comment) => (comment.trim() === '' ? ' ' : comment.trimEnd())).join('\n')

const isShort = (node: Node): boolean => lengthOf(node) <= flowLengthMax

/** About how long a node is in one line; long enough where it has several. */
function lengthOf(node: Node): number {
  if (node.kind === 'scalar') return node.text.includes('\n') ? Infinity : node.text.length + 4
  if (node.kind === 'list') return node.items.reduce((sum, item) => sum + lengthOf(item), 2)
  if (node.kind !== 'map') return 4
  return node.entries.reduce((sum, { key, value }) => sum + key.length + 2 + lengthOf(value), 2)
}
