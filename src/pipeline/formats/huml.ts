import type { Findings, Spot } from '../findings.ts'
import type { Node } from '../tree.ts'
import { isBraces, parseBraces } from './braces.ts'
import type { Comment } from './comments.ts'
import { parseHuml } from './huml/parse.ts'
import { textOf } from './text.ts'

/**
 * HUML to a tree, in either of its two ways of writing; null where the file as a whole cannot be
 * read. Which of the two it is shows in the first line with content: see `isBraces`.
 */
export const readHuml = (content: string, findings: Findings): Node | null =>
  readHumlWithComments(content, findings)?.root ?? null

/** The same, and the comments in the order of the file. */
export function readHumlWithComments(
  content: string,
  findings: Findings,
): { root: Node; comments: Comment[] } | null {
  const file: Spot = { trail: null, findings }
  const text = textOf(content, file)
  if (text === null) return null
  return isBraces(text) ? parseBraces(text, file) : parseHuml(text, file)
}
