import { stripVTControlCharacters } from 'node:util'

/**
 * Text of other people, made harmless for a terminal: a branch may hold escape sequences that
 * move the cursor or retitle the window.
 */
export const plain = (text: string): string =>
  stripVTControlCharacters(text).replace(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu, '�')

/** JSON for programs. */
export const printJson = (value: unknown): void =>
  void process.stdout.write(`${JSON.stringify(value, null, 2)}\n`)

/** Rows in columns for people; tab-separated without a head where nobody watches. */
export function printTable(head: readonly string[], rows: readonly (readonly string[])[]): void {
  const clean = rows.map((row) => row.map(plain))
  if (!process.stdout.isTTY) {
    for (const row of clean) process.stdout.write(`${row.join('\t')}\n`)
    return
  }
  const all = [head.map((name) => name.toUpperCase()), ...clean]
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)))
  for (const row of all) {
    const cells = row.map((cell, column) => cell.padEnd(widths[column] ?? 0))
    process.stdout.write(`${cells.join('  ').trimEnd()}\n`)
  }
}

/** One thing, a line each: names on the left. */
export function printFields(fields: Record<string, string | number | null | undefined>): void {
  const shown = Object.entries(fields).filter(([, value]) => value !== null && value !== undefined)
  const width = Math.max(...shown.map(([name]) => name.length))
  for (const [name, value] of shown) {
    process.stdout.write(`${`${name}:`.padEnd(width + 2)}${plain(String(value))}\n`)
  }
}

export const printLine = (text: string): void => void process.stdout.write(`${plain(text)}\n`)

/** Something to know that is no result: it goes where errors go. */
export const warn = (text: string): void => void process.stderr.write(`oore: ${plain(text)}\n`)
