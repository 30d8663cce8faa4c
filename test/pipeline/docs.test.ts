import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { makePlan } from '../../src/pipeline/make-plan.ts'
import { problemText } from '../../src/pipeline/problem.ts'
import { readPipeline } from '../../src/pipeline/read.ts'
import { referencePage, sectionsOf } from './reference.ts'

const page = readFileSync(join(import.meta.dirname, '../../docs/pipeline.md'), 'utf8')
const examples = [...page.matchAll(/^```yaml\n(.*?)^```$/gms)].map((match) => match[1] ?? '')
const entries = sectionsOf().flatMap((section) => section.entries)

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

  test('its links into the reference and into itself lead somewhere', () => {
    const reference = new Set(anchorsOf(referencePage()))
    const outward = [...page.matchAll(/\]\(pipeline-reference\.md#([^)]+)\)/g)].map(([, to]) => to)
    expect(outward.length).toBeGreaterThan(5)
    expect(outward.filter((to) => !reference.has(to ?? ''))).toEqual([])
    const headings = [...page.matchAll(/^##+ (.*)$/gm)].map(([, text = '']) =>
      text
        .toLowerCase()
        .replace(/[^\w -]/g, '')
        .replaceAll(' ', '-'),
    )
    const inward = [...page.matchAll(/\]\(#([^)]+)\)/g)].map(([, to]) => to ?? '')
    expect(inward.filter((to) => !headings.includes(to))).toEqual([])
  })

  test('what is listed as not carried out is a key or a word of the language', () => {
    const [, rows = ''] = page.split('## Understood, not carried out yet')
    const listed = [...rows.matchAll(/^\| [^|]+ \| (`[^|]+`) \|/gm)].flatMap(([, cells = '']) =>
      [...cells.matchAll(/`(\w+)`/g)].map(([, name]) => name ?? ''),
    )
    expect(listed.length).toBeGreaterThan(2)
    const names = new Set([
      ...entries.map(({ name }) => name),
      'pull_request',
      'pull_request_labeled',
    ])
    expect(listed.filter((name) => !names.has(name))).toEqual([])
  })
})

const anchorsOf = (text: string): string[] =>
  [...text.matchAll(/<a id="(.+?)">/g)].map(([, id]) => id ?? '')
