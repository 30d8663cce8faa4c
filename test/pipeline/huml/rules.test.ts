import { describe, expect, test } from 'vitest'
import { problemsOf, valueOf, type Value } from './value.ts'

/*
 * HUML 0.2.0 rule by rule: what each lets through, with its value, and what it refuses, with the
 * place. The official cases (github.com/huml-lang/tests, assertions/mixed.json) are covered, in
 * words of our own, and so is what other parsers get wrong.
 */

const map = (entries: Record<string, Value>): Map<string, Value> => new Map(Object.entries(entries))

const good: Record<string, [text: string, value: Value][]> = {
  'the version, comments and empty lines': [
    ['%HUML v0.2.0\n\n12', 12],
    ['%HUML v0.2.0 # of 2025\na: 1', map({ a: 1 })],
    ['# one\n\n  # two\n#\na: 1 # three\n\n   # four', map({ a: 1 })],
    ['a: 1   # far', map({ a: 1 })],
    ['\ufeffa: 1\n', map({ a: 1 })],
  ],
  'values at the root': [
    ['"x"', 'x'],
    ['\n\ntrue\n\n', true],
    ['null', null],
    ['-5', -5],
    ['-inf', -Infinity],
    ['"""\n  a\n    b\n"""', 'a\n  b'],
    ['[]', []],
    ['{} # none', map({})],
    ['1, "a: b", true', [1, 'a: b', true]],
    ['a: 1, b: "c, d: e", f: null', map({ a: 1, b: 'c, d: e', f: null })],
    ['a: "b, c"\nd: 1', map({ a: 'b, c', d: 1 })],
    ['- 1\n- "a"', [1, 'a']],
  ],
  keys: [
    ['a-b_C9: 1', map({ 'a-b_C9': 1 })],
    ['"": 1\n" ": 2\n"a.b: c": 3\n"true": 4', map({ '': 1, ' ': 2, 'a.b: c': 3, true: 4 })],
    ['"a\\"b": 1', map({ 'a"b': 1 })],
    [
      'toString: 1\nhasOwnProperty: 2\nvalueOf: 3',
      map({ toString: 1, hasOwnProperty: 2, valueOf: 3 }),
    ],
    ['a:: toString: 1, valueOf: 2', map({ a: map({ toString: 1, valueOf: 2 }) })],
    ['true: 1\nnull: 2\ninf: 3', map({ true: 1, null: 2, inf: 3 })],
  ],
  strings: [
    ['a: ""', map({ a: '' })],
    ['a: "\\"\\\\\\/\\b\\f\\n\\r\\t\\v"', map({ a: '"\\/\b\f\n\r\t\v' })],
    ['a: "# no comment" # one', map({ a: '# no comment' })],
    ['a: "αβ 中文 🚀"', map({ a: 'αβ 中文 🚀' })],
    ['a: "   "', map({ a: '   ' })],
  ],
  numbers: [
    ['0, 12, -12, +12, 007', [0, 12, -12, 12, 7]],
    ['1_234_567, 0xDEAD_BEEF, 0o7_5, 0b1_0', [1234567, 0xdeadbeef, 0o75, 2]],
    ['9007199254740993, -9223372036854775809', [9007199254740993n, -9223372036854775809n]],
    ['1.5, -0.25, 6.02e23, 1e-3, 1E+2, 1_0.5', [1.5, -0.25, 6.02e23, 0.001, 100, 10.5]],
    ['nan, inf, +inf, -inf', [NaN, Infinity, Infinity, -Infinity]],
  ],
  'lists and mappings in one line': [
    ['a:: []\nb:: {}', map({ a: [], b: map({}) })],
    ['a:: 1', map({ a: [1] })],
    ['a:: "http://x", "b"', map({ a: ['http://x', 'b'] })],
    ['a:: "x": 1, b: "c:d"', map({ a: map({ x: 1, b: 'c:d' }) })],
    ['a:: true, null, nan # x', map({ a: [true, null, NaN] })],
  ],
  'lists and mappings of several lines': [
    [
      'a:: # x\n  # y\n\n  b: 1\n  c:: \n'.replace(':: \n', '::\n    - 2\n'),
      map({ a: map({ b: 1, c: [2] }) }),
    ],
    ['- ::\n  - 1\n  - ::\n    - 2\n- 3', [[1, [2]], 3]],
    [
      '- ::\n  a: 1\n  b:: 2, 3\n- :: c: 4, d: 5\n- :: []',
      [map({ a: 1, b: [2, 3] }), map({ c: 4, d: 5 }), []],
    ],
    ['a::\n  b::\n    c: 1\nd: 2', map({ a: map({ b: map({ c: 1 }) }), d: 2 })],
  ],
  'text of several lines': [
    ['a: """\n  x\n    y\n\n  z  \n"""', map({ a: 'x\n  y\n\nz  ' })],
    ['a: """ # why\n  # text\n""" # done\nb: 1', map({ a: '# text', b: 1 })],
    ['a: """\n"""', map({ a: '' })],
    ['a: """\n  "x" \\n "" """\n\n"""', map({ a: '"x" \\n "" """\n' })],
    ['- """\n  x\n"""\n- """\n  y\n"""\n- 1', ['x', 'y', 1]],
    ['a::\n  - """\n    x\n      y\n  """\n  - "z"', map({ a: ['x\n  y', 'z'] })],
    ['a: """\nx\n y\n"""', map({ a: 'x\n y' })],
  ],
}

const bad: Record<string, [text: string, line: number, column: number][]> = {
  'the version, comments and empty lines': [
    ['', 1, 1],
    ['# only\n\n# comments', 1, 1],
    ['%HUML v0.2.0', 1, 1],
    ['%HUML v0.1.0\na: 1', 1, 1],
    ['%HUML\na: 1', 1, 1],
    [' %HUML v0.2.0\na: 1', 1, 2],
    ['%HUML v0.2.0 x\na: 1', 1, 14],
    ['#x\na: 1', 1, 1],
    ['a: 1 #x', 1, 6],
    ['a: 1# x', 1, 4],
    ['a: "x"# x', 1, 7],
    ['a:# x', 1, 3],
    ['a::# x', 1, 4],
  ],
  'blanks, tabs and CR': [
    ['a: 1 ', 1, 5],
    ['# a ', 1, 4],
    ['a: 1 # b  ', 1, 9],
    ['a: 1\n  \nb: 2', 2, 1],
    ['a:: 1, 2  ', 1, 9],
    ['\ta: 1', 1, 1],
    ['a::\n \tb: 1', 2, 2],
    ['a:\t1', 1, 3],
    ['a: 1\r\nb: 2', 1, 5],
    ['a: """\n  x\r\n"""', 2, 4],
  ],
  'values at the root': [
    ['::', 1, 1],
    [':: []', 1, 1],
    [':: 1, 2', 1, 1],
    ['::\n  - 1', 1, 1],
    [' 1', 1, 2],
    [' a: 1', 1, 2],
    ['  []', 1, 3],
    ['1\n2', 2, 1],
    ['"a" # b\n\n"c"', 3, 1],
    ['1, 2\na: 1', 2, 1],
    ['a: 1, b: 2\nc: 3', 2, 1],
    ['[]\n[]', 2, 1],
    ['[] 1', 1, 4],
    ['- 1\na: 2', 2, 1],
    ['a: 1\n- 2', 2, 1],
  ],
  keys: [
    ['a: 1\na: 2', 2, 1],
    ['a:: b: 1, b: 2', 1, 11],
    ['"a": 1\na: 2', 2, 1],
    ['constructor: 1', 1, 1],
    ['"__proto__": 1', 1, 1],
    ['a:: prototype: 1', 1, 5],
    ['a : 1', 1, 2],
    ['"a" : 1', 1, 4],
    ['a.b: 1', 1, 1],
    ['9a: 1', 1, 1],
    ['@a: 1', 1, 1],
    ['a 1', 1, 1],
    ['a = 1', 1, 1],
    ['a', 1, 1],
    [': 1', 1, 1],
  ],
  values: [
    ['a:', 1, 2],
    ['a: ', 1, 2],
    ['a: # b', 1, 2],
    ['a:1', 1, 3],
    ['a:  1', 1, 5],
    ['a: b', 1, 4],
    ['a: b c', 1, 4],
    ['a: True', 1, 4],
    ["a: 'b'", 1, 4],
    ['a: @b', 1, 4],
    ['a: 1 2', 1, 6],
    ['a: "b" c', 1, 8],
    ['a: 1, 2', 1, 7],
    ['b:: 0\na: 1, 2', 2, 5],
    ['a: []', 1, 4],
    ['a: ::', 1, 4],
  ],
  strings: [
    ['a: "b', 1, 4],
    ['a: "b\nc"', 1, 4],
    ['a: "b\\"', 1, 4],
    ['a: "b\\', 1, 4],
    ['a: "b\\x41"', 1, 6],
    ['a: "b\\u0041"', 1, 6],
    ['a: "\\q"', 1, 5],
    ['"a: 1', 1, 1],
  ],
  numbers: [
    ['1.2.3', 1, 1],
    ['a: 1.', 1, 4],
    ['a: .5', 1, 4],
    ['a: 1_', 1, 4],
    ['a: 1__0', 1, 4],
    ['a: +', 1, 4],
    ['a: -a', 1, 4],
    ['a: 0x', 1, 4],
    ['a: 0xGG', 1, 4],
    ['a: 0o8', 1, 4],
    ['a: 0b2', 1, 4],
    ['a: 1e', 1, 4],
    ['a: 12px', 1, 4],
    ['a: +nan', 1, 4],
  ],
  'lists and mappings in one line': [
    ['a::1', 1, 4],
    ['a::  1', 1, 6],
    ['a:: 1 2', 1, 7],
    ['a:: 1,2', 1, 7],
    ['a:: 1,  2', 1, 9],
    ['a:: 1 , 2', 1, 7],
    ['a:: 1,', 1, 6],
    ['a:: 1, # b', 1, 6],
    ['a:: , 1', 1, 5],
    ['a:: 1, b', 1, 8],
    ['a:: 1, b: 2', 1, 8],
    ['a:: b: 1, 2', 1, 11],
    ['a:: b: 1 c: 2', 1, 10],
    ['a:: b:1', 1, 7],
    ['a:: b:', 1, 6],
    ['a:: b:: 1', 1, 6],
    ['a:: []x', 1, 7],
    ['a:: [1]', 1, 5],
    ['a:: {b: 1}', 1, 5],
    ['a:: """', 1, 5],
  ],
  'lists and mappings of several lines': [
    ['a::', 1, 2],
    ['a:: # b', 1, 2],
    ['a::\nb: 1', 1, 2],
    ['a::\n    b: 1', 2, 5],
    ['a::\n b: 1', 2, 2],
    ['a::\n  b: 1\n    c: 2', 3, 5],
    ['a::\n  b: 1\n c: 2', 3, 2],
    ['a:\n  b: 1', 1, 2],
    ['a::\n- 1', 2, 1],
    ['a::\n  - 1\n    - 2', 3, 5],
    ['a::\n  - 1\n  b: 2', 3, 3],
    ['a::\n  b: 1\n  - 2', 3, 3],
    ['a::\n  -1', 2, 3],
    ['a::\n  -', 2, 3],
    ['a::\n  -  1', 2, 6],
    ['a::\n  - b', 2, 5],
    ['a::\n  - b: 1', 2, 5],
    ['a::\n  - - 1', 2, 5],
    ['a::\n  - []', 2, 5],
    ['- ::\n    a: 1', 2, 5],
    ['- ::\n- 1', 1, 3],
    ['a: 1\n:b', 2, 1],
    ['a: 1\n ::b', 2, 2],
  ],
  'text of several lines': [
    ['a: """x"""', 1, 7],
    ['a: """\n  x', 1, 4],
    ['a: """\n  x\n  """', 3, 3],
    ['a::\n  b: """\n    x\n"""', 4, 1],
    ['a: """\n  x\n""" y', 3, 5],
    ['a: ```\n  x\n```', 1, 4],
    ['a: |\n  x', 1, 4],
  ],
}

describe.each(Object.entries(good))('%s', (_, rows) => {
  test.each(rows)('%j is read', (text, value) => {
    expect(valueOf(text)).toEqual(value)
  })
})

describe.each(Object.entries(bad))('%s', (_, rows) => {
  test.each(rows)('%j is refused once, at its place', (text, line, column) => {
    const errors = problemsOf(text).filter(({ severity }) => severity === 'error')
    expect(errors).toMatchObject([{ line, column }])
  })
})

describe('readHuml', () => {
  test('64 levels are read, and no more', () => {
    const levels = (count: number) =>
      `${Array.from({ length: count }, (_, n) => `${'  '.repeat(n)}a::`).join('\n')} 1`
    expect(problemsOf(levels(64))).toEqual([])
    expect(problemsOf(levels(66))).toMatchObject([{ line: 66 }])
  })

  test('text that is indented too little is read as it is, with a warning', () => {
    expect(problemsOf('a: """\n x\n"""')).toMatchObject([
      { severity: 'warning', line: 2, column: 2 },
    ])
  })

  test('a key that is written twice hides nothing else', () => {
    expect(problemsOf('a: 1\na: 2\nb: 1\nb: 2').map(({ line }) => line)).toEqual([2, 4])
  })
})
