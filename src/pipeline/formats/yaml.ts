import {
  Composer,
  Lexer,
  Parser,
  YAMLParseError,
  type CST,
  type Document,
  type ParsedNode,
} from 'yaml'
import { clipped, error, warning, type Findings, type Spot } from '../findings.ts'
import type { Node } from '../tree.ts'
import { lineStartsOf, placeOf } from './lines.ts'
import { depthMax, textOf } from './text.ts'
import { explainSyntax } from './yaml/syntax.ts'
import { convertDocument } from './yaml/tree.ts'

/**
 * YAML to a tree; null where the file as a whole cannot be read. Accepts what real files do and
 * Codemagic accepts: two `<<` in one mapping, keys written twice (the last wins), BOM, CRLF.
 * Of syntax errors only the first is told, since the others mostly follow from it.
 */
export function readYaml(content: string, findings: Findings): Node | null {
  const file: Spot = { trail: null, findings }
  const opened = textOf(content, file)
  if (opened === null) return null
  const text = opened.replaceAll('\r\n', '\n')
  const lineStarts = lineStartsOf(text)
  if (text.includes('\r') && !text.includes('\n')) {
    const message = 'The lines of the file end with CR alone, so that it is one line.'
    error(file, { line: 1, column: 1 }, message, 'Save it with LF as the end of a line.')
    return null
  }
  const tokens = tokensOf(text)
  const tooDeep = tooDeepAt(tokens)
  if (tooDeep !== null) {
    const message = `This is nested more than ${depthMax} levels deep.`
    error(file, placeOf(lineStarts, tooDeep), message, 'Write it flatter, or close the brackets.')
    return null
  }
  const document = compose(tokens, text)
  const [syntaxError] = document.errors
  if (syntaxError !== undefined) {
    const told = explainSyntax(syntaxError, document, text, lineStarts)
    error(file, told.at, told.message, told.suggestion)
    return null
  }
  for (const doubt of document.warnings) {
    const [start, end] = doubt.pos
    const shown = clipped(text.slice(start, end), 60)
    if (/^!\W/.test(shown)) {
      const message = `An unquoted "!" begins a tag, and "${shown}" is none.`
      error(file, placeOf(lineStarts, start), message, `If it is a pattern, quote it: '${shown}'`)
      return null
    }
    const message = `"${shown}" means nothing here; it is ignored.`
    warning(file, placeOf(lineStarts, start), message, 'Remove it.')
  }
  return convertDocument(document, text, lineStarts, file)
}

/** As Parser.parse does it, but no further than to where it is certain that the file is too deep. */
function tokensOf(text: string): CST.Token[] {
  const parser = new Parser()
  const tokens: CST.Token[] = []
  for (const lexeme of new Lexer().lex(text)) {
    for (const token of parser.next(lexeme)) tokens.push(token)
    if (parser.stack.length > 4 * depthMax) break
  }
  for (const token of parser.end()) tokens.push(token)
  return tokens
}

/**
 * The offset of the first token that is nested too deeply. The composer calls itself for each
 * level, and a regular expression that is compiled at the end of an exhausted stack ends the
 * whole process; so depth is measured here, where it takes no stack.
 */
function tooDeepAt(tokens: CST.Token[]): number | null {
  const open = tokens.map((token) => ({ token, depth: 0 }))
  for (let top = open.pop(); top !== undefined; top = open.pop()) {
    const { token, depth } = top
    if (depth > depthMax) return token.offset
    if (token.type === 'document' && token.value) open.push({ token: token.value, depth })
    if (!('items' in token)) continue
    for (const item of token.items) {
      if (item.key) open.push({ token: item.key, depth: depth + 1 })
      if (item.value) open.push({ token: item.value, depth: depth + 1 })
    }
  }
  return null
}

type Yaml = Document.Parsed<ParsedNode, boolean>

/** As parseDocument does it, which does not let anyone look at the tokens in between. */
function compose(tokens: CST.Token[], text: string): Yaml {
  const composer = new Composer<ParsedNode, boolean>({ merge: true, uniqueKeys: false })
  const [document, second] = withoutStacks(() => [...composer.compose(tokens, true, text.length)])
  if (document === undefined) throw new Error('The YAML composer gave no document.')
  if (second !== undefined) {
    const [start] = second.range
    document.errors.push(new YAMLParseError([start, start + 1], 'MULTIPLE_DOCS', 'A second one'))
  }
  return document
}

/** A hostile file has an error at every character, whose stack takes longer than all the rest. */
function withoutStacks<T>(work: () => T): T {
  const usual = Error.stackTraceLimit
  Error.stackTraceLimit = 0
  try {
    return work()
  } finally {
    Error.stackTraceLimit = usual
  }
}
