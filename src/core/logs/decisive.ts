import { KiB } from '../../lib/sizes.ts'
import { oneLine } from '../../lib/one-line.ts'
import { LineReader, type LogLine, type LogRow } from './lines.ts'
import type { StepLog } from './store.ts'

/** What is looked through: the end, where a command says why it gives up. */
const lookedBytesMax = 512 * KiB
const bytesPerRead = 64 * KiB
/** What is taken of it: from a little before the first error, and how it ended. */
const linesBefore = 2
const linesMax = 24
const lastLinesMax = 6
/** Characters of one line. */
const lineLengthMax = 300

/** Lines of a log that say what went wrong. */
export type Excerpt = {
  lines: { number: number; text: string }[]
  /** Is there an error among them, or are they only the last that were said? */
  hasError: boolean
}

/**
 * The first lines of a step's log that name an error, with what stands around them, and the last
 * lines; where none does, the last alone. Null where nothing was said. As the log itself, it holds no
 * masked value.
 */
export function decisiveLines(log: StepLog): Excerpt | null {
  const lines = lastLines(log)
  if (lines.length === 0) return null
  const at = lines.findIndex(({ text }) => isError(text))
  if (at < 0) return { lines: lines.slice(-linesMax), hasError: false }
  const from = Math.max(0, at - linesBefore)
  const first = lines.slice(from, from + linesMax - lastLinesMax)
  const rest = lines.slice(from + first.length).slice(-lastLinesMax)
  return { lines: [...first, ...rest], hasError: true }
}

function lastLines(log: StepLog): Excerpt['lines'] {
  const from = Math.max(0, log.info().size - lookedBytesMax)
  const reader = new LineReader('all', { offset: from, continued: from > 0 })
  const rows: LogRow[] = []
  for (;;) {
    const chunk = log.read(reader.next, bytesPerRead)
    if (chunk.frames.length === 0) break
    rows.push(...reader.push(chunk))
  }
  const rest = reader.rest()
  return [...rows, ...(rest ? [rest] : [])]
    .filter((row): row is LogLine => row.is === 'line' && !row.continued)
    .map(({ number, text }) => ({ number, text: readable(text) }))
    .filter(({ text }) => text !== '')
}

/** Without colours and what moves a cursor; of a line that was drawn again and again the last. */
function readable(text: string): string {
  const plain = text
    .replace(/\r+$/, '')
    .replace(/^.*\r/s, '')
    // ECMA-48: control sequences, and the commands to the terminal's window that end with BEL or ST.
    .replaceAll(/\u001b\[[0-?]*[ -/]*[@-~]|\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)?/g, '')
  const indent = /^[ \t]*/.exec(plain)?.[0].replaceAll('\t', '  ') ?? ''
  const line = oneLine(plain, lineLengthMax)
  return line === '' ? '' : `${indent.slice(0, 20)}${line}`
}

/** How compilers, test runners and build tools begin to say that something is wrong. */
const errorPatterns: readonly RegExp[] = [
  /(?:^|[\s:[(])(?:fatal )?error(?:\[\w+\])?[:\]!]/i,
  /\berror [A-Z]{1,4}\d{2,}\b/,
  /^\s*e: \S/,
  /^\s*(?:✗|✘|✖|❌|\[!\])\s/,
  /^(?:FAILURE|BUILD FAILED|FAILED|FATAL|panic|Traceback|fatal)\b/,
  /\*\* (?:BUILD|ARCHIVE|TEST|EXPORT) FAILED \*\*/,
  /(?:^|\s)(?:[A-Za-z_$][\w$.]*)?(?:Exception|Error): \S/,
  /^(?:Unhandled exception|Uncaught)\b/i,
  /\bcommand not found\b|\bNo such file or directory\b|\bPermission denied\b/,
  /^\s*\d+ (?:tests?|examples?) failed\b|\[E\]\s*$/,
]

/** `0 errors` and `error: 0` say that all is well. */
const isError = (text: string): boolean =>
  errorPatterns.some((pattern) => pattern.test(text)) && !/\b(?:0|no) errors?\b/i.test(text)
