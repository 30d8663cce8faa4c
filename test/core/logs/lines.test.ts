import { describe, expect, test } from 'vitest'
import {
  lineBytesMax,
  LineReader,
  type LogRow,
  type StreamFilter,
} from '../../../src/core/logs/lines.ts'
import { readOn, readTail, readWindow } from '../../../src/core/logs/window.ts'
import { SpeakingBuild } from '../../support/logs.ts'

const start = { offset: 0, continued: false }

function rowsOf(build: SpeakingBuild, stream: StreamFilter, from = start, step = 1000) {
  const log = build.logs.open(build.id, 0)
  const reader = new LineReader(stream, from)
  const rows: LogRow[] = []
  for (;;) {
    const chunk = log.read(reader.next, step)
    if (chunk.frames.length === 0) return { rows, rest: reader.rest(), cursor: reader.cursor }
    rows.push(...reader.push(chunk))
  }
}

const short = (row: LogRow): string =>
  row.is === 'gap' ? `(${row.lines})` : `${row.number} ${row.stream} ${row.text}`

describe('lines', () => {
  test('are numbered over both streams, and joined over frames', () => {
    using build = new SpeakingBuild()
    build.say(0, 'one\ntw')
    build.say(0, 'o\n')
    build.say(0, 'oops\n', 'stderr')
    build.say(0, 'fo')
    const all = rowsOf(build, 'all', start, 18)
    expect(all.rows.map(short)).toEqual(['1 stdout one', '2 stdout two', '3 stderr oops'])
    expect(all.rest && short(all.rest)).toBe('4 stdout fo')
    expect(all.cursor).toEqual({ offset: 13, continued: false })
    expect(rowsOf(build, 'stdout').rows.map(short)).toEqual(['1 stdout one', '2 stdout two'])
    expect(rowsOf(build, 'stderr').rows.map(short)).toEqual(['3 stderr oops'])
  })

  test('longer than 64 KiB are split between characters, and marked', () => {
    using build = new SpeakingBuild()
    const text = 'é'.repeat(100_000)
    for (let at = 0; at < text.length; at += 20_000) build.say(0, `x${text.slice(at, at + 20_000)}`)
    build.say(0, '\nnext\n')
    const { rows } = rowsOf(build, 'all')
    const parts = rows.flatMap((row) => (row.is === 'line' && row.number === 1 ? [row] : []))
    expect(parts.length).toBeGreaterThanOrEqual(4)
    expect(parts.map(({ text: part }) => part).join('')).not.toContain('\ufffd')
    expect(parts.map(({ text: part }) => part).join('')).toHaveLength(100_005)
    expect(parts.every(({ text: part }) => Buffer.byteLength(part) <= lineBytesMax)).toBe(true)
    expect(parts.map(({ continued }) => continued)).toEqual(parts.map((_, i) => i > 0))
    expect(rows.at(-1)).toMatchObject({ number: 2, text: 'next', continued: false })
  })

  test.each(['all', 'stdout', 'stderr'] as const)(
    'of %s can be read on from any cursor',
    (stream) => {
      using build = new SpeakingBuild()
      for (let i = 0; i < 60; i++) build.say(0, `a${i}\nb${i}`, i % 3 ? 'stdout' : 'stderr')
      const whole = rowsOf(build, stream)
      for (const [at, row] of whole.rows.entries()) {
        const rest = rowsOf(build, stream, { offset: row.offset, continued: false })
        expect(rest.rows.map(short)).toEqual(whole.rows.slice(at).map(short))
      }
    },
  )
})

describe('windows', () => {
  function tall(lines: number, maxBytes?: number): SpeakingBuild {
    const build = new SpeakingBuild(maxBytes === undefined ? {} : { maxBytes })
    for (let i = 1; i <= lines; i += 10) {
      build.say(0, Array.from({ length: 10 }, (_, k) => `line ${i + k}\n`).join(''))
    }
    return build
  }

  test('begin at the line asked for and end where the next one begins', () => {
    using build = tall(5000)
    const log = build.logs.open(build.id, 0)
    for (const fromLine of [1, 7, 10, 11, 2500, 4991]) {
      const { rows, cursor, lead } = readWindow(log, { fromLine, limit: 10, stream: 'all' })
      expect(rows.map(short)).toEqual(
        Array.from({ length: 10 }, (_, i) => `${fromLine + i} stdout line ${fromLine + i}`),
      )
      expect(lead.endsWith(fromLine === 1 ? '' : `line ${fromLine - 1}\n`)).toBe(true)
      const next = readOn(log, { cursor, limit: 5, stream: 'all' })
      const [first] = next.rows
      expect(first?.number).toBe(fromLine + 10 > 5000 ? undefined : fromLine + 10)
    }
  })

  test('of the end give the newest lines', () => {
    using build = tall(5000)
    build.say(0, 'and a beg')
    const log = build.logs.open(build.id, 0)
    const { rows, rest } = readTail(log, { limit: 100, stream: 'all' })
    expect([rows[0]?.number, rows.at(-1)?.number]).toEqual([4901, 5000])
    expect(rest).toMatchObject({ number: 5001, text: 'and a beg' })
  })

  test('show a gap where lines are missing, with true numbers on both sides', () => {
    using build = tall(20_000, 50_000)
    const log = build.logs.open(build.id, 0)
    const { rows } = readWindow(log, { fromLine: 3000, limit: 2000, stream: 'all' })
    const gap = rows.findIndex((row) => row.is === 'gap')
    const [before, missing, after] = rows.slice(gap - 1, gap + 2)
    expect(missing?.is === 'gap' && missing.lines).toBe(
      (after?.number ?? 0) - (before?.number ?? 0) - 1,
    )
    for (const row of rows.filter(({ is }) => is === 'line')) {
      expect(short(row)).toBe(`${row.number} stdout line ${row.number}`)
    }
  })
})
