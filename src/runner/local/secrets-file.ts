import { lstatSync, readFileSync } from 'node:fs'
import { basename, relative } from 'node:path'
import { OoreError } from '../../lib/errors.ts'
import { readVariables } from '../variables-file.ts'
import { askGit } from './git.ts'
import { isIgnored } from './repository.ts'
import type { LocalRoot } from './root.ts'

/**
 * The variables of a file beside the code, which are secrets: `KEY=value`, also in quotes or after
 * `export`; `KEY<<END` up to a line `END`; `#` begins a comment. Throws OoreError `invalid` where
 * git would commit the file, and where a line cannot be read.
 */
export async function readSecretsFile(
  root: LocalRoot,
  file: string,
): Promise<Record<string, string>> {
  if (root.isRepository && (await isIgnored(root.path, file)) === false) {
    throw new OoreError('invalid', await notIgnored(root.path, file))
  }
  const name = basename(file)
  const { variables, problems } = readVariables(readFileSync(file, 'utf8'), name, tidied)
  if (problems.length > 0) throw new OoreError('invalid', problems.join('\n'))
  return Object.fromEntries(Object.entries(variables).map(([key, value]) => [key, unquoted(value)]))
}

export const isThere = (file: string): boolean =>
  lstatSync(file, { throwIfNoEntry: false }) !== undefined

async function notIgnored(root: string, file: string): Promise<string> {
  const name = relative(root, file)
  const isTracked = (await askGit(root, ['ls-files', '--error-unmatch', '--', name])) !== null
  if (isTracked) {
    return (
      `${name} is in the repository, where everybody reads its secrets. ` +
      `Take it out with "git rm --cached ${name}", add this line to .gitignore, ` +
      `and change the secrets:\n\n/${name}\n`
    )
  }
  return (
    `${name} holds secrets, and git does not ignore it: the next commit could take it along. ` +
    `Add this line to .gitignore:\n\n/${name}\n`
  )
}

const tidied = (line: string): string =>
  /^\s*#/.test(line) ? '' : line.replace(/^\s*(?:export\s+)?(?=[A-Za-z_])/, '')

const unquoted = (value: string): string => /^(["'])([^\n]*)\1$/.exec(value)?.[2] ?? value
