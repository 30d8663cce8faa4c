import { closeSync, constants, fstatSync, lstatSync, openSync, readFileSync } from 'node:fs'
import { buildIdVariable } from '../lib/machine-variables.ts'
import { MiB } from '../lib/sizes.ts'

export const variablesFileBytesMax = MiB

/**
 * The text of the file that CM_ENV names; empty where no step has made it. Null where it is too
 * large or no plain file: a pipe would be waited for, a link could lead anywhere.
 */
export function readVariablesFile(path: string): string | null {
  const found = lstatSync(path, { throwIfNoEntry: false })
  if (found === undefined) return ''
  if (!found.isFile() || found.size > variablesFileBytesMax) return null
  // What a leftover process may put in its place meanwhile is neither followed nor waited for.
  const file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  try {
    return fstatSync(file).isFile() ? readFileSync(file, 'utf8') : null
  } finally {
    closeSync(file)
  }
}

export type ReadVariables = { variables: Record<string, string>; problems: string[] }

/**
 * Reads lines `KEY=value`, and `KEY<<END` followed by lines up to one that is `END`. Values are
 * taken as they are. What cannot be read is left out and reported in words, under the name of the
 * file. `written` may tidy a line before it is read, or make it empty to leave it out.
 */
export function readVariables(
  text: string,
  called = '$CM_ENV',
  written: (line: string) => string = (line) => line,
): ReadVariables {
  const variables: Record<string, string> = {}
  const problems: string[] = []
  const lines = text.split('\n').map((line) => line.replace(/\r$/, ''))
  for (let at = 0; at < lines.length; at += 1) {
    const line = written(lines[at] ?? '')
    if (line.trim() === '') continue
    const [, name = '', operator, rest = ''] = /^([^=<]*)(=|<<)(.*)$/.exec(line) ?? []
    let value = rest
    if (operator !== undefined && !namePattern.test(name)) {
      problems.push(`${called}: ${notAName(at)}`)
      continue
    }
    if (operator === '<<') {
      const end = lines.findIndex((other, i) => i > at && other === rest.trim())
      if (end === -1) {
        problems.push(`${called}: the value of ${name} has no closing line “${rest.trim()}”.`)
        continue
      }
      value = lines.slice(at + 1, end).join('\n')
      at = end
    }
    const problem = operator === undefined ? notALine(at) : problemWith(name, value)
    if (problem === null) variables[name] = value
    else problems.push(`${called}: ${problem}`)
  }
  return { variables, problems }
}

const namePattern = /^[A-Za-z_][A-Za-z0-9_]*$/

/** Without what stands there: of a secret that ends in `=` it would be all but the end, unmasked. */
const notAName = (at: number): string =>
  `line ${at + 1} does not begin with a name that a variable can have: ` +
  'write letters, digits and _, no digit first.'

const notALine = (at: number): string =>
  `line ${at + 1} is neither KEY=value nor KEY<<END and was left out.`

function problemWith(name: string, value: string): string | null {
  if (name === buildIdVariable) return `${name} is Oore's own and stays as it is.`
  return value.includes('\0') ? `the value of ${name} holds a NUL byte.` : null
}
