import picomatch from 'picomatch'
import { describe, expect, test } from 'vitest'
import { compileGlob, globTrouble, traceGlob } from '../../src/lib/glob.ts'

const paths = { crossesSlash: false }
const branches = { crossesSlash: true, leadingNot: true }
const seed = 20261120
const rounds = 6000

describe('paths', () => {
  test.each([
    ['*.apk', 'app.apk', true],
    ['*.apk', 'a/app.apk', false],
    ['*.apk', '.apk', false],
    ['**/*.apk', 'app.apk', true],
    ['**/*.apk', 'a/b/app.apk', true],
    ['**/*.apk', 'a/.b/app.apk', false],
    ['build/**', 'build', true],
    ['build/**', 'build/a/b', true],
    ['build/**', 'builds', false],
    ['a**b', 'a/b', false],
    ['build/**/outputs/**/*.{apk,aab}', 'build/outputs/x.aab', true],
    ['build/**/outputs/**/*.{apk,aab}', 'build/a/b/outputs/c/x.apk', true],
    ['{**/a,b}/c', 'a/c', true],
    ['!(x).apk', 'x.apk', false],
    ['!(x).apk', 'xx.apk', true],
    ['!(*.d).ts', 'a.d.ts', false],
    ['!(*.d).ts', 'a.ts', true],
    ['!(a/b)', 'a/c', true],
    ['!(a)b', 'aab', true],
    ['[!a]x', 'bx', true],
    ['[!a]x', 'ax', false],
    ['a[!b]c', 'a/c', false],
    ['[]a]', ']', true],
    ['[[:digit:]-]x', '-x', true],
    ['[[:upper:]]', 'a', false],
    ['[z-a]', 'z', false],
    ['[id].js', '[id].js', true],
    ['[id].js', 'i.js', true],
    ['x{1..12}', 'x12', true],
    ['x{1..12}', 'x13', false],
    ['x{08..10}', 'x09', true],
    ['x{08..10}', 'x9', false],
    ['x{-1..1}', 'x-1', true],
    ['x{a..e..2}', 'xc', true],
    ['x{a..e..2}', 'xb', false],
    ['{a}', '{a}', true],
    ['{a,b', '{a,b', true],
    ['@(a', '@(a', true],
    ['{a{b,c}}', '{ac}', true],
    ['a (1)?', 'a (1)x', true],
    ['a\\*', 'a*', true],
    ['a\\*', 'ab', false],
    ['\\@(a)', '@(a)', true],
    ['a\\', 'a\\', true],
    ['?', '😀', true],
    ['!a', 'b', false],
    ['!a', '!a', true],
    ['./a*', 'ab', true],
    ['+(a|b)', 'abba', true],
    ['+(a|b)', 'abc', false],
    ['*(+(+(a)b)c)d', 'aababcd', true],
    ['a?(b)c', 'ac', true],
    ['*', '', false],
  ])('%s and %s: %s', (pattern, text, isMatch) => {
    expect(compileGlob(pattern, paths)(text)).toBe(isMatch)
  })
})

describe('branches', () => {
  test.each([
    ['*', 'a/b/c', true],
    ['!(*-dev)', 'a/b', true],
    ['!(*-dev)', 'a/b-dev', false],
    ['!main', 'main', false],
    ['!main', 'dev', true],
    ['!!main', 'main', true],
    ['release-?', 'release-/', false],
  ])('%s and %s: %s', (pattern, text, isMatch) => {
    expect(compileGlob(pattern, branches)(text)).toBe(isMatch)
  })
})

const pieces = ['a', 'b', 'c', '-', '.', '/', '*', '**', '**/', '?', '[ab]', '[^a]', '[a-b]']
const groups = ['@(a|bc)', '?(a)', '+(a|b)', '*(bc)', '{a,b/c}', '{a*,c}', '\\*']
const lasts = ['', '', '', '!(a)', '!(*b)', '!(a|b?)']

/**
 * Where picomatch lets its regular expression show through we follow bash and Python's wcmatch:
 * a `?` after a group is an operator there, `**` or `*` beside a group crosses slashes or is
 * dropped, `a/**` before a group that may be empty is satisfied with `a`, after a star it is not. For the same reason
 * no piece above has `[!a]` (there a class with `!`), `{1..12}` (there `[1-12]`), POSIX classes
 * and ranges beside other parts (there the dots of the pattern turn into wildcards), bare `(` and
 * `|`, a `+` after a class, quotes, nested `*(…)`, or `!(…)` with something after it (there: "does
 * not start with").
 */
const contested = /\)\?|[)}]\*\*|\*[@+!?*{].*\(|\*\*\{|\*\*\/[!?*]\(|[^/]\*\*\/\*\*/

describe('picomatch agrees', () => {
  test.each([
    ['paths', paths, { nonegate: true }],
    ['branches', branches, { bash: true }],
  ])('on random patterns for %s', (_, options, oracle) => {
    const pick = picker(seed)
    const differences: string[] = []
    let matched = 0
    for (let round = 0; round < rounds; round += 1) {
      const pattern = randomPattern(pick)
      const ours = compileGlob(pattern, options)
      const theirs = picomatch(pattern, oracle)
      for (let count = 0; count < 8; count += 1) {
        const text = randomText(pick)
        if (theirs(text)) matched += 1
        if (ours(text) !== theirs(text)) differences.push(`${pattern}  ${text}  ${theirs(text)}`)
      }
    }
    expect(differences).toEqual([])
    expect(matched).toBeGreaterThan(1000)
  })
})

describe('hostile patterns', () => {
  const name = 'a'.repeat(120)

  test.each([
    `${'*a'.repeat(20)}b`,
    `${'*'.repeat(20)}b`,
    `${'**/'.repeat(20)}b`,
    `${'+('.repeat(20)}a${')'.repeat(20)}b`,
    `${'*(a|aa|?)'.repeat(20)}b`,
    `${'{a,aa,*}'.repeat(20)}b`,
    `${'{'.repeat(400)}a${'}'.repeat(400)}`,
    '['.repeat(1000),
    '@('.repeat(500),
  ])('%s takes at most states times positions', (pattern) => {
    for (const options of [paths, branches]) {
      const { isMatch, steps } = traceGlob(pattern, options)(name)
      expect(isMatch).toBe(false)
      expect(steps).toBeLessThan(4 * pattern.length * (name.length + 1))
    }
  })

  test.each([
    [`${'!(*a'.repeat(12)}${')'.repeat(12)}b`, 120],
    [`${'!(a)'.repeat(200)}b`, 4000],
  ])('%s against %i characters ends', (pattern, count) => {
    const { isMatch, steps } = traceGlob(pattern, branches)('a'.repeat(count))
    expect(isMatch).toBe(false)
    expect(steps).toBeLessThan(4 * pattern.length * (count + 1) + 510_000)
  })

  test('what is too much is refused and matches nothing', () => {
    for (const pattern of ['x'.repeat(1001), '{1..100000}', '{1..500}'.repeat(9)]) {
      expect(globTrouble(pattern)).not.toBeNull()
      expect(compileGlob(pattern, branches)('1')).toBe(false)
    }
    expect(globTrouble('x'.repeat(1001))).toBe('it is longer than 1000 characters')
    expect(globTrouble('v+([0-9]).{1..100}')).toBeNull()
  })
})

type Pick = <Item>(items: readonly Item[]) => Item

/** A small generator of numbers, so that a failure comes back (mulberry32). */
function picker(start: number): Pick {
  let state = start
  return (items) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    const share = ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
    return items[Math.floor(share * items.length)]!
  }
}

function randomPattern(pick: Pick): string {
  const all = [...pieces, ...pieces, ...groups]
  const parts = Array.from({ length: pick([1, 2, 3, 4]) }, () => pick(all))
  const pattern = parts.join('') + pick(lasts)
  return contested.test(pattern) ? randomPattern(pick) : pattern
}

/** A path as git and a walk know them: no empty segment, none that starts with a dot. */
function randomText(pick: Pick): string {
  const segment = () =>
    pick(['a', 'b', 'c', '-', '*', '1']) +
    Array.from({ length: pick([0, 0, 1, 2]) }, () => pick(['a', 'b', 'c', '.', '-'])).join('')
  return Array.from({ length: pick([1, 1, 2, 3]) }, segment).join('/')
}

test.each([
  ['*', '.a', true],
  ['**/*.md', '.github/.x.md', true],
  ['?a', '.a', true],
  ['!(b)', '.a', true],
  ['*', 'a/.b', false],
])('told to match hidden names, %s and %s: %s', (pattern, path, isMatch) => {
  expect(compileGlob(pattern, { ...paths, matchesHidden: true })(path)).toBe(isMatch)
})
