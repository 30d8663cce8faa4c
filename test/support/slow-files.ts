/*
 * The slowest ways known to fill a configuration of 128 KiB, the largest that is read. Whoever
 * finds a slower one adds it here: the benchmark reads them all.
 */

const bytesMax = 128 * 1024

/** As much of a repeated piece as a configuration may hold. */
export const fill = (piece: string, head = '', tail = ''): string => {
  const room = bytesMax - Buffer.byteLength(head + tail)
  return head + piece.repeat(Math.floor(room / Buffer.byteLength(piece))) + tail
}

export const numbered = (count: number, line: (n: number) => string, between = '\n'): string =>
  Array.from({ length: count }, (_, n) => line(n)).join(between)

const workflow = 'workflows:\n a:\n'
const longName = 'triggering_pattern_max'

export const slowFiles: Record<string, string> = {
  'lists in brackets': fill('['),
  'lists by dashes': fill('- '),
  'many deep lists': fill(`${'['.repeat(60)}${']'.repeat(60)},`, 'a: [', ']'),
  'tagged list items': fill('- !a\n'),
  'one list in brackets': fill('a,', 'workflows: {a: {scripts: [', ']}}'),
  'commas alone': fill(',', 'workflows: {a: {scripts: [a', ']}}'),
  'keys without names': fill(':\n'),
  'one key again and again in braces': fill('a,', 'workflows: {a: {', '}}'),
  'misspelt keys in braces': `workflows: {a: {${numbered(24_000, (n) => `${n.toString(36)}:`, ',')}}}`,
  'merged everywhere': `b: &b {${numbered(4000, (n) => `k${n}: 1`, ',')}}\nworkflows:\n${numbered(4000, (n) => ` k${n}: {<<: *b}`)}`,
  'misspelt keys merged everywhere': `b: &b {${numbered(300, (n) => `k${n}: 1`, ',')}}\nworkflows:\n${numbered(320, (n) => ` k${n}: {<<: *b}`)}`,
  'aliases near to many anchors': `${numbered(6000, (n) => `- &a${n} x`)}\n${numbered(4500, (n) => `- *b${n}`)}`,
  'anchors on end': fill('&a '),
  'many workflows': `workflows:\n${numbered(5000, (n) => ` k${n}: {scripts: [a]}`)}`,
  'many broken workflows': `workflows: {${numbered(14_000, (n) => `${n.toString(36)}: []`, ',')}}`,
  'many patterns': `${workflow}  triggering:\n   events: [push]\n   branch_patterns: [${numbered(9000, () => '{pattern: a}', ',')}]`,
  'long patterns': `${workflow}  triggering:\n   events: [push]\n   branch_patterns:\n${numbered(250, () => `    - pattern: '${'{a,b}*[a-z]?'.repeat(40)}'`)}`,
  'quotation marks': fill('"'),
  'directives without a name': fill('%a\n'),
  'aliases near to long anchors': `${numbered(100, (n) => `- &${longName}${n} x`)}\n${numbered(3600, (n) => `- *${longName}${n + 100}`)}`,
  'escapes that mean nothing': fill('\\q', 'a: "', '"'),
  // Fast unless a regular expression goes back and forth over them.
  staircase: numbered(450, (n) => `${' '.repeat(n)}a:`),
  'a comment without end': fill('#', 'workflows:\n a:\n  scripts: "# ', 'x"'),
  'dashes on a line': fill('-', '', '!\n  a: b'),
  blanks: fill(' ', 'a: |\n', '\n'),
  'placeholders never closed': fill('${{', `${workflow}  scripts: ["`, '"]'),
  'placeholders in placeholders': fill('${{ inputs.', `${workflow}  scripts: ["`, '"]'),
  'a long text by an alias': `s: &s ["${'x'.repeat(60_000)}"]\nworkflows:\n${numbered(70, (n) => ` w${n}: {scripts: *s}`)}`,
}
