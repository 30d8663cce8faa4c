import type { Millis } from '../../lib/clock.ts'
import type { LogChunk, LogStream, PlacedFrame } from '../../lib/log-frames.ts'
import { KiB } from '../../lib/sizes.ts'
import { incompleteTail, utf8Text } from '../../lib/utf8.ts'

export type StreamFilter = LogStream | 'all'

/** One line of a log, or a part of one that is longer than lineBytesMax. */
export type LogLine = {
  is: 'line'
  /** Where it begins, in bytes: to read it again. */
  offset: number
  /** Counted from 1 over everything the step ever said, whatever is shown or kept of it. */
  number: number
  at: Millis
  /** Who said the first byte of it. */
  stream: LogStream
  /** Without its line feed. */
  text: string
  /** A part of this line came before. */
  continued: boolean
}

/** What is not there any more, before the line with this number. */
export type LogGap = { is: 'gap'; offset: number; number: number; bytes: number; lines: number }

export type LogRow = LogLine | LogGap

export const lineBytesMax = 64 * KiB
const newline = 0x0a

/** Where to go on reading lines: the byte, and whether it stands in the middle of a long line. */
export type LineCursor = { offset: number; continued: boolean }

type Pending = { offset: number; number: number; at: Millis; stream: LogStream; bytes: Uint8Array }

/** Makes lines of chunks that are pushed in their order. */
export class LineReader {
  readonly #filter: StreamFilter
  #pending: Pending | null = null
  #continued: boolean
  #next: number

  constructor(filter: StreamFilter, from: LineCursor) {
    this.#filter = filter
    this.#continued = from.continued
    this.#next = from.offset
  }

  /** Where a new reader would see exactly what this one has not given out yet. */
  get cursor(): LineCursor {
    return { offset: this.#pending?.offset ?? this.#next, continued: this.#continued }
  }

  /** The next byte to push. */
  get next(): number {
    return this.#next
  }

  /** The rows that these bytes complete. */
  push(chunk: LogChunk): LogRow[] {
    const rows: LogRow[] = []
    const first = chunk.frames[0]
    if (chunk.missing && first) {
      rows.push(...this.#endAtGap())
      const offset = first.offset - chunk.missing.bytes
      rows.push({ is: 'gap', offset, number: first.line + 1, ...chunk.missing })
    }
    for (const frame of chunk.frames) {
      if (this.#filter === 'all' || frame.stream === this.#filter) this.#take(frame, rows)
    }
    this.#next = chunk.next
    return rows
  }

  /** The beginning of a line that has not ended yet. */
  rest(): LogLine | null {
    return this.#pending && this.#line(this.#pending)
  }

  #take(frame: PlacedFrame, rows: LogRow[]): void {
    let number = frame.line + 1
    for (let start = 0; start < frame.bytes.length;) {
      const end = frame.bytes.indexOf(newline, start)
      const stop = end < 0 ? frame.bytes.length : end
      this.#grow(frame, start, stop, number, rows)
      if (end >= 0) {
        if (this.#pending) rows.push(this.#line(this.#pending))
        this.#pending = null
        this.#continued = false
        number += 1
      }
      start = stop + 1
    }
  }

  #grow(frame: PlacedFrame, start: number, stop: number, number: number, rows: LogRow[]): void {
    const { at, stream } = frame
    const more = frame.bytes.subarray(start, stop)
    this.#pending = this.#pending
      ? { ...this.#pending, bytes: Buffer.concat([this.#pending.bytes, more]) }
      : { offset: frame.offset + start, number, at, stream, bytes: more }
    while (this.#pending.bytes.length > lineBytesMax) {
      const part = this.#pending.bytes.subarray(0, lineBytesMax)
      const cut = lineBytesMax - incompleteTail(part)
      rows.push(this.#line({ ...this.#pending, bytes: part.subarray(0, cut) }))
      this.#continued = true
      const bytes = this.#pending.bytes.subarray(cut)
      const offset = frame.offset + stop - bytes.length
      this.#pending = { ...this.#pending, bytes, offset }
    }
  }

  #endAtGap(): LogRow[] {
    const rest = this.rest()
    this.#pending = null
    this.#continued = false
    return rest ? [rest] : []
  }

  #line({ bytes, ...place }: Pending): LogLine {
    return { is: 'line', ...place, text: utf8Text(bytes), continued: this.#continued }
  }
}
