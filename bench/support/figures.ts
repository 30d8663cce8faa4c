/** What one row of the table says. */
export type Figure = {
  what: string
  measured: string
  /** The same work without Oore, in the same run; null where there is nothing to compare with. */
  limit: string | null
  aim: string | null
  /** Null where there is no aim, or none that one machine can decide. */
  reached: boolean | null
}

export function percentile(values: readonly number[], share: number): number {
  if (values.length === 0) return Number.NaN
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN
}

export const median = (values: readonly number[]): number => percentile(values, 0.5)

export const ms = (value: number): string => `${value.toFixed(value < 10 ? 2 : 1)} ms`
export const seconds = (valueMs: number): string => `${(valueMs / 1000).toFixed(2)} s`
export const perSecond = (value: number): string => `${value.toFixed(value < 100 ? 1 : 0)} /s`
export const mebibytes = (bytes: number): string => `${(bytes / 1024 / 1024).toFixed(0)} MiB`

export function printFigures(figures: readonly Figure[]): void {
  const head = { what: 'figure', measured: 'measured', limit: 'limit in the same run', aim: 'aim' }
  const rows = figures.map((figure) => ({
    what: figure.what,
    measured: figure.measured,
    limit: figure.limit ?? '',
    aim: `${figure.aim ?? ''}${figure.reached === null ? '' : figure.reached ? '  ✓' : '  ✗'}`,
  }))
  const columns = ['what', 'measured', 'limit', 'aim'] as const
  const widths = columns.map((column) =>
    Math.max(...[head, ...rows].map((row) => row[column].length)),
  )
  const line = (row: typeof head) =>
    columns
      .map((column, at) => row[column].padEnd(widths[at] ?? 0))
      .join('  ')
      .trimEnd()
  console.log(line(head))
  console.log(widths.map((width) => '─'.repeat(width)).join('  '))
  for (const row of rows) console.log(line(row))
}
