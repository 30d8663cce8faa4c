import { oneLine } from './one-line.ts'

/*
 * Markdown of GitHub and GitLab around what others wrote: names of steps and tests, lines of logs.
 * Nothing of theirs may become a link, a picture, a mention, a command or the end of a table.
 */

/** Characters of one name. */
const lengthMax = 200

/**
 * Text of others on one line, as code: neither forge makes anything of a mention, a number or an
 * address within it. What Markdown would read is written by number, so it stays in its cell too.
 */
export const codeText = (text: string, max = lengthMax): string =>
  `<code>${byNumber(oneLine(text, max)) || '&#32;'}</code>`

/** A sentence that holds names of others, on one line. Mentions and references in it stay words. */
export const plainText = (text: string, max = lengthMax): string =>
  byNumber(oneLine(text, max)).replaceAll(/&#(?:64|35|33);/g, '$&\u200b')

const byNumber = (text: string): string =>
  text
    .replaceAll(/[\\`*_{}[\]<>&|~@#:!$^"]/g, (character) => `&#${character.charCodeAt(0)};`)
    .replaceAll(/(www)\./gi, '$1&#46;')

/** Lines of others as a block of code that nothing within them ends. */
export function codeBlock(lines: readonly string[]): string {
  const text = lines.join('\n')
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length))
  const fence = '`'.repeat(longest + 1)
  return `${fence}text\n${text}\n${fence}`
}

/** A table: heads are ours, cells are Markdown on one line each. */
export const table = (heads: readonly string[], rows: readonly (readonly string[])[]): string[] => [
  `| ${heads.join(' | ')} |`,
  `| ${heads.map(() => '---').join(' | ')} |`,
  ...rows.map((cells) => `| ${cells.join(' | ')} |`),
]

/**
 * Whole lines of a text up to a number of bytes of UTF-8; where there is more, `note` stands as the
 * last line.
 */
export function fitted(lines: readonly string[], bytesMax: number, note: string): string {
  const whole = lines.join('\n')
  if (Buffer.byteLength(whole) <= bytesMax) return whole
  const kept: string[] = []
  let room = bytesMax - Buffer.byteLength(`\n\n${note}`)
  for (const line of lines) {
    room -= Buffer.byteLength(line) + 1
    if (room < 0) break
    kept.push(line)
  }
  return [...kept, '', note].join('\n')
}
