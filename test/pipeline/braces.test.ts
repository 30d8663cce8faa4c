import { describe, expect, test } from 'vitest'
import { isBraces } from '../../src/pipeline/formats/braces.ts'
import { readPipeline } from '../../src/pipeline/read.ts'
import { problemsOf, valueOf } from './huml/value.ts'

const json = (text: string): unknown =>
  JSON.parse(
    JSON.stringify(valueOf(text), (_, value: unknown) =>
      value instanceof Map ? Object.fromEntries(value) : value,
    ),
  )

const journey = `workflows {
  ios-build {
    name "iOS Build"
    max_build_duration 60

    environment {
      flutter "stable"
    }

    scripts [
      { name "Get packages" script "flutter pub get" }
      { name "Build" script "flutter build ios" }
    ]
  }
}
`

describe('the brace form', () => {
  test('the example of the user journeys says what its YAML says', () => {
    const yaml = `workflows:
  ios-build:
    name: iOS Build
    max_build_duration: 60
    environment:
      flutter: stable
    scripts:
      - name: Get packages
        script: flutter pub get
      - name: Build
        script: flutter build ios
`
    const read = readPipeline(journey, 'huml')
    expect(read.problems).toEqual([])
    expect(read.pipeline).toEqual(readPipeline(yaml, 'yaml').pipeline)
  })

  test('blanks, line ends and commas separate, and comments are left out', () => {
    const value = { a: [1, 'b', { c: true, d: null }], 'e f': { g: [] }, h: {} }
    expect(json('a [1 "b" {c true d null}] "e f" {g []} h {}')).toEqual(value)
    expect(json('// x\na [ # y\n1,,"b"\n{ c true, d null, },\n]\n"e f"\n{ g [] }\nh { }')).toEqual(
      value,
    )
    expect(json('a [1 "b" {c true d null}]\r\n\t"e f" {g []}\r\n\th {}\r\n')).toEqual(value)
  })

  test('text of several lines loses the indentation that its lines share, and nothing else', () => {
    expect(json('a { b """\n      x\n        "y" \\n\n\n      z\n    """ c 1 }')).toEqual({
      a: { b: 'x\n  "y" \\n\n\nz', c: 1 },
    })
  })

  test('strings may hold every sign, and numbers keep their digits', () => {
    expect(json('a "{ [ # // , = : \\" \\n" b 1_000')).toEqual({
      a: '{ [ # // , = : " \n',
      b: 1000,
    })
    const { pipeline } = readPipeline(
      'workflows { a { environment { vars { A 16.0 B 3.10 C 9007199254740993 } } scripts ["x"] } }',
      'huml',
    )
    expect(pipeline?.workflows[0]).toMatchObject({
      vars: [{ value: '16.0' }, { value: '3.10' }, { value: '9007199254740993' }],
    })
  })

  test('names that every object has are keys, and those that reach into objects are refused', () => {
    expect(json('a { toString 1 valueOf 2 }')).toEqual({ a: { toString: 1, valueOf: 2 } })
    expect(problemsOf('a { "__proto__" 1\n constructor 2 }').map(({ line }) => line)).toEqual([
      1, 2,
    ])
  })

  test('64 levels are read, and no more', () => {
    expect(problemsOf(`a ${'['.repeat(64)}${']'.repeat(64)}`)).toEqual([])
    expect(problemsOf(`a ${'['.repeat(65)}${']'.repeat(65)}`)).toMatchObject([{ column: 67 }])
  })

  test.each([
    ['a { }', true],
    ['a [', true],
    ['a{', true],
    ['# x\n\n  "a b" "c"', true],
    ['// x\na "b"', true],
    ['a\n{ b 1 }', true],
    ['a: { b 1 }', true],
    ['a = {', true],
    ['a:: {}', false],
    ['a: []', false],
    ['a: "{"', false],
    ['a: [1]', true],
    ['a = "b"', false],
    ['a::\n  b: 1', false],
    ['{}', false],
    ['"a"', false],
    ['a', false],
  ])('%j begins it: %s', (text, isIt) => {
    expect(isBraces(text)).toBe(isIt)
  })
})
