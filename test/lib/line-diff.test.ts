import { describe, expect, test } from 'vitest'
import { type DiffLine, hunksOf, lineDiff } from '../../src/lib/line-diff.ts'

const marks = { same: ' ', removed: '-', added: '+' }
const drawn = (lines: readonly DiffLine[]) => lines.map(({ is, text }) => `${marks[is]}${text}`)

describe('lineDiff', () => {
  test('says what was removed and added, and where each line stands', () => {
    expect(lineDiff('a\nb\nc\n', 'a\nx\nc\nd\n')).toEqual([
      { is: 'same', text: 'a', before: 1, after: 1 },
      { is: 'removed', text: 'b', before: 2 },
      { is: 'added', text: 'x', after: 2 },
      { is: 'same', text: 'c', before: 3, after: 3 },
      { is: 'added', text: 'd', after: 4 },
    ])
  })

  test('finds the fewest changes: the example of the paper', () => {
    const changes = lineDiff([...'ABCABBA'].join('\n'), [...'CBABAC'].join('\n'))
    expect(changes.filter(({ is }) => is !== 'same')).toHaveLength(5)
  })

  test.each([
    ['', '', []],
    ['', 'a\n', ['+a']],
    ['a\n', '', ['-a']],
    ['a\r\nb\r\n', 'a\nb\n', [' a', ' b']],
    ['same\n', 'same', [' same']],
  ])('%j to %j', (before, after, expected) => {
    expect(drawn(lineDiff(before, after))).toEqual(expected)
  })

  test('both texts can be read out of it again, whatever they are', () => {
    let seed = 7
    const random = (below: number) => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648
      return Math.floor((seed / 2_147_483_648) * below)
    }
    const text = () => Array.from({ length: 1 + random(30) }, () => 'abcd'[random(4)]).join('\n')
    for (let round = 0; round < 500; round += 1) {
      const [before, after] = [text(), text()]
      const lines = lineDiff(before, after)
      const without = (is: DiffLine['is']) =>
        lines.flatMap((line) => (line.is === is ? [] : [line.text])).join('\n')
      expect([without('added'), without('removed')]).toEqual([before, after])
    }
  })

  test('two long texts without a line in common are compared in bounded time', () => {
    const text = (word: string) => Array.from({ length: 60_000 }, (_, n) => word + n).join('\n')
    const startedAt = performance.now()
    const lines = lineDiff(text('a'), text('b'))
    expect(lines).toHaveLength(120_000)
    expect(performance.now() - startedAt).toBeLessThan(2_000)
  })
})

describe('hunksOf', () => {
  test('keeps three lines around each change and counts what it leaves out', () => {
    const before = Array.from({ length: 20 }, (_, n) => `${n}`).join('\n')
    const hunks = hunksOf(lineDiff(before, before.replace('\n10\n', '\nten\n')))
    expect(hunks.map(({ skipped, lines }) => [skipped, drawn(lines)])).toEqual([
      [7, [' 7', ' 8', ' 9', '-10', '+ten', ' 11', ' 12', ' 13']],
    ])
  })

  test('is empty where nothing changed', () => {
    expect(hunksOf(lineDiff('a\nb', 'a\nb'))).toEqual([])
  })
})
