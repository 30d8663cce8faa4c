import { countNewlines, frameBytesMax, frameHeaderBytes } from './log-frames.ts'
import type { Frame, LogStream, Place, PlacedFrame } from './log-frames.ts'

/** Where every log begins. */
export const beginning: Place = { offset: 0, line: 0, stdoutBytes: 0 }

/** How much of one stream, or of both, was said before a place. */
export function streamBytes(place: Place, stream: LogStream | 'all'): number {
  if (stream === 'all') return place.offset
  return stream === 'stdout' ? place.stdoutBytes : place.offset - place.stdoutBytes
}

/** The place behind `bytes` and `newlines` that were said by one stream. */
export function placeBehind(
  place: Place,
  said: { stream: LogStream; length: number; newlines: number },
): Place {
  return {
    offset: place.offset + said.length,
    line: place.line + said.newlines,
    stdoutBytes: place.stdoutBytes + (said.stream === 'stdout' ? said.length : 0),
  }
}

export function placeAfter(frame: PlacedFrame): Place {
  const { stream, newlines } = frame
  return placeBehind(frame, { stream, newlines, length: frame.bytes.length })
}

/** A frame at its place, in pieces where it is longer than frames may be. */
export function placeFrame(frame: Frame, place: Place): PlacedFrame[] {
  const newlines = frame.newlines ?? countNewlines(frame.bytes)
  const whole = {
    stream: frame.stream,
    at: frame.at,
    bytes: frame.bytes,
    newlines,
    ...placeOf(place),
  }
  if (frame.bytes.length <= frameBytesMax) return frame.bytes.length > 0 ? [whole] : []
  const pieces: PlacedFrame[] = []
  for (let at = 0; at < frame.bytes.length; at += frameBytesMax) {
    pieces.push(sliceFrame(whole, at, at + frameBytesMax))
  }
  return pieces
}

/** The bytes of a frame from `start` to `end`, at their own place. */
export function sliceFrame(
  frame: PlacedFrame,
  start: number,
  end = frame.bytes.length,
): PlacedFrame {
  if (start === 0 && end >= frame.bytes.length) return frame
  const { stream, at } = frame
  const bytes = frame.bytes.subarray(start, end)
  const newlines = countNewlines(frame.bytes, 0, start)
  const place = placeBehind(frame, { stream, newlines, length: start })
  return { stream, at, bytes, newlines: countNewlines(bytes), ...place }
}

/**
 * What a reader gets of the frames that begin with the one that holds `offset`: the part from there
 * on, without a gap in it, at most maxBytes with frameHeaderBytes counted for each, one byte at least.
 * Only the first is ever cut, so that readers who go on from different places meet again.
 */
export function clipFrames(
  frames: readonly PlacedFrame[],
  offset: number,
  maxBytes: number,
): PlacedFrame[] {
  const [first] = frames
  if (!first) return []
  const start = Math.max(0, offset - first.offset)
  const piece = sliceFrame(first, start, start + Math.max(1, maxBytes - frameHeaderBytes))
  const clipped = [piece]
  let room = maxBytes - frameHeaderBytes - piece.bytes.length
  let next = placeAfter(piece).offset
  for (const frame of frames.slice(1)) {
    room -= frameHeaderBytes + frame.bytes.length
    if (frame.offset !== next || room < 0) break
    clipped.push(frame)
    next = placeAfter(frame).offset
  }
  return clipped
}

const placeOf = ({ offset, line, stdoutBytes }: Place): Place => ({ offset, line, stdoutBytes })
