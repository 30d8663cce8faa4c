import { describe, expect, test } from 'vitest'
import { problemText } from '../../src/pipeline/problem.ts'
import { readPipeline } from '../../src/pipeline/read.ts'

const told = (content: string): string[] =>
  readPipeline(content, 'yaml').problems.map((each) => problemText(each, 'oore.yaml'))

describe('problemText', () => {
  test('place, sentence, line, caret and remedy', () => {
    const content = `workflows:
  ios:
    scripts:
      - flutter pub get
      - name: Test
        script: flutter test
      - script: flutter build ios
        name: [Build]
`
    expect(told(content)).toEqual([
      [
        'oore.yaml:8:15  workflows.ios.scripts[2].name must be text, found a list.',
        '     8 |         name: [Build]',
        '       |               ^',
        '  Write it on one line, in quotes if it has signs such as { [ * & : #.',
      ].join('\n'),
    ])
  })

  test('a warning says so', () => {
    const [only] = told('workflows:\n  ios:\n    scripts: make\n    nmae: iOS\n')
    expect(only).toMatch(/^oore\.yaml:4:5 {2}warning: "nmae" is not a key of a workflow/)
    expect(only).toMatch(/Did you mean "name"\?$/)
  })

  test('a long line is cut around the place', () => {
    const content = `workflows: { ios: { scripts: [${'make, '.repeat(100)}[x], ${'make, '.repeat(100)}] } }`
    const [head, excerpt = '', caret = ''] = told(content)[0]?.split('\n') ?? []
    expect(head).toContain('workflows.ios.scripts[100] must be')
    expect(excerpt.length).toBeLessThan(120)
    expect(excerpt.slice(caret.indexOf('^')).startsWith('[x]')).toBe(true)
  })

  test('CRLF, tabs and a byte order mark do not move the caret', () => {
    const content = '\ufeffworkflows:\r\n  ios:\r\n    scripts: make\r\n    name:\t[x]\r\n'
    const [, excerpt = '', caret = ''] = told(content)[0]?.split('\n') ?? []
    expect(excerpt.slice(caret.indexOf('^'))).toBe('[x]')
  })

  test('a problem of the whole file has no line to show', () => {
    const content = ' '.repeat(200_000)
    expect(told(content)).toEqual([
      'oore.yaml  The file has 196 KiB; a configuration may have 128 KiB.\n' +
        '  Move long scripts into files of the repository and call them.',
    ])
  })
})
