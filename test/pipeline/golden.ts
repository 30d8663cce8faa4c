import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'

/** The files of a folder of this one that end in `.yml`, by name. */
export const cases = (folder: string): string[] =>
  readdirSync(join(import.meta.dirname, folder))
    .filter((name) => name.endsWith('.yml'))
    .map((name) => name.slice(0, -'.yml'.length))
    .sort()

export const contentOf = (folder: string, name: string): string =>
  readFileSync(join(import.meta.dirname, folder, name), 'utf8')

/** Hold `actual` against the file; `UPDATE_GOLDEN=1` rewrites the file for a look at the diff. */
export function expectGolden(folder: string, name: string, actual: string) {
  const file = join(import.meta.dirname, folder, name)
  if (process.env.UPDATE_GOLDEN === '1') writeFileSync(file, actual)
  expect(actual).toBe(readFileSync(file, 'utf8'))
}
