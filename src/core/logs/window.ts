import { KiB, MiB } from '../../lib/sizes.ts'
import { utf8Text } from '../../lib/utf8.ts'
import { LineReader } from './lines.ts'
import type { LineCursor, LogLine, LogRow, StreamFilter } from './lines.ts'
import type { StepLog } from './store.ts'

export const windowLinesMax = 3000
/** However long the lines are, a window is read and sent within this. */
const windowBytesMax = 1 * MiB
const bytesPerRead = 64 * KiB
/** How far back colours are looked for that are still on when a window begins. */
const leadBytes = 4 * KiB

/** A stretch of a log as lines, and where to go on behind it. */
export type LogWindow = {
  /** What was said just before, for the colours it left on. */
  lead: string
  rows: LogRow[]
  /** A line at the end that has not ended yet; it is not among the rows. */
  rest: LogLine | null
  /** Behind the rows; `rest` is read again from there. */
  cursor: LineCursor
}

/** At most windowLinesMax lines from a line on, which is counted from 1. */
export function readWindow(
  log: StepLog,
  options: { fromLine: number; limit: number; stream: StreamFilter },
): LogWindow {
  const { fromLine, stream } = options
  const offset = log.offsetOfLine(Math.max(0, fromLine - 1))
  const isAsked = (row: LogRow) => row.number >= fromLine
  const limit = Math.min(options.limit, windowLinesMax)
  return readRows(log, { cursor: { offset, continued: false }, stream, limit, isAsked })
}

/** The newest lines, at most windowLinesMax of them. */
export function readTail(
  log: StepLog,
  options: { limit: number; stream: StreamFilter },
): LogWindow {
  const limit = Math.min(options.limit, windowLinesMax)
  return readWindow(log, { ...options, fromLine: Math.max(1, log.info().lines - limit + 1) })
}

/** Lines from where an earlier window ended. */
export function readOn(
  log: StepLog,
  options: { cursor: LineCursor; limit: number; stream: StreamFilter },
): LogWindow {
  return readRows(log, { ...options, isAsked: () => true })
}

type RowsAsked = {
  cursor: LineCursor
  stream: StreamFilter
  limit: number
  isAsked: (row: LogRow) => boolean
}

function readRows(log: StepLog, { cursor, stream, limit, isAsked }: RowsAsked): LogWindow {
  const reader = new LineReader(stream, cursor)
  const rows: LogRow[] = []
  let bytes = 0
  while (rows.length <= limit && bytes < windowBytesMax) {
    const chunk = log.read(reader.next, bytesPerRead)
    if (chunk.frames.length === 0) break
    for (const frame of chunk.frames) bytes += frame.bytes.length
    rows.push(...reader.push(chunk).filter(isAsked))
  }
  const [beyond] = rows.splice(limit)
  const rest = beyond ? null : reader.rest()
  const next = beyond ? cursorAt(beyond) : reader.cursor
  return {
    lead: leadBefore(log, rows[0]?.offset ?? next.offset),
    rows,
    rest: rest && isAsked(rest) ? rest : null,
    cursor: next,
  }
}

const cursorAt = (row: LogRow): LineCursor => ({
  offset: row.offset,
  continued: row.is === 'line' && row.continued,
})

function leadBefore(log: StepLog, offset: number): string {
  const start = Math.max(0, offset - leadBytes)
  const { frames } = log.read(start, bytesPerRead)
  const before = frames.filter((frame) => frame.offset < offset)
  return before.map((frame) => utf8Text(frame.bytes.subarray(0, offset - frame.offset))).join('')
}
