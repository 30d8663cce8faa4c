import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { makePlan } from '../../src/pipeline/make-plan.ts'
import { problemText } from '../../src/pipeline/problem.ts'
import { readPipeline } from '../../src/pipeline/read.ts'

const page = readFileSync(join(import.meta.dirname, '../../docs/pipeline.md'), 'utf8')
const examples = [...page.matchAll(/^```yaml\n(.*?)^```$/gms)].map((match) => match[1] ?? '')

describe('docs/pipeline.md', () => {
  test.each(examples.map((content, index) => [index + 1, content] as const))(
    'example %i is read without a problem',
    (_, content) => {
      const { pipeline, problems } = readPipeline(content, 'yaml')
      expect(problems.map((each) => problemText(each, 'docs/pipeline.md'))).toEqual([])
      for (const workflow of pipeline?.workflows ?? []) {
        expect(makePlan(workflow).steps).not.toEqual([])
      }
    },
  )

  test.each([...page.matchAll(/^```huml\n(.*?)^```$/gms)].map((match) => match[1] ?? ''))(
    'what is written in HUML is read without a problem: %j',
    (content) => {
      const { pipeline, problems } = readPipeline(content, 'huml')
      expect(problems).toEqual([])
      expect(pipeline?.workflows[0]?.scripts).toHaveLength(2)
    },
  )

  // An unknown key is answered with the keys there are: the page is held against what is read.
  test.each([
    ['a workflow', 'zzzzzz: 1'],
    ['environment', 'environment: { zzzzzz: 1 }'],
    ['triggering', 'triggering: { zzzzzz: 1 }'],
    ['a branch pattern', 'triggering: { branch_patterns: [{ pattern: a, zzzzzz: 1 }] }'],
    ['a tag pattern', 'triggering: { tag_patterns: [{ pattern: a, zzzzzz: 1 }] }'],
    ['a script item', 'scripts: [{ script: a, zzzzzz: 1 }]'],
  ])('every key of %s is explained or listed', (called, line) => {
    const { problems } = readPipeline(`workflows:\n  w:\n    ${line}\n`, 'yaml')
    const told = problems.find(({ message }) =>
      message.includes(`"zzzzzz" is not a key of ${called}`),
    )
    const known = told?.suggestion?.replace(/^Known here: |\.$/g, '').split(', ') ?? []
    expect(known.length).toBeGreaterThan(1)
    expect(known.filter((key) => !isExplained(key) && !isListed(key))).toEqual([])
  })

  test('every key that is carried out has an example', () => {
    const explained = [...page.matchAll(/^### `(\w+)`$/gm)].map((match) => match[1] ?? '')
    expect(explained.length).toBeGreaterThan(15)
    const without = explained.filter((key) => {
      const isKey = new RegExp(`^[ -]*${key}:`, 'm')
      return !examples.some((example) => isKey.test(example))
    })
    expect(without).toEqual([])
  })

  test('what is listed as not carried out gets exactly one warning', () => {
    let count = 0
    const [, rows = ''] = page.split('## Understood, not carried out yet')
    for (const [, where = '', cells = ''] of rows.matchAll(
      /^\| (a \w+ ?\w*|`\w+`) \| (.*) \|$/gm,
    )) {
      for (const [, key = ''] of cells.matchAll(/`(\w+)`/g)) {
        count += 1
        const { pipeline, problems } = readPipeline(workflowWith(where, key), 'yaml')
        expect(pipeline?.workflows).toHaveLength(1)
        expect(problems).toMatchObject([{ severity: 'warning', workflow: 'w' }])
        expect(problems[0]?.message).toContain(`does not carry out "${key}" yet`)
      }
    }
    expect(count).toBeGreaterThan(20)
  })
})

const isExplained = (key: string): boolean => page.includes(`### \`${key}\``)

const isListed = (key: string): boolean =>
  (page.split('## Understood, not carried out yet')[1] ?? '').includes(`\`${key}\``)

function workflowWith(where: string, key: string): string {
  const head = 'workflows:\n  w:\n    scripts:\n      - script: make\n'
  if (where === 'a workflow') return `${head}    ${key}: x\n`
  if (where === '`environment`') return `${head}    environment:\n      ${key}: x\n`
  if (where === 'a script item') return `${head}        ${key}: x\n`
  return `${head}    triggering:\n      events: [push, ${key}]\n`
}
