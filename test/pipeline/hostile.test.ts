import { describe, expect, test } from 'vitest'
import { problemText } from '../../src/pipeline/problem.ts'
import { readPipeline } from '../../src/pipeline/read.ts'
import { numbered, slowFiles } from '../support/slow-files.ts'

const bytesMax = 128 * 1024

/** Processor time of this process: a busy machine makes no test fail. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

function bomb(levels: number): string {
  const lines = ['l0: &l0 [x, x, x, x, x, x, x, x, x, x]']
  for (let level = 1; level <= levels; level += 1) {
    const aliases = Array(10)
      .fill(`*l${level - 1}`)
      .join(', ')
    lines.push(`l${level}: &l${level} [${aliases}]`)
  }
  return `${lines.join('\n')}\nworkflows: { w: { scripts: *l${levels} } }\n`
}

/** Of the files that the benchmark reads, one for each thing that takes long. */
const slowInTheirOwnWay = [
  'many deep lists',
  'keys without names',
  'aliases near to long anchors',
  'placeholders never closed',
  'a long text by an alias',
  'long patterns',
  'staircase',
  'a comment without end',
  'dashes on a line',
  'blanks',
]

describe('readPipeline, with files made to harm', () => {
  test('an alias bomb is refused within 100 ms', () => {
    readPipeline(bomb(2), 'yaml')
    const start = cpuMs()
    const { pipeline, problems } = readPipeline(bomb(20), 'yaml')
    expect(cpuMs() - start).toBeLessThan(100)
    expect(pipeline).toBeNull()
    expect(problems).toMatchObject([{ severity: 'error', line: 5 }])
  })

  test('the slowest ways to fill 128 KiB are answered within the two seconds of a worker', () => {
    for (const name of slowInTheirOwnWay) {
      const content = slowFiles[name] ?? ''
      const start = cpuMs()
      const { problems } = readPipeline(content, 'yaml')
      const isBounded = problems.length <= 201
      const isInTime = cpuMs() - start < 2000
      expect({ name, isBounded, isInTime }).toEqual({ name, isBounded: true, isInTime: true })
    }
  }, 120_000)

  test('a long text in every workflow, by an alias, is refused before it fills the memory', () => {
    const many = numbered(3000, (n) => ` w${n}: {scripts: *s}`)
    const content = `s: &s ["${'x'.repeat(60_000)}"]\nworkflows:\n${many}`
    const { pipeline, problems } = readPipeline(content, 'yaml')
    expect(pipeline).toBeNull()
    expect(problems).toMatchObject([{ severity: 'error', line: 71 }])
    expect(problems[0]?.message).toContain('4 MiB of text')
  })

  test('a long value of an input, put in everywhere, is refused before it fills the memory', () => {
    const asks = `inputs: { x: { description: x, default: "${'x'.repeat(60_000)}" } }`
    const uses = '${{ inputs.x }}'.repeat(3000)
    const workflow = (id: string, script: string) =>
      ` ${id}:\n  ${id === 'small' ? '' : asks}\n  scripts: ["${script}"]\n`
    const content = `workflows:\n${workflow('large', uses)}${workflow('small', 'make')}`
    const { pipeline, problems } = readPipeline(content, 'yaml')
    expect(pipeline?.workflows.map(({ id }) => id)).toEqual(['small'])
    expect(problems).toMatchObject([{ severity: 'error', line: 4, workflow: 'large' }])
    expect(problems[0]?.message).toContain('more than 4 MiB')
  })

  test('deep nesting by aliases is no deeper recursion', () => {
    const chain = numbered(200, (n) => (n === 0 ? 'l0: &l0 [x]' : `l${n}: &l${n} [*l${n - 1}]`))
    const content = `${chain}\nworkflows: { w: { <<: *l199, scripts: *l199 } }`
    const { pipeline, problems } = readPipeline(content, 'yaml')
    expect(pipeline).toBeNull()
    expect(problems.some(({ message }) => message === '"<<" must name a mapping.')).toBe(true)
  })

  test('a file over 128 KiB is not even parsed', () => {
    const { pipeline, problems } = readPipeline('é'.repeat(bytesMax / 2 + 1), 'yaml')
    expect(pipeline).toBeNull()
    expect(problems).toMatchObject([{ severity: 'error', line: null, column: null }])
    expect(problems[0]?.message).toContain('128 KiB')
  })

  test('keys that reach into objects are errors at their line and change no object', () => {
    const content = `workflows:
  safe: { scripts: [make] }
  evil:
    scripts: [make]
    environment: { vars: { __proto__: { polluted: yes } } }
  prototype: { scripts: [make] }
`
    const { pipeline, problems } = readPipeline(content, 'yaml')
    expect(problems.map(({ severity, line }) => [severity, line])).toEqual([
      ['error', 5],
      ['error', 6],
    ])
    expect(pipeline?.workflows.map(({ id }) => id)).toEqual(['safe'])
    expect(({} as Record<string, unknown>).polluted).toBeUndefined()
  })

  test('the names that every object has are unknown keys and usable ids', () => {
    const content = `workflows:
  toString: { scripts: [make], hasOwnProperty: 1 }
`
    const { pipeline, problems } = readPipeline(content, 'yaml')
    expect(pipeline?.workflows.map(({ id }) => id)).toEqual(['toString'])
    expect(problems).toMatchObject([
      { severity: 'warning', path: 'workflows.toString.hasOwnProperty' },
    ])
  })

  test('of very many problems the errors are listed and the rest is counted', () => {
    const many = numbered(300, (n) => `    unknown_${n}: 1`)
    const content = `workflows:\n  a:\n    scripts: [make]\n${many}\n    name: [x]\n`
    const { pipeline, problems } = readPipeline(content, 'yaml')
    expect(pipeline).toBeNull()
    expect(problems.length).toBe(201)
    expect(problems.filter(({ severity }) => severity === 'error')).toHaveLength(1)
    expect(problems.at(-1)?.message).toBe('101 more problems were found and are not listed.')
  })

  test('what is shown of a file cannot move the cursor of a terminal', () => {
    const content =
      'workflows:\n  a:\n    name: ["\u001b[2J"] # \u0007\u009b31m\n    scripts: [make]\n'
    const { problems } = readPipeline(content, 'yaml')
    const told = problems.map((problem) => problemText(problem, 'oore.yaml')).join('\n')
    expect(told).toContain('workflows.a.name must be text, found a list.')
    expect(told.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u)
  })
})
