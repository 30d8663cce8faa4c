import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { statSync, truncateSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { LogFile } from '../../src/lib/log-file.ts'
import type { LogStream, Missing } from '../../src/lib/log-frames.ts'
import { MiB } from '../../src/lib/sizes.ts'

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'oore-log-'))
})
afterEach(() => {
  rmSync(directory, { recursive: true, force: true })
})

const open = (maxBytes = 1 * MiB) => LogFile.open({ directory, name: 'step-1', maxBytes })
const frame = (text: string, stream: LogStream = 'stdout', at = 1000) => ({
  stream,
  at,
  bytes: Buffer.from(text),
})

function readAll(log: LogFile, from = 0, maxBytes = 1000): { text: string; gaps: Missing[] } {
  const gaps: Missing[] = []
  let text = ''
  for (let next = from; ;) {
    const chunk = log.read(next, maxBytes)
    if (chunk.frames.length === 0) return { text, gaps }
    if (chunk.missing) gaps.push(chunk.missing)
    for (const { bytes } of chunk.frames) text += Buffer.from(bytes).toString('latin1')
    next = chunk.next
  }
}

const diskBytes = () =>
  readdirSync(directory).reduce((sum, file) => sum + statSync(join(directory, file)).size, 0)

/** A small generator of the same numbers on every run. */
function randomOf(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

describe('a log', () => {
  test('keeps bytes in order, and stream, time and place of each frame', () => {
    const log = open()
    log.append(frame('one\ntwo\n', 'stdout', 5))
    log.append(frame('oops\n', 'stderr', 6))
    log.append(frame('three', 'stdout', 7))
    expect(readFileSync(join(directory, 'step-1.log'), 'utf8')).toBe('one\ntwo\noops\nthree')
    expect(log.read(0, 1000).frames).toEqual([
      {
        stream: 'stdout',
        at: 5,
        bytes: Buffer.from('one\ntwo\n'),
        newlines: 2,
        offset: 0,
        line: 0,
        stdoutBytes: 0,
      },
      {
        stream: 'stderr',
        at: 6,
        bytes: Buffer.from('oops\n'),
        newlines: 1,
        offset: 8,
        line: 2,
        stdoutBytes: 8,
      },
      {
        stream: 'stdout',
        at: 7,
        bytes: Buffer.from('three'),
        newlines: 0,
        offset: 13,
        line: 3,
        stdoutBytes: 8,
      },
    ])
    expect([log.size, log.stdoutBytes, log.stderrBytes, log.truncated]).toEqual([18, 13, 5, false])
    expect(log.read(18, 1000)).toEqual({ frames: [], next: 18, missing: null })
    log.close()
  })

  test('reads from any byte, from memory and from disk alike', () => {
    const log = open()
    const texts = ['a\nb\n', 'cc\n', 'd', 'dd\n\n', 'e\n']
    texts.forEach((text, i) => log.append(frame(text, i % 2 ? 'stderr' : 'stdout', i)))
    const whole = texts.join('')
    const reads = () =>
      Array.from({ length: whole.length }, (_, from) => [log.read(from, 40), log.read(from, 1000)])
    const fromMemory = reads()
    log.close()
    const again = LogFile.open({ directory, name: 'step-1', maxBytes: MiB })
    for (let from = 0; from < whole.length; from++) {
      expect(readAll(again, from, 20).text).toBe(whole.slice(from))
      const chunk = again.read(from, 1000)
      expect(chunk.frames[0]?.line).toBe(whole.slice(0, from).split('\n').length - 1)
      expect([again.read(from, 40), chunk]).toEqual(fromMemory[from])
    }
    again.close()
  })

  test('is private to its owner', () => {
    open().close()
    expect(statSync(join(directory, 'step-1.log')).mode & 0o777).toBe(0o600)
  })

  test('finds lines and bytes of one stream', () => {
    const log = open()
    for (let i = 0; i < 500; i++) log.append(frame(`line ${i}\n`, i % 3 ? 'stdout' : 'stderr'))
    for (const line of [0, 1, 250, 499]) {
      const [found] = log.read(log.offsetOfLine(line), 1000).frames
      expect(found && found.line <= line && found.line + found.newlines >= line).toBe(true)
    }
    const place = log.read(log.offsetOfStreamByte('stderr', 1000), 100).frames[0]
    const before = (place?.offset ?? 0) - (place?.stdoutBytes ?? 0)
    expect(before <= 1000 && before + (place?.bytes.length ?? 0) > 1000).toBe(true)
    log.close()
  })
})

describe('the limit', () => {
  test('keeps the head and the newest part, and says what is missing', () => {
    const log = open(100_000)
    const lines = Array.from({ length: 50_000 }, (_, i) => `line ${i} of a long story\n`)
    for (let i = 0; i < lines.length; i += 100) log.append(frame(lines.slice(i, i + 100).join('')))
    const whole = lines.join('')
    const { text, gaps } = readAll(log)
    expect(gaps).toHaveLength(1)
    const [gap] = gaps
    expect(log.size).toBe(whole.length)
    expect(text.length + (gap?.bytes ?? 0)).toBe(whole.length)
    expect(text.split('\n').length + (gap?.lines ?? 0)).toBe(whole.split('\n').length)
    expect(whole.startsWith(text.slice(0, 79_000))).toBe(true)
    expect(whole.endsWith(text.slice(-10_000))).toBe(true)
    expect(text.length).toBeLessThanOrEqual(100_000)
    expect(log.truncated).toBe(true)
    log.close()
    const again = open(100_000)
    expect(readAll(again)).toEqual({ text, gaps })
    again.append(frame('the end\n'))
    expect(readAll(again, whole.length).text).toBe('the end\n')
    again.close()
  })

  test('holds on disk, whatever the size of frames', () => {
    const random = randomOf(7)
    const log = open(1 * MiB)
    for (let said = 0; said < 20 * MiB;) {
      const bytes = Buffer.alloc(1 + random(random(2) ? 200_000 : 200), 'x\n')
      log.append({ stream: random(2) ? 'stdout' : 'stderr', at: said, bytes })
      said += bytes.length
    }
    expect(log.size).toBeGreaterThan(20 * MiB)
    expect(diskBytes()).toBeLessThanOrEqual(1.1 * MiB)
    log.close()
  })

  test('takes a line that is longer than everything kept', () => {
    const log = open(10_000)
    log.append({ stream: 'stdout', at: 1, bytes: Buffer.alloc(100_000, 'y') })
    expect(log.size).toBe(100_000)
    const { text, gaps } = readAll(log)
    expect(text.length).toBeLessThanOrEqual(10_000)
    expect(gaps).toEqual([{ bytes: 100_000 - text.length, lines: 0 }])
    log.close()
  })

  test('a jump counts what was dropped elsewhere', () => {
    const log = open()
    log.append(frame('one\n'))
    log.skipTo({ offset: 1000, line: 90, stdoutBytes: 600 })
    log.append(frame('ninety-one\n', 'stderr'))
    const expected = { text: 'one\nninety-one\n', gaps: [{ bytes: 996, lines: 89 }] }
    expect(readAll(log)).toEqual(expected)
    log.close()
    const again = open()
    expect(readAll(again)).toEqual(expected)
    expect([again.size, again.stdoutBytes, again.truncated]).toEqual([1011, 600, true])
    expect(again.read(500, 100).missing).toEqual({ bytes: 500, lines: 89 })
    again.close()
  })
})

describe('after a crash', () => {
  test.each([
    ['once', 100 * MiB],
    ['while old parts are dropped', 200_000],
  ])(
    'a writer that is killed %s leaves what it wrote, and maybe one frame more',
    async (_, maxBytes) => {
      const program = join(import.meta.dirname, 'log-writer.ts')
      const child = spawn(process.execPath, [
        '--import',
        'tsx',
        program,
        directory,
        String(maxBytes),
      ])
      const ended = once(child, 'exit')
      let told = ''
      for await (const bytes of child.stdout) {
        if (told.length === 0 || told.length < 200_000) told += String(bytes)
        else child.kill('SIGKILL')
      }
      // It was killed, and did not end by itself before there was anything to drop.
      expect(await ended).toEqual([null, 'SIGKILL'])
      const written = Number(told.trimEnd().split('\n').at(-2))
      const log = open(maxBytes)
      const { text, gaps } = readAll(log, 0, 100_000)
      const lines = text.trimEnd().split('\n')
      const last = Number(lines.at(-1)?.slice('line '.length))
      expect(last).toBeGreaterThanOrEqual(written)
      expect(log.end.line).toBe(last)
      expect(lines.length + gaps.reduce((sum, gap) => sum + gap.lines, 0)).toBe(last)
      expect(log.truncated).toBe(maxBytes < 1 * MiB)
      log.append(frame('and on\n'))
      expect(readAll(log, 0, 100_000).text.endsWith(`line ${last}\nand on\n`)).toBe(true)
      log.close()
    },
  )

  test('whatever was half written is cut off, and writing goes on', () => {
    const random = randomOf(42)
    for (let round = 0; round < 60; round++) {
      const name = `step-${round}`
      const log = LogFile.open({ directory, name, maxBytes: MiB })
      const texts = Array.from(
        { length: 1 + random(20) },
        (_, i) => `${i}:${'z'.repeat(random(50))}\n`,
      )
      for (const text of texts) log.append(frame(text))
      log.close()
      const data = join(directory, `${name}.log`)
      const marks = join(directory, `${name}.marks`)
      // Bytes come before their mark: a kill leaves bytes without a mark, or a part of a mark;
      // a loss of power may leave marks without bytes.
      const cause = random(3)
      if (cause === 0) appendFileSync(data, 'half a fra')
      if (cause === 1) truncateSync(marks, statSync(marks).size - 1 - random(39))
      if (cause === 2) truncateSync(data, random(statSync(data).size))
      const again = LogFile.open({ directory, name, maxBytes: MiB })
      const { text } = readAll(again)
      expect(texts.join('').startsWith(text)).toBe(true)
      expect(again.size).toBe(text.length)
      expect(readFileSync(data, 'utf8')).toBe(text)
      const least = [texts, texts.slice(0, -1), []][cause]?.join('') ?? ''
      expect(text.length).toBeGreaterThanOrEqual(least.length)
      again.append(frame('and on\n'))
      expect(readAll(again).text).toBe(`${text}and on\n`)
      again.close()
    }
  })

  test('a third tail left by a kill during the change of tails is dropped', () => {
    const log = open(1000)
    for (let i = 0; i < 100; i++) log.append(frame(`a line of text, number ${i}\n`))
    log.close()
    const tails = () => readdirSync(directory).filter((file) => /tail-\d+\.log$/.test(file))
    expect(tails()).toHaveLength(2)
    const newest = Math.max(
      ...tails().map((file) => Number(/\d+(?=\.log)/.exec(file.slice(5))?.[0])),
    )
    appendFileSync(join(directory, `step-1.tail-${newest + 1}.log`), '')
    const again = open(1000)
    expect(tails()).toHaveLength(2)
    expect(again.size).toBe(log.size)
    again.append(frame('next\n'))
    expect(readAll(again).text.endsWith('next\n')).toBe(true)
    again.remove()
    expect(readdirSync(directory)).toEqual([])
  })
})
