import type { Document, ParsedNode, YAMLParseError } from 'yaml'
import type { Place } from '../../tree.ts'

/** A syntax error and what surrounds it. */
export type Scene = {
  error: YAMLParseError
  document: Document<ParsedNode, boolean>
  text: string
  lineStarts: number[]
  lines: string[]
  at: Place
}

/** What to tell of a syntax error, and where. */
export type Told = { at: Place; message: string; suggestion: string | null }

export const indentOf = (line: string): number => /^ */.exec(line)?.[0].length ?? 0

/** Where the key of a line stands, after the dashes of list items. */
export const keyColumn = (line: string): number => /^ *(- +)*/.exec(line)?.[0].length ?? 0

/** The next line that is neither empty nor a comment; a lone comment at the end. */
export const nextContent = (lines: string[], from: number): string =>
  lines.slice(from).find((line) => !/^\s*(#|$)/.test(line)) ?? '#'

/** A key or an item may well begin there: then the block just ended. */
export const startsLikeYaml = (line: string): boolean => /^\s*(- |#|[\w"'.-]+\s*:(\s|$))/.test(line)

export function lastIndex(
  lines: string[],
  from: number,
  matches: (line: string) => boolean,
): number {
  for (let index = from; index >= 0; index -= 1) if (matches(lines[index] ?? '')) return index
  return -1
}

export const blanks = (count: number): string =>
  count === 0 ? 'no blank' : count === 1 ? '1 blank' : `${count} blanks`
