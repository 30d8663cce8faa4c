import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Frame, LogChunk, LogStream, Place, PlacedFrame } from './log-frames.ts'
import { beginning, clipFrames, placeAfter, placeFrame, sliceFrame } from './log-places.ts'
import { LogSegment, markBytes } from './log-segment.ts'
import { KiB, MiB } from './sizes.ts'

/*
 * One log, kept within a limit: its head in `<name>.log`, and once that is full the newest part in
 * `<name>.tail-<n>.log`, of which there are never more than two: when the newer is full, the older
 * is dropped whole. So the head and the newest 10 to 20 % are always there. Offsets and lines count
 * everything ever said, so they mean the same before and after something was dropped.
 */

const headShare = 0.8
const tailShare = 0.1
const tailsMax = 2
/** Marks may take as much room as the bytes they mark, and at least this. */
const marksBytesMin = 64 * KiB
/** What live readers are served from without touching the disk: the largest bodies that come. */
const recentBytesMax = 2 * MiB
const recentFramesMax = 1024

const newline = 0x0a

export type LogFileOptions = { directory: string; name: string; maxBytes: number }

/** An ordered log on disk: one writer, many readers in the same process. All calls are synchronous. */
export class LogFile {
  readonly #options: LogFileOptions
  /** The head first, then the tails, oldest first. */
  readonly #segments: LogSegment[]
  #tailNumber: number
  #end: Place
  #recent: PlacedFrame[] = []
  #recentBytes = 0

  /** Opens or makes the log, as it was after its last whole frame. */
  static open(options: LogFileOptions): LogFile {
    return new LogFile(options)
  }

  private constructor(options: LogFileOptions) {
    this.#options = options
    const numbers = tailNumbers(options)
    const names = [options.name, ...numbers.map((number) => tailName(options.name, number))]
    this.#segments = names.map((name) => new LogSegment(join(options.directory, name)))
    this.#tailNumber = numbers.at(-1) ?? 0
    this.#end = this.#segments.findLast((segment) => segment.end)?.end ?? beginning
    this.#dropOldTails()
  }

  /** Where the next byte will belong. */
  get end(): Place {
    return this.#end
  }

  /** How many bytes were ever said. */
  get size(): number {
    return this.#end.offset
  }

  get stdoutBytes(): number {
    return this.#end.stdoutBytes
  }

  get stderrBytes(): number {
    return this.#end.offset - this.#end.stdoutBytes
  }

  /** Is something missing? */
  get truncated(): boolean {
    return this.#segments.reduce((kept, segment) => kept + segment.bytes, 0) < this.size
  }

  append(frame: Frame): void {
    this.appendAll([frame])
  }

  /** Takes frames in their order. Throws when the disk refuses; `end` says what was taken. */
  appendAll(frames: readonly Frame[]): void {
    let end = this.#end
    let batch: PlacedFrame[] = []
    let room = this.#room()
    for (const frame of frames) {
      for (let rest of placeFrame(frame, end)) {
        end = placeAfter(rest)
        while (rest.bytes.length > room) {
          const fresh = batch.length === 0 && this.#newest().count === 0
          const cut = cutAt(rest.bytes, room, fresh)
          if (cut > 0) batch.push(sliceFrame(rest, 0, cut))
          this.#write(batch)
          batch = []
          this.#startTail()
          rest = sliceFrame(rest, cut)
          room = this.#room()
        }
        batch.push(rest)
        room -= rest.bytes.length
      }
    }
    this.#write(batch)
  }

  /** The next frame belongs further on: what lies between was dropped before it came here. */
  skipTo(place: Place): void {
    if (place.offset > this.#end.offset) this.#end = place
  }

  /**
   * Frames from an offset on, at most maxBytes with frameHeaderBytes counted for each. An offset
   * that is no longer there reads on behind the gap and says what is missing (when it lies inside
   * the gap, the lines are those of the whole gap). At the end there are no frames.
   */
  read(offset: number, maxBytes: number): LogChunk {
    const frames = this.#recentFrom(offset) ?? this.#keptFrom(offset, maxBytes)
    const clipped = clipFrames(frames, offset, maxBytes)
    const first = clipped[0]
    const last = clipped.at(-1)
    if (!first || !last) return { frames: [], next: offset, missing: null }
    const bytes = first.offset - offset
    const missing = bytes > 0 ? { bytes, lines: first.line - this.#placeBefore(first).line } : null
    return { frames: clipped, next: placeAfter(last).offset, missing }
  }

  /** Where to read from to find the start of a line, counted from 0. */
  offsetOfLine(line: number): number {
    return this.#offsetOf((segment) => segment.frameOfLine(line))
  }

  /** Where to read from to find a byte of one stream. */
  offsetOfStreamByte(stream: LogStream, offset: number): number {
    return this.#offsetOf((segment) => segment.frameOfStreamByte(stream, offset))
  }

  /** Lets go of the files; the log may be opened again. */
  close(): void {
    for (const segment of this.#segments.splice(0)) segment.close()
  }

  /** Deletes the log. */
  remove(): void {
    for (const segment of this.#segments.splice(0)) segment.remove()
  }

  #recentFrom(offset: number): PlacedFrame[] | null {
    const index = this.#recent.findLastIndex((frame) => frame.offset <= offset)
    const frame = this.#recent[index]
    if (!frame) return null
    return this.#recent.slice(placeAfter(frame).offset > offset ? index : index + 1)
  }

  #keptFrom(offset: number, maxBytes: number): PlacedFrame[] {
    const segment = this.#segments.find(({ end }) => end && end.offset > offset)
    return segment?.read(offset, maxBytes) ?? []
  }

  #placeBefore({ offset }: Place): Place {
    for (const segment of this.#segments.toReversed()) {
      const place = segment.placeBefore(offset)
      if (place) return place
    }
    return beginning
  }

  #offsetOf(find: (segment: LogSegment) => Place | null): number {
    for (const segment of this.#segments) {
      const place = find(segment)
      if (place) return place.offset
    }
    return this.size
  }

  /** How many bytes the newest segment still takes. */
  #room(): number {
    const segment = this.#newest()
    const share = this.#segments.length === 1 ? headShare : tailShare
    const limit = Math.max(1, Math.floor(this.#options.maxBytes * share))
    const isFullOfMarks = segment.count * markBytes >= Math.max(limit, marksBytesMin)
    return isFullOfMarks ? 0 : limit - segment.bytes
  }

  #write(batch: readonly PlacedFrame[]): void {
    const last = batch.at(-1)
    if (!last) return
    this.#newest().append(batch)
    this.#end = placeAfter(last)
    this.#recent.push(...batch)
    for (const frame of batch) this.#recentBytes += frame.bytes.length
    while (this.#recentBytes > recentBytesMax || this.#recent.length > recentFramesMax) {
      this.#recentBytes -= this.#recent.shift()?.bytes.length ?? 0
    }
  }

  #startTail(): void {
    this.#tailNumber += 1
    const name = tailName(this.#options.name, this.#tailNumber)
    this.#segments.push(new LogSegment(join(this.#options.directory, name)))
    this.#dropOldTails()
  }

  #dropOldTails(): void {
    const tooMany = Math.max(0, this.#segments.length - 1 - tailsMax)
    for (const segment of this.#segments.splice(1, tooMany)) segment.remove()
    // What is gone from the disk must be gone for everyone, or two readers would see two logs.
    if (tooMany > 0) {
      this.#recent = []
      this.#recentBytes = 0
    }
  }

  #newest(): LogSegment {
    const segment = this.#segments.at(-1)
    if (!segment) throw new Error('This log has been closed.')
    return segment
  }
}

/** Where to end a full segment: behind a line where one ends, and never with nothing in it. */
function cutAt(bytes: Uint8Array, room: number, fresh: boolean): number {
  const lineEnd = room > 0 ? bytes.lastIndexOf(newline, room - 1) + 1 : 0
  return lineEnd === 0 && fresh ? Math.max(1, room) : lineEnd
}

const tailName = (name: string, number: number): string => `${name}.tail-${number}`

function tailNumbers({ directory, name }: LogFileOptions): number[] {
  if (!existsSync(directory)) return []
  const start = `${name}.tail-`
  return readdirSync(directory)
    .filter((file) => file.startsWith(start) && file.endsWith('.log'))
    .map((file) => Number(file.slice(start.length, -'.log'.length)))
    .toSorted((a, b) => a - b)
}
