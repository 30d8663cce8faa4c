import type { Document, ParsedNode, YAMLParseError } from 'yaml'
import { placeOf } from '../lines.ts'
import { leftBlock, unevenBlock } from './blocks.ts'
import {
  dashAfterKey,
  mergeConflict,
  missingColon,
  neitherKeyNorItem,
  oddBlank,
  tabIndent,
  twoKeysOnALine,
  unevenIndent,
  valueAndMore,
} from './keys.ts'
import type { Scene, Told } from './scene.ts'
import {
  badEscape,
  emptyAlias,
  missingComma,
  openBracket,
  openQuote,
  reservedStart,
  secondDocument,
  strayBracket,
  textAfterBar,
  textAfterBracket,
  textAfterQuote,
} from './signs.ts'

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

/** Tried in this order: the first that recognises the scene tells it. */
const causes: ((scene: Scene) => Told | null)[] = [
  mergeConflict,
  oddBlank,
  tabIndent,
  leftBlock,
  emptyAlias,
  unevenBlock,
  secondDocument,
  dashAfterKey,
  openQuote,
  textAfterBracket,
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
