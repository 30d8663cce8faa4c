import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Configurations to be explained, by theme: bad ones, and odd ones that are none. */
export const folders = [
  'parse',
  ...readdirSync(join(import.meta.dirname, 'parse'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => `parse/${name}`)
    .toSorted(),
]

/** The files of a folder of this one with that ending, by name and without it. */
export const cases = (folder: string, ending: '.yml' | '.huml' = '.yml'): string[] =>
  readdirSync(join(import.meta.dirname, folder))
    .filter((name) => name.endsWith(ending))
    .map((name) => name.slice(0, -ending.length))
    .toSorted()

export const contentOf = (folder: string, name: string): string =>
  readFileSync(join(import.meta.dirname, folder, name), 'utf8')

/** What the file says; `UPDATE_GOLDEN=1` writes `actual` to it first, for a look at the diff. */
export function golden(folder: string, name: string, actual: string): string {
  const file = join(import.meta.dirname, folder, name)
  if (process.env.UPDATE_GOLDEN === '1') writeFileSync(file, actual)
  return readFileSync(file, 'utf8')
}
