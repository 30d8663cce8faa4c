import { clipped } from '../../findings.ts'
import {
  blanks,
  indentOf,
  keyColumn,
  lastIndex,
  nextContent,
  startsLikeYaml,
  type Scene,
  type Told,
} from './scene.ts'

export function tabIndent({ error, at, lines }: Scene): Told | null {
  const indent = /^\s*/.exec(lines[at.line - 1] ?? '')?.[0] ?? ''
  const tab = indent.indexOf('\t')
  if (error.code !== 'TAB_AS_INDENT' && (tab < 0 || at.column > indent.length + 1)) return null
  return {
    at: { line: at.line, column: tab < 0 ? at.column : tab + 1 },
    message: 'This line is indented with a tab; YAML is indented with blanks only.',
    suggestion: 'Replace each tab by two blanks, here and in the lines that follow.',
  }
}

/** Blanks that look like one and are none: they come with text that is copied from a page. */
export function oddBlank({ lines, at }: Scene): Told | null {
  const index = lines.findIndex((line) => /^ *[\u00a0\u2000-\u200b\u3000]/.test(line))
  if (index < 0 || index < at.line - 3 || index >= at.line) return null
  return {
    at: { line: index + 1, column: indentOf(lines[index] ?? '') + 1 },
    message: 'This line is indented with a blank of another kind, such as no-break space.',
    suggestion: 'Replace it by ordinary blanks; it often comes with text copied from a page.',
  }
}

export function mergeConflict({ lines, at }: Scene): Told | null {
  const index = lines.findIndex((line) => /^(<{7}|>{7}|={7})( |$)/.test(line))
  if (index < 0 || index >= at.line) return null
  return {
    at: { line: index + 1, column: 1 },
    message: 'This line is a mark that git leaves where it could not merge.',
    suggestion: 'Choose one of the two versions, and remove the marks.',
  }
}

export function dashAfterKey({ error, at }: Scene): Told | null {
  if (error.code !== 'UNEXPECTED_TOKEN' || !error.message.includes('block-seq-ind')) return null
  return {
    at,
    message: 'A list cannot begin on the line of its key.',
    suggestion: 'Remove the dash, or put each "- item" on a line of its own.',
  }
}

/** `name:Build` and `name` are words to YAML, not keys. */
export function missingColon({ error, lines, at }: Scene): Told | null {
  if (error.code !== 'MULTILINE_IMPLICIT_KEY' && error.code !== 'MISSING_CHAR') return null
  const line = lines[at.line - 1] ?? ''
  if (line.length > 200) return null
  const glued = /^[\s-]*[\w.-]+:(?=[^\s/])/.exec(line)?.[0].length
  if (glued !== undefined) {
    const message = 'A blank is missing after the colon.'
    return { at: { line: at.line, column: glued + 1 }, message, suggestion: 'Write "key: value".' }
  }
  const assigned = /^[\s-]*[\w.-]+\s*(?==(?!=))/.exec(line)?.[0].length
  if (assigned !== undefined) {
    const message = 'A colon follows a key, and no "=".'
    return {
      at: { line: at.line, column: assigned + 1 },
      message,
      suggestion: 'Write "key: value".',
    }
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
export function valueAndMore({ error, lines, at }: Scene): Told | null {
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

export function twoKeysOnALine({ error, lines, at }: Scene): Told | null {
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

export function unevenIndent({ error, lines, at }: Scene): Told | null {
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

export function neitherKeyNorItem({ error, lines, at }: Scene): Told | null {
  const codes = ['MULTILINE_IMPLICIT_KEY', 'MISSING_CHAR', 'UNEXPECTED_TOKEN']
  if (!codes.includes(error.code)) return null
  const line = lines[at.line - 1] ?? ''
  return {
    at: { line: at.line, column: Math.max(at.column, indentOf(line) + 1) },
    message: `"${clipped(line.trim(), 60)}" is neither "key: value" nor "- item" of what surrounds it.`,
    suggestion: 'If it belongs to a script, write "script: |" and indent the commands below it.',
  }
}
