import { error, type Spot } from '../findings.ts'
import type { Entry, Place } from '../tree.ts'

/** Names that reach into every object of JavaScript; nobody's workflow needs them. */
const forbiddenKeys = new Set(['__proto__', 'constructor', 'prototype'])

/** Whether a key is refused by name; it is reported then. */
export function isForbidden(key: string, at: Place, spot: Spot): boolean {
  if (!forbiddenKeys.has(key)) return false
  error(spot, at, `"${key}" cannot be used as a key.`, 'Choose another name.')
  return true
}

/**
 * Keeps an entry of a mapping where a key may stand only once: a second one is reported with the
 * line of the first, and what belongs to the file otherwise stays readable.
 */
export function putEntry(entries: Map<string, Entry>, entry: Entry, spot: Spot): void {
  const { key, at } = entry
  if (isForbidden(key, at, spot)) return
  const earlier = entries.get(key)
  if (earlier !== undefined) {
    const message = `${JSON.stringify(key)} was already written at line ${earlier.at.line}.`
    error(spot, at, message, 'A key may stand once in a mapping: keep one of the two.')
  }
  entries.set(key, entry)
}
