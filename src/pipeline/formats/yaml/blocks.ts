import {
  blanks,
  indentOf,
  lastIndex,
  nextContent,
  startsLikeYaml,
  type Scene,
  type Told,
} from './scene.ts'

/** A line of a script that stands further left than its block: mostly a heredoc pasted in. */
export function leftBlock(scene: Scene): Told | null {
  const { lines, at } = scene
  const header = lastIndex(lines, at.line - 2, isBlockHeader)
  if (header < 0) return null
  const floor = blockFloor(lines[header] ?? '')
  let left = header + 1
  while (left < lines.length && isInside(lines[left] ?? '', floor)) left += 1
  if (left + 1 > at.line) return null
  const line = lines[left] ?? ''
  const place = { line: left + 1, column: indentOf(line) + 1 }
  const block = `the script block that starts at line ${header + 1}`
  const heredoc = openHeredoc(lines, header + 1, left)
  if (heredoc !== null) {
    const open = `with "${heredoc.opener}" of line ${heredoc.line} still open`
    return { at: place, message: `This line leaves ${block}, ${open}.`, suggestion: indentAlike }
  }
  if (line.startsWith('#') && isInside(nextContent(lines, left), floor)) {
    return { at: place, message: `This comment ends ${block}.`, suggestion: indentAlike }
  }
  if (left + 1 !== at.line || startsLikeYaml(line)) return null
  return left === header + 1
    ? {
        at: place,
        message: `The block that starts at line ${header + 1} is empty, since this line is not in it.`,
        suggestion: `Indent it by at least ${blanks(floor + 2)}.`,
      }
    : { at: place, message: `This line leaves ${block}.`, suggestion: indentAlike }
}

const indentAlike =
  'Indent it like the rest of the block; YAML removes that indentation again, so that a heredoc ' +
  'comes out right.'

/** Lines of a block stand further in than its key, or than its dash where there is no key. */
const blockFloor = (header: string): number =>
  /^ *(- +)*(?=[^-|> ])/.exec(header)?.[0].length ??
  Math.max(indentOf(header), header.lastIndexOf('- '))

const isBlockHeader = (line: string): boolean =>
  /(^|[:\-?])\s+(&\S+\s+)?[|>][+\-\d]*\s*(#.*)?$/.test(line)

const isInside = (line: string, floor: number): boolean =>
  line.trim() === '' || indentOf(line) > floor

function openHeredoc(lines: string[], from: number, to: number) {
  let open: { opener: string; word: string; line: number } | null = null
  for (let index = from; index < to; index += 1) {
    const line = lines[index] ?? ''
    if (open !== null) {
      if (line.trim() === open.word) open = null
      continue
    }
    const found = /<<[-~]?\s*(["']?)([A-Za-z_]\w*)\1/.exec(line)
    if (found?.[2] !== undefined) open = { opener: found[0], word: found[2], line: index + 1 }
  }
  return open
}

/** The first line of a block sets its indentation; one further left ends it. */
export function unevenBlock({ error, lines, at }: Scene): Told | null {
  if (error.code !== 'MISSING_CHAR' && error.code !== 'BAD_INDENT') return null
  const header = lastIndex(lines, at.line - 2, isBlockHeader)
  if (header < 0) return null
  const set = lines.findIndex((line, index) => index > header && line.trim() !== '')
  const line = lines[at.line - 1] ?? ''
  const indent = indentOf(line)
  const isBetween = indent > indentOf(lines[header] ?? '') && indent < indentOf(lines[set] ?? '')
  if (!isBetween || startsLikeYaml(line)) return null
  return {
    at: { line: at.line, column: indent + 1 },
    message:
      `This line is indented by ${blanks(indent)}, less than line ${set + 1} ` +
      `(${blanks(indentOf(lines[set] ?? ''))}), which set the indentation of the block.`,
    suggestion: `Indent all lines of the block that starts at line ${header + 1} alike.`,
  }
}
