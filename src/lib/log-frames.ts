import type { Millis } from './clock.ts'
import { OoreError } from './errors.ts'
import { KiB, MiB } from './sizes.ts'

/*
 * What a step said, in pieces as they were read from its pipes, and how the pieces travel: a body
 * is a row of records, each a header of 16 bytes and a payload.
 *
 *   u32 payload length · u8 kind (0 stdout, 1 stderr, 2 jump) · u8 zero · u48 time in ms · u32 newlines
 *
 * A jump, first in its body or absent, says where the frames after it belong when what came before
 * was dropped: its payload is three u48, the place's offset, line and stdoutBytes. Big endian.
 */

export type LogStream = 'stdout' | 'stderr'

/** Bytes that one stream said at one time; at most frameBytesMax on the wire. */
export type Frame = {
  stream: LogStream
  at: Millis
  bytes: Uint8Array
  /** How many newlines the bytes hold, where somebody has counted them already. */
  newlines?: number
}

/** A place in a log: how much of everything was said before it. Dropped bytes and lines count. */
export type Place = { offset: number; line: number; stdoutBytes: number }

/** A frame that knows where it belongs. */
export type PlacedFrame = Required<Frame> & Place

/** What is not there any more between two places of a log. */
export type Missing = { bytes: number; lines: number }

/** Contiguous frames, what is missing before the first of them, and where to read on. */
export type LogChunk = { frames: PlacedFrame[]; next: number; missing: Missing | null }

export const frameBytesMax = 64 * KiB
export const frameBodyBytesMax = 1 * MiB
export const frameHeaderBytes = 16

const jumpKind = 2
const jumpPayloadBytes = 18
const newline = 0x0a

/** The body that hands a chunk over, with a jump where something is missing before it. */
export function encodeChunk(chunk: LogChunk): Uint8Array {
  const first = chunk.frames[0]
  return encodeFrames(chunk.frames, chunk.missing && first ? first : null)
}

/** Frames as a body; `jump` is where they belong when something before them was dropped. */
export function encodeFrames(frames: readonly Frame[], jump: Place | null = null): Uint8Array {
  let size = jump ? frameHeaderBytes + jumpPayloadBytes : 0
  for (const frame of frames) size += frameHeaderBytes + frame.bytes.length
  const body = Buffer.allocUnsafe(size)
  let at = 0
  if (jump) {
    writeHeader(body, at, jumpPayloadBytes, jumpKind, 0, 0)
    at += frameHeaderBytes
    body.writeUIntBE(jump.offset, at, 6)
    body.writeUIntBE(jump.line, at + 6, 6)
    body.writeUIntBE(jump.stdoutBytes, at + 12, 6)
    at += jumpPayloadBytes
  }
  for (const frame of frames) {
    const newlines = frame.newlines ?? countNewlines(frame.bytes)
    writeHeader(body, at, frame.bytes.length, frame.stream === 'stdout' ? 0 : 1, frame.at, newlines)
    body.set(frame.bytes, at + frameHeaderBytes)
    at += frameHeaderBytes + frame.bytes.length
  }
  return body
}

/** The frames of a body, as views into it. Throws OoreError `malformed` for anything else. */
export function decodeFrames(body: Uint8Array): { frames: Required<Frame>[]; jump: Place | null } {
  if (body.length > frameBodyBytesMax) {
    throw new OoreError('too_large', `A log body holds at most ${frameBodyBytesMax} bytes.`)
  }
  const view = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
  const frames: Required<Frame>[] = []
  let jump: Place | null = null
  let at = 0
  while (at < view.length) {
    if (view.length - at < frameHeaderBytes) throw malformed(`a header is cut off at byte ${at}`)
    const length = view.readUInt32BE(at)
    const kind = view[at + 4]
    const time = view.readUIntBE(at + 6, 6)
    const newlines = view.readUInt32BE(at + 12)
    const start = at + frameHeaderBytes
    if (length > frameBytesMax) {
      throw malformed(`the frame at byte ${at} is longer than ${frameBytesMax} bytes`)
    }
    if (view.length - start < length) throw malformed(`the frame at byte ${at} is cut off`)
    if (kind === jumpKind && at === 0 && length === jumpPayloadBytes) {
      jump = {
        offset: view.readUIntBE(start, 6),
        line: view.readUIntBE(start + 6, 6),
        stdoutBytes: view.readUIntBE(start + 12, 6),
      }
    } else if (kind === 0 || kind === 1) {
      if (newlines > length) throw malformed(`the frame at byte ${at} has more lines than bytes`)
      const bytes = view.subarray(start, start + length)
      if (length > 0)
        frames.push({ stream: kind === 0 ? 'stdout' : 'stderr', at: time, bytes, newlines })
    } else {
      throw malformed(`the frame at byte ${at} is of no known kind`)
    }
    at = start + length
  }
  if (jump && frames.length === 0) throw malformed('a jump leads nowhere')
  return { frames, jump }
}

/** How many line feeds there are. Every byte that a step prints passes through here. */
export function countNewlines(bytes: Uint8Array, start = 0, end = bytes.length): number {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start)
  let count = 0
  for (let at = text.indexOf(newline); at !== -1; at = text.indexOf(newline, at + 1)) {
    count += 1
    // Finding is many times faster than looking at each byte, but not where nearly all are hits.
    if (count === shortLinesCheckedAt && at < count * shortLineBytes) return countByLooking(text)
  }
  return count
}

const shortLinesCheckedAt = 64
const shortLineBytes = 8

function countByLooking(text: Uint8Array): number {
  let count = 0
  for (let i = 0; i < text.length; i++) if (text[i] === newline) count++
  return count
}

function writeHeader(
  body: Buffer,
  at: number,
  length: number,
  kind: number,
  time: Millis,
  newlines: number,
): void {
  body.writeUInt32BE(length, at)
  body[at + 4] = kind
  body[at + 5] = 0
  body.writeUIntBE(time, at + 6, 6)
  body.writeUInt32BE(newlines, at + 12)
}

const malformed = (what: string): OoreError =>
  new OoreError('malformed', `These are not log frames: ${what}.`)
