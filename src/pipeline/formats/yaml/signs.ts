import { isMap, isScalar, isSeq, visit, type Node } from 'yaml'
import { clipped } from '../../findings.ts'
import type { Place } from '../../tree.ts'
import { placeOf } from '../lines.ts'
import type { Scene, Told } from './scene.ts'

export function emptyAlias({ error, at }: Scene): Told | null {
  if (error.code !== 'BAD_ALIAS') return null
  return {
    at,
    message: 'An unquoted "*" begins an alias, and no name follows it.',
    suggestion: "If it is a pattern, quote it: '*'",
  }
}

export function secondDocument({ error, at }: Scene): Told | null {
  if (error.code !== 'MULTIPLE_DOCS') return null
  return {
    at,
    message: 'A second YAML document begins here; a configuration is one document.',
    suggestion: 'Remove the "---", or move what follows into a file of its own.',
  }
}

export function openQuote(scene: Scene): Told | null {
  if (!/^Missing closing .quote/.test(scene.error.message)) return null
  const opened = lastNode(scene, (node) => isScalar(node) && (node.type ?? '').startsWith('QUOTE'))
  return {
    at: opened ?? scene.at,
    message: 'The quotation mark that opens here is never closed.',
    suggestion: 'Close it, or use "|" and an indented block for text of several lines.',
  }
}

export function openBracket(scene: Scene): Told | null {
  const { code, message } = scene.error
  if (!/^Flow (map|sequence)/.test(message)) return null
  const isMapping = message.startsWith('Flow map')
  const opened = lastNode(
    scene,
    (node) =>
      (isMapping ? isMap(node) && node.flow : isSeq(node) && node.flow) === true &&
      !isClosed(node, scene),
  )
  const bracket = isMapping ? '{' : '['
  return {
    at: opened ?? scene.at,
    message:
      code === 'BAD_INDENT' && opened?.line !== scene.at.line && !isEnd(scene)
        ? `The "${bracket}" that opens here is not closed before line ${scene.at.line}.`
        : `The "${bracket}" that opens here is never closed.`,
    suggestion: 'Close it; if it is meant as text, quote the whole value.',
  }
}

const isClosed = (node: Node, { text }: Scene): boolean =>
  /[\]}]/.test(text[(node.range?.[1] ?? 0) - 1] ?? '')

const isEnd = ({ error, text }: Scene): boolean => text.slice(error.pos[0]).trim() === ''

/** `{test,qa}/*` and `[a-z]*`: the brackets are over, and the value is not. */
export function textAfterBracket({ error, at, lines }: Scene): Told | null {
  const line = lines[at.line - 1] ?? ''
  if (line.length > 200) return null
  const value = /^[\s-]*[\w.-]+:\s+([[{].*[\]}][^\s,#\]}].*)$/.exec(line)?.[1]
  if (
    value === undefined ||
    !/UNEXPECTED_TOKEN|MISSING_CHAR|BAD_INDENT|IMPLICIT_KEY/.test(error.code)
  ) {
    return null
  }
  return {
    at: { line: at.line, column: line.indexOf(value) + 1 },
    message: 'Text follows the closing bracket.',
    suggestion: `If it is all one text, a pattern for example, quote it: '${clipped(value.trim(), 60)}'`,
  }
}

export function missingComma({ error, at }: Scene): Told | null {
  if (!error.message.startsWith('Missing , or :')) return null
  return {
    at,
    message: 'Between the brackets a comma is missing, or a quotation mark closes too early.',
    suggestion: "Separate items by commas; within single quotes write '' for one of them.",
  }
}

export function textAfterBar({ error, at }: Scene): Told | null {
  if (!error.message.startsWith('Not a YAML token')) return null
  return {
    at,
    message: 'Text follows the "|" or ">" that begins a block.',
    suggestion: 'Put it on the next line, indented.',
  }
}

export function strayBracket({ error, at, text }: Scene): Told | null {
  const bracket = text[error.pos[0]] ?? ''
  if (!/flow-(seq|map)-end/.test(error.message)) return null
  return {
    at,
    message: `This "${bracket}" closes nothing.`,
    suggestion: 'Remove it; if it is meant as text, quote the whole value.',
  }
}

export function textAfterQuote({ error, at, text }: Scene): Told | null {
  const before = text.slice(0, error.pos[0]).trimEnd()
  if (!/node end/.test(error.message) || !/["']$/.test(before)) return null
  return {
    at,
    message: 'Text follows the closing quotation mark.',
    suggestion: before.endsWith('"')
      ? 'Put the whole value in quotes: \'"one" two\''
      : "Within single quotes write '' for one of them.",
  }
}

export function reservedStart({ error, at, text }: Scene): Told | null {
  if (error.code !== 'BAD_SCALAR_START') return null
  return {
    at,
    message: `An unquoted value cannot begin with "${text[error.pos[0]] ?? ''}".`,
    suggestion: 'Put the value in quotes.',
  }
}

export function badEscape({ error, at, text }: Scene): Told | null {
  if (error.code !== 'BAD_DQ_ESCAPE') return null
  const escape = text.slice(error.pos[0], error.pos[0] + 2)
  return {
    at,
    message: `"${escape}" means nothing in double quotes.`,
    suggestion: 'Use single quotes, where a backslash is a backslash, or write it twice.',
  }
}

/** Where the last node of a kind begins that begins before the error. */
function lastNode(scene: Scene, matches: (node: Node) => boolean): Place | null {
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
