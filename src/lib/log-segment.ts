import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readSync,
  rmSync,
  writeSync,
  writevSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { frameHeaderBytes } from './log-frames.ts'
import type { LogStream, Place, PlacedFrame } from './log-frames.ts'
import { placeBehind, streamBytes } from './log-places.ts'

/*
 * Two files: `<path>.log` is what was said and nothing else, `<path>.marks` has a record of fixed
 * size for each frame of it. Bytes are written before their mark, both at known positions: whatever
 * stops the process between the two, bytes without a mark are cut off at the next open.
 *
 *   u48 offset · u48 position in the .log · u48 time · u48 line · u48 stdoutBytes
 *   · u32 length · u32 newlines · u8 stream · u8 zero          (40 bytes, big endian)
 */

export const markBytes = 40

type Mark = Omit<PlacedFrame, 'bytes'> & { position: number; length: number }

const marksPerRead = 128

/** One stretch of a log: its bytes, and where each of them belongs. */
export class LogSegment {
  readonly #path: string
  readonly #dataFd: number
  readonly #marksFd: number
  #bytes = 0
  #count = 0
  #last: Mark | null = null

  /** Opens or makes the two files, and cuts off what a killed process left half written. */
  constructor(path: string) {
    this.#path = path
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    this.#dataFd = openBothWays(`${path}.log`)
    this.#marksFd = openBothWays(`${path}.marks`)
    this.#recover()
  }

  /** How many bytes and frames are kept here. */
  get bytes(): number {
    return this.#bytes
  }

  get count(): number {
    return this.#count
  }

  /** Where the next frame would belong; null while this is empty. */
  get end(): Place | null {
    return this.#last && placeBehind(this.#last, this.#last)
  }

  /** Writes frames behind the last one. After a throw (a full disk) nothing has been taken. */
  append(frames: readonly PlacedFrame[]): void {
    const records = Buffer.allocUnsafe(frames.length * markBytes)
    const marks: Mark[] = []
    let position = this.#bytes
    for (const { bytes, ...frame } of frames) {
      const mark = { ...frame, position, length: bytes.length }
      writeMark(records, marks.length * markBytes, mark)
      marks.push(mark)
      position += mark.length
    }
    writeAll(
      this.#dataFd,
      frames.map((frame) => frame.bytes),
      this.#bytes,
    )
    writeAll(this.#marksFd, [records], this.#count * markBytes)
    this.#bytes = position
    this.#count += marks.length
    this.#last = marks.at(-1) ?? this.#last
  }

  /** Whole frames from the one that holds `offset`, or the next, until maxBytes are covered. */
  read(offset: number, maxBytes: number): PlacedFrame[] {
    const from = this.#search((mark) => mark.offset + mark.length > offset)
    const marks: Mark[] = []
    let room = maxBytes + offset
    for (let index = from; index < this.#count && room > 0; index += marksPerRead) {
      for (const mark of this.#marks(index, marksPerRead)) {
        if (room <= 0) break
        if (marks.length === 0) room -= Math.max(offset, mark.offset)
        room -= frameHeaderBytes + mark.length
        marks.push(mark)
      }
    }
    return this.#frames(marks)
  }

  /** The first frame that ends at or behind the start of a line. */
  frameOfLine(line: number): Place | null {
    const index = this.#search((mark) => mark.line + mark.newlines >= line)
    return this.#marks(index, 1)[0] ?? null
  }

  /** The first frame that holds this byte of a stream, or one behind it. */
  frameOfStreamByte(stream: LogStream, offset: number): Place | null {
    const index = this.#search((mark) => streamBytes(placeBehind(mark, mark), stream) > offset)
    return this.#marks(index, 1)[0] ?? null
  }

  /** The end of the last frame that ends at or before `offset`. */
  placeBefore(offset: number): Place | null {
    const index = this.#search((mark) => mark.offset + mark.length > offset) - 1
    const mark = index < 0 ? undefined : this.#marks(index, 1)[0]
    return mark ? placeBehind(mark, mark) : null
  }

  close(): void {
    closeSync(this.#dataFd)
    closeSync(this.#marksFd)
  }

  remove(): void {
    this.close()
    rmSync(`${this.#path}.log`, { force: true })
    rmSync(`${this.#path}.marks`, { force: true })
  }

  #frames(marks: readonly Mark[]): PlacedFrame[] {
    const start = marks[0]?.position ?? 0
    const last = marks.at(-1)
    const data = Buffer.allocUnsafe(last ? last.position + last.length - start : 0)
    readAll(this.#dataFd, data, start)
    return marks.map(({ position, length, ...frame }) => {
      const at = position - start
      return { ...frame, bytes: data.subarray(at, at + length) }
    })
  }

  /** The index of the first mark that passes; the tests are false, then true. */
  #search(passes: (mark: Mark) => boolean): number {
    let low = 0
    let high = this.#count
    while (low < high) {
      const middle = (low + high) >>> 1
      const mark = this.#marks(middle, 1)[0]
      if (mark && passes(mark)) high = middle
      else low = middle + 1
    }
    return low
  }

  #marks(index: number, count: number): Mark[] {
    const present = Math.max(0, Math.min(count, this.#count - index))
    const records = Buffer.allocUnsafe(present * markBytes)
    readAll(this.#marksFd, records, index * markBytes)
    const marks: Mark[] = []
    for (let at = 0; at < records.length; at += markBytes) marks.push(readMark(records, at))
    return marks
  }

  #recover(): void {
    const kept = fstatSync(this.#dataFd).size
    this.#count = Math.floor(fstatSync(this.#marksFd).size / markBytes)
    // A killed process leaves whole marks; a machine that lost power may have lost their bytes.
    this.#count = this.#search((mark) => mark.length === 0 || mark.position + mark.length > kept)
    this.#last = this.#count > 0 ? (this.#marks(this.#count - 1, 1)[0] ?? null) : null
    this.#bytes = this.#last ? this.#last.position + this.#last.length : 0
    ftruncateSync(this.#dataFd, this.#bytes)
    ftruncateSync(this.#marksFd, this.#count * markBytes)
  }
}

function writeMark(record: Buffer, at: number, mark: Mark): void {
  record.writeUIntBE(mark.offset, at, 6)
  record.writeUIntBE(mark.position, at + 6, 6)
  record.writeUIntBE(mark.at, at + 12, 6)
  record.writeUIntBE(mark.line, at + 18, 6)
  record.writeUIntBE(mark.stdoutBytes, at + 24, 6)
  record.writeUInt32BE(mark.length, at + 30)
  record.writeUInt32BE(mark.newlines, at + 34)
  record[at + 38] = mark.stream === 'stdout' ? 0 : 1
  record[at + 39] = 0
}

function readMark(record: Buffer, at: number): Mark {
  const stream: LogStream = record[at + 38] === 0 ? 'stdout' : 'stderr'
  return {
    offset: record.readUIntBE(at, 6),
    position: record.readUIntBE(at + 6, 6),
    at: record.readUIntBE(at + 12, 6),
    line: record.readUIntBE(at + 18, 6),
    stdoutBytes: record.readUIntBE(at + 24, 6),
    length: record.readUInt32BE(at + 30),
    newlines: record.readUInt32BE(at + 34),
    stream,
  }
}

// Not "append": writing at a position lets a write that failed half way be repeated in place.
const openBothWays = (path: string): number =>
  openSync(path, constants.O_RDWR | constants.O_CREAT, 0o600)

const partsPerWrite = 512 // the kernel takes at most 1,024 in one call

function writeAll(fd: number, parts: readonly Uint8Array[], position: number): void {
  for (let i = 0; i < parts.length; i += partsPerWrite) {
    const some = parts.slice(i, i + partsPerWrite)
    const whole = some.reduce((sum, part) => sum + part.length, 0)
    const written = writevSync(fd, some, position)
    if (written < whole) writeRest(fd, Buffer.concat(some), written, position)
    position += whole
  }
}

function writeRest(fd: number, bytes: Buffer, start: number, position: number): void {
  let written = start
  while (written < bytes.length) {
    written += writeSync(fd, bytes, written, bytes.length - written, position + written)
  }
}

function readAll(fd: number, into: Buffer, position: number): void {
  let got = 0
  while (got < into.length) {
    const more = readSync(fd, into, got, into.length - got, position + got)
    if (more === 0) throw new Error('A log is shorter than its marks say.')
    got += more
  }
}
