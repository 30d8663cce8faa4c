export type DotenvVariable = { name: string; value: string; line: number }
export type DotenvProblem = { line: number; message: string }

const namePattern = /^[A-Za-z_][A-Za-z0-9_]*$/

/**
 * Reads a `.env` file: `KEY=value`, also after `export`, one a line; `#` begins a comment on a line
 * of its own, and after a blank behind a value without quotes. `'…'` is taken as it is, over several
 * lines too; in `"…"` `\n`, `\r`, `\t`, `\"`, `\\` and `\$` are what they stand for. `$NAME` is not
 * put in. Every line that cannot be read is a problem with its number.
 */
export function readDotenv(text: string): {
  variables: DotenvVariable[]
  problems: DotenvProblem[]
} {
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/)
  const variables: DotenvVariable[] = []
  const problems: DotenvProblem[] = []
  for (let at = 0; at < lines.length; at += 1) {
    const line = at + 1
    const written = lines[at]!.replace(/^\s*(?:export\s+)?/, '')
    if (written === '' || written.startsWith('#')) continue
    const [, name, rest] = /^([^=]*?)\s*=\s*(.*)$/.exec(written) ?? []
    if (name === undefined || rest === undefined) {
      problems.push({ line, message: 'is not KEY=value' })
      continue
    }
    const quote = rest[0]
    let value: string | null = rest
    if (quote === '"' || quote === "'") {
      const end = endOfQuoted(lines, at, quote)
      if (end === null) {
        problems.push({ line, message: `has a ${quote} that is never closed` })
        continue
      }
      value = end.value
      at = end.at
    } else {
      value = rest.replace(/(^|\s+)#.*$/, '').trim()
    }
    if (!namePattern.test(name)) {
      problems.push({ line, message: 'has a name that is not letters, digits and _' })
    } else if (value.includes('\0')) {
      problems.push({ line, message: 'holds a NUL byte' })
    } else {
      variables.push({ name, value, line })
    }
  }
  return { variables, problems }
}

/** The value in quotes that begins on this line, and the line that it ends on; null without an end. */
function endOfQuoted(
  lines: readonly string[],
  at: number,
  quote: string,
): { value: string; at: number } | null {
  let text = lines[at]!.slice(lines[at]!.indexOf(quote, lines[at]!.indexOf('=')) + 1)
  for (let last = at; last < lines.length; last += 1) {
    const end = closing(text, quote)
    if (end !== -1) {
      const inside = text.slice(0, end)
      return { value: quote === '"' ? unescaped(inside) : inside, at: last }
    }
    text += `\n${lines[last + 1] ?? ''}`
  }
  return null
}

function closing(text: string, quote: string): number {
  for (let at = 0; at < text.length; at += 1) {
    if (text[at] === '\\' && quote === '"') at += 1
    else if (text[at] === quote) return at
  }
  return -1
}

const escapes: Record<string, string> = { n: '\n', r: '\r', t: '\t' }

const unescaped = (text: string): string =>
  text.replace(/\\([nrt"\\$])/g, (_, character: string) => escapes[character] ?? character)
