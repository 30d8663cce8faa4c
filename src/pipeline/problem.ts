/** Something wrong in a configuration: where, what, and what to write instead. */
export type Problem = {
  severity: 'error' | 'warning'
  /** A sentence, without the place. */
  message: string
  /** `workflows.ios.scripts[2].name`; empty for the file as a whole. */
  path: string
  /** From 1; null where no place can be named. */
  line: number | null
  column: number | null
  /** The line, cut where it is long, and below it a caret under the place. */
  excerpt: string | null
  /** What to write instead, where that can be said. */
  suggestion: string | null
  /** The workflow it belongs to; null for the whole file. The other workflows stay usable. */
  workflow: string | null
}

const excerptLengthMax = 100

/** Gives each problem its excerpt of the text it is about, and makes all of it fit to be shown. */
export function withExcerpts(problems: readonly Problem[], text: string): Problem[] {
  const lines = text.split(/\r?\n/)
  return problems.map((problem) => ({
    ...problem,
    message: printable(problem.message),
    suggestion: problem.suggestion === null ? null : printable(problem.suggestion),
    excerpt: excerptOf(problem, lines),
  }))
}

function excerptOf({ line, column }: Problem, lines: readonly string[]): string | null {
  const written = line === null ? undefined : lines[line - 1]
  if (line === null || written === undefined) return null
  const at = column ?? 1
  const from = Math.max(0, Math.min(at - 60, written.length - excerptLengthMax))
  const shown = printable(written.slice(from, from + excerptLengthMax))
  const number = String(line).padStart(6)
  return `${number} | ${shown}\n${' '.repeat(6)} | ${' '.repeat(at - 1 - from)}^`
}

/** One column for each unit, and nothing that moves a terminal's cursor or turns text around. */
const printable = (text: string): string =>
  text.replace(/\t/g, ' ').replace(/[\p{Cc}\p{Cs}\u202a-\u202e\u2066-\u2069]/gu, '�')

/** A problem for a terminal or a log: the place and the sentence, the excerpt, and the remedy. */
export function problemText(problem: Problem, fileName: string): string {
  const { line, column, message, suggestion, severity, excerpt } = problem
  const place = [fileName, line, column].filter((part) => part !== null).join(':')
  return [
    `${place}  ${severity === 'warning' ? 'warning: ' : ''}${message}`,
    ...(excerpt === null ? [] : [excerpt]),
    ...(suggestion === null ? [] : [`  ${suggestion}`]),
  ].join('\n')
}
