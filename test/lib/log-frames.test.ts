import { describe, expect, test } from 'vitest'
import { OoreError } from '../../src/lib/errors.ts'
import {
  countNewlines,
  decodeFrames,
  encodeFrames,
  frameBodyBytesMax,
} from '../../src/lib/log-frames.ts'

const frames = [
  { stream: 'stdout', at: 1_795_000_000_123, bytes: Buffer.from('one\ntwo\n'), newlines: 2 },
  { stream: 'stderr', at: 0, bytes: Buffer.from([0, 255, 10]), newlines: 1 },
] as const
const jump = { offset: 2 ** 40, line: 7, stdoutBytes: 2 ** 39 }

describe('frames on the wire', () => {
  test('come back as they were sent, with and without a jump', () => {
    expect(decodeFrames(encodeFrames(frames))).toEqual({ frames, jump: null })
    expect(decodeFrames(encodeFrames(frames, jump))).toEqual({ frames, jump })
    expect(decodeFrames(new Uint8Array())).toEqual({ frames: [], jump: null })
  })

  test('newlines are counted when nobody did', () => {
    const [first] = decodeFrames(
      encodeFrames([{ stream: 'stdout', at: 1, bytes: Buffer.from('a\nb') }]),
    ).frames
    expect(first?.newlines).toBe(1)
    expect(countNewlines(Buffer.from('\n\nx\n'), 1, 3)).toBe(1)
  })

  test('are refused when cut at any byte that is not the end of a frame', () => {
    const body = encodeFrames(frames, jump)
    const lengths = Array.from({ length: body.length + 1 }, (_, end) => end)
    const accepted = lengths.filter((end) => decodes(body.subarray(0, end)))
    expect(accepted).toEqual([0, 16 + 18 + 16 + 8, body.length])
  })

  test.each([
    ['an unknown kind', 4, 9],
    ['a second jump', 16 + 18 + 4, 2],
    ['more lines than bytes', 16 + 18 + 12, 200],
    ['a length beyond the limit', 16 + 18, 200],
  ])('%s is malformed', (_, at, value) => {
    const body = Buffer.from(encodeFrames(frames, jump))
    body[at] = value
    expect(() => decodeFrames(body)).toThrow(/not log frames/)
  })

  test('a body has a limit', () => {
    expect(() => decodeFrames(new Uint8Array(frameBodyBytesMax + 1))).toThrow(/at most/)
  })
})

function decodes(body: Uint8Array): boolean {
  try {
    decodeFrames(body)
    return true
  } catch (thrown) {
    if (thrown instanceof OoreError) return false
    throw thrown
  }
}
