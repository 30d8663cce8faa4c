import { Lexer } from 'yaml'
import type { Comment } from '../comments.ts'
import { lineStartsOf, placeOf } from '../lines.ts'

/** Signs that the lexer adds and that are not in the text: the next lexeme is a scalar, and such. */
const scalarSign = '\u001f'
const addedSigns = new Set(['\u0002', '\u0018', scalarSign])

/** The comments of a YAML text with line ends of one sign. */
export function commentsOfYaml(text: string): Comment[] {
  const lineStarts = lineStartsOf(text)
  const comments: Comment[] = []
  let offset = 0
  let last = ''
  for (const lexeme of new Lexer().lex(text)) {
    if (lexeme.startsWith('#') && last !== scalarSign) {
      const at = placeOf(lineStarts, offset)
      const before = text.slice(offset - at.column + 1, offset)
      comments.push({ at, text: lexeme.slice(1), alone: before.trim() === '' })
    }
    last = lexeme
    if (!addedSigns.has(lexeme)) offset += lexeme.length
  }
  return comments
}
