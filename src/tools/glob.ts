import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { compileGlob, splitGlob } from '../lib/glob.ts'

/** The files that an absolute pattern names, in order; a plain path names itself where it is there. */
export function globSync(pattern: string): string[] {
  const { base, glob } = splitGlob(pattern)
  if (glob === '') return [base]
  const matches = compileGlob(glob, { crossesSlash: false, matchesHidden: true })
  try {
    return readdirSync(base, {
      recursive: glob.includes('/') || glob.includes('**'),
      encoding: 'utf8',
    })
      .filter(matches)
      .toSorted()
      .map((name) => join(base, name))
  } catch {
    return []
  }
}
