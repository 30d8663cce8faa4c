import { describe, expect, test } from 'vitest'
import { convertPipeline } from '../../src/pipeline/convert.ts'
import { noFindings } from '../../src/pipeline/findings.ts'
import { readHuml } from '../../src/pipeline/formats/huml.ts'
import { readYaml } from '../../src/pipeline/formats/yaml.ts'
import { readPipeline } from '../../src/pipeline/read.ts'
import type { Node } from '../../src/pipeline/tree.ts'
import { cases, contentOf } from './golden.ts'
import { generator, type Random } from './random.ts'

const rounds = 400
const seed = 20261126

type Value =
  ['text' | 'number' | 'truth' | 'null', string] | Value[] | { entries: [string, Value][] }

/** What a node means, with its type and its digits, whatever the format it was written in. */
function valueOf(node: Node | null): Value {
  if (node === null || node.kind === 'broken') throw new Error('This could not be read.')
  if (node.kind === 'map') return { entries: node.entries.map((e) => [e.key, valueOf(e.value)]) }
  if (node.kind === 'list') return node.items.map(valueOf)
  if (node.kind === 'null') return ['null', '']
  if (node.quoted) return ['text', node.text]
  if (/^(true|false)$/.test(node.text)) return ['truth', node.text]
  const isNumber = /^([-+]?\d+(\.\d+)?([eE][-+]?\d+)?|0x[\da-fA-F]+|0o[0-7]+)$/.test(node.text)
  return [isNumber ? 'number' : 'text', node.text]
}

const ofYaml = (content: string): Value => valueOf(readYaml(content, noFindings()))
const ofHuml = (content: string): Value => valueOf(readHuml(content, noFindings()))

function converted(content: string, from: 'yaml' | 'huml', to: 'yaml' | 'huml'): string {
  const result = convertPipeline(content, from, to)
  if ('content' in result) return result.content
  throw new Error(result.problems.map(({ message }) => message).join('\n'))
}

const toHuml = (yaml: string): string => converted(yaml, 'yaml', 'huml')
const toYaml = (huml: string): string => converted(huml, 'huml', 'yaml')

describe('convertPipeline', () => {
  test.each(cases('plan'))('plan/%s.yml means the same in HUML, and again in YAML', (name) => {
    const yaml = contentOf('plan', `${name}.yml`)
    const { pipeline } = readPipeline(yaml, 'yaml')
    const huml = toHuml(yaml)
    expect(readPipeline(huml, 'huml').pipeline).toEqual(pipeline)
    expect(readPipeline(toYaml(huml), 'yaml').pipeline).toEqual(pipeline)
  })

  test('whatever a file says, there and back again it says the same', () => {
    const random = generator(seed)
    for (let round = 0; round < rounds; round += 1) {
      const yaml = JSON.stringify(randomMapping(random, 3))
      const huml = toHuml(yaml)
      expect(ofHuml(huml)).toEqual(ofYaml(yaml))
      const back = toYaml(huml)
      expect(ofYaml(back)).toEqual(ofYaml(yaml))
      expect(ofHuml(toHuml(back))).toEqual(ofYaml(yaml))
    }
  })

  test('types stay: versions, quoted numbers, truth values and nothing', () => {
    const yaml = `a: 16.0
b: "3.10"
c: 3.10
d: "true"
e: true
f: null
g: ~
h: 9007199254740993
i: 0xFF
j: yes
k: 1.2.3
l: ''
m: -1e3
`
    const huml = `a: 16.0
b: "3.10"
c: 3.10
d: "true"
e: true
f: null
g: null
h: 9007199254740993
i: 0xFF
j: "yes"
k: "1.2.3"
l: ""
m: -1e3
`
    expect(toHuml(yaml)).toBe(huml)
    expect(ofYaml(toYaml(huml))).toEqual(ofYaml(yaml))
  })

  test('a variable without a value stays empty, and is not the word for nothing', () => {
    const yaml = 'workflows: { a: { scripts: [x], environment: { vars: { A: , B: null } } } }'
    const huml = toHuml(yaml)
    expect(huml).toContain('vars:: A: "", B: null')
    const { pipeline } = readPipeline(yaml, 'yaml')
    expect(readPipeline(huml, 'huml').pipeline).toEqual(pipeline)
  })

  test('text of several lines keeps whether a line end is behind it', () => {
    const yaml = 'a: |\n  x\n    y\nb: |-\n  x\n\n  y\nc: |+\n  x\n  y\n\nd: "x\\n"\n'
    const huml = toHuml(yaml)
    expect(huml).toBe(
      'a: """\n  x\n    y\n\n"""\nb: """\n  x\n\n  y\n"""\nc: """\n  x\n  y\n\n\n"""\nd: "x\\n"\n',
    )
    expect(toYaml(huml)).toBe('a: |\n  x\n    y\nb: |-\n  x\n\n  y\nc: |+\n  x\n  y\n\nd: |\n  x\n')
  })

  test('comments stay where they are, and blank lines between entries', () => {
    const yaml = `# The file
workflows:
  # first
  ios: # apple
    name: iOS # short

    #no blank
    scripts:
      # get
      - name: Get # it
        script: make
      - make test # all
      # behind
    artifacts: [a, b] # both
# the end
`
    expect(toHuml(yaml)).toBe(`# The file
workflows::
  # first
  ios:: # apple
    name: "iOS" # short

    # no blank
    scripts::
      # get
      - ::
        name: "Get" # it
        script: "make"
      - "make test" # all
      # behind
    artifacts:: "a", "b" # both
# the end
`)
    const words = (text: string) => [...text.matchAll(/# *(.+)/g)].map((found) => found[1])
    expect(words(toYaml(toHuml(yaml)))).toEqual(words(yaml))
  })

  test('what aliases name is written out, and a comment says that definitions is gone', () => {
    const huml = toHuml(`definitions:
  steps:
    - &get # it
      name: Get
      script: flutter pub get
  env: &env { A: 1, B: 2 }
workflows:
  a:
    environment: { vars: { <<: *env, B: 3 } }
    scripts: [*get, *get]
`)
    expect(huml).not.toMatch(/^definitions/m)
    expect(huml.split('\n')[0]).toContain('"definitions" of the YAML file is left out')
    expect(huml.match(/flutter pub get/g)).toHaveLength(2)
    expect(readPipeline(huml, 'huml').pipeline?.workflows[0]?.vars).toMatchObject([
      { name: 'A', value: '1' },
      { name: 'B', value: '3' },
    ])
    expect(toHuml('definitions: { a: 1 }\nworkflows: {}\n')).toBe(
      'definitions:: a: 1\nworkflows:: {}\n',
    )
  })

  test('the brace form becomes YAML with its comments', () => {
    expect(toYaml('// all\nworkflows {\n  a { # one\n    scripts [ "x" ] // two\n  }\n}\n')).toBe(
      '# all\nworkflows:\n  a:\n    # one\n    scripts: [ x ] # two\n',
    )
  })

  test('a file with syntax errors is answered with its problems', () => {
    const result = convertPipeline('a:\n  b: x: y\n', 'yaml', 'huml')
    expect(result).toMatchObject({ problems: [{ severity: 'error', line: 2 }] })
    expect(convertPipeline('a: b\n', 'huml', 'yaml')).toMatchObject({ problems: [{ line: 1 }] })
    expect(convertPipeline('# no\n', 'yaml', 'huml')).toMatchObject({ problems: [{ line: null }] })
  })

  test('an alias that would grow beyond a configuration is refused, and so is a NUL byte', () => {
    const long = `a: &a "${'x'.repeat(50_000)}"\nb: [*a, *a, *a]\n`
    const problems = [{ message: expect.stringContaining('128 KiB') }]
    expect(convertPipeline(long, 'yaml', 'huml')).toMatchObject({ problems })
    expect(convertPipeline('a: "\\0"', 'yaml', 'huml')).toMatchObject({
      problems: [{ message: expect.stringContaining('NUL') }],
    })
  })

  test('what is in the format already stays as it is', () => {
    expect(convertPipeline('a:   1', 'yaml', 'yaml')).toEqual({ content: 'a:   1' })
  })
})

const texts = [
  ...[
    '',
    ' ',
    'a',
    'a b',
    'true',
    'null',
    '~',
    '3.10',
    '16.0',
    '0x1F',
    'yes',
    '1.2.3',
    '- a',
    '# a',
  ],
  ...[
    'a # b',
    'a: b',
    'a:',
    '"',
    "'",
    '"""',
    'a\n"""\nb',
    '\\',
    '\\n',
    '{{ a }}',
    '[a',
    '*a',
    '&a',
  ],
  ...[
    'a\nb',
    'a\nb\n',
    'a\n\n\nb\n\n',
    '\na',
    '\n',
    '\n\n',
    '  a\nb',
    'a\n  b',
    'a \nb\t\n',
    '\ta\nb',
  ],
  ...[
    'a\rb',
    'a\r\nb\r\n',
    'é 😀',
    '\u0007',
    '\u2028',
    '\u0085\nb',
    '<<',
    '%',
    '@',
    '`',
    '|',
    '>',
    '!a',
  ],
  ...[
    'a'.repeat(130),
    'a\n   \nb',
    '---',
    '...',
    '---\na',
    '?',
    '? a',
    '-',
    'a,b',
    'a, b',
    '=',
    '2020-01-01',
  ],
]

function randomValue(random: Random, depth: number): unknown {
  const kind = random(depth > 0 ? 8 : 5)
  if (kind < 3) return texts[random(texts.length)]
  if (kind === 3) return [null, true, false][random(3)]
  if (kind === 4) return [0, -1, 1.5, 1e21, 12345678901][random(5)]
  if (kind < 7) return randomMapping(random, depth - 1)
  return Array.from({ length: random(4) }, () => randomValue(random, depth - 1))
}

function randomMapping(random: Random, depth: number): Record<string, unknown> {
  const entries = Array.from({ length: random(5) }, (_, n): [string, unknown] => [
    random(2) === 0 ? `k${n}` : `${texts[random(texts.length)] ?? ''}`,
    randomValue(random, depth),
  ])
  return Object.fromEntries(entries)
}
