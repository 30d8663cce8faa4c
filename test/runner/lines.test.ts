import { describe, expect, test } from 'vitest'
import { wholeLines } from '../../src/runner/lines.ts'
import { eventually } from '../support/eventually.ts'

function listening() {
  const pieces: string[] = []
  const lines = wholeLines((bytes) => pieces.push(Buffer.from(bytes).toString('latin1')))
  return { pieces, lines }
}

describe('wholeLines', () => {
  test('a chunk that ends with its line passes at once and uncut', () => {
    const { pieces, lines } = listening()
    lines.push(Buffer.from('one\ntwo\n'))
    expect(pieces).toEqual(['one\ntwo\n'])
  })

  test('the beginning of a line waits for its end', () => {
    const { pieces, lines } = listening()
    lines.push(Buffer.from('one\ntw'))
    lines.push(Buffer.from('o\nth'))
    expect(pieces).toEqual(['one\n', 'two\n'])
    lines.flush()
    expect(pieces).toEqual(['one\n', 'two\n', 'th'])
  })

  test('two streams do not tear the lines of each other', () => {
    const log: string[] = []
    const stdout = wholeLines((bytes) => log.push(Buffer.from(bytes).toString()))
    const stderr = wholeLines((bytes) => log.push(Buffer.from(bytes).toString()))
    stdout.push(Buffer.from('hel'))
    stderr.push(Buffer.from('oh no\n'))
    stdout.push(Buffer.from('lo\n'))
    expect(log).toEqual(['oh no\n', 'hello\n'])
  })

  test('a prompt is shown although its line does not end', async () => {
    const { pieces, lines } = listening()
    lines.push(Buffer.from('Password: '))
    expect(pieces).toEqual([])
    await eventually(() => expect(pieces).toEqual(['Password: ']))
  })

  test('a line without an end does not wait beyond 64 KiB', () => {
    const { pieces, lines } = listening()
    for (let i = 0; i < 64; i += 1) lines.push(Buffer.alloc(1024, 'x'))
    expect(pieces.map((piece) => piece.length)).toEqual([65_536])
  })

  test('whatever the pieces, the bytes stay the same', () => {
    const text = Buffer.from('a\n\nbc\r\nd€\n\xffend', 'latin1')
    for (let size = 1; size <= text.length; size += 1) {
      const { pieces, lines } = listening()
      for (let at = 0; at < text.length; at += size) lines.push(text.subarray(at, at + size))
      lines.flush()
      expect(pieces.join('')).toBe(text.toString('latin1'))
    }
  })
})
