import { describe, expect, test } from 'vitest'
import { problemText } from '../../src/pipeline/problem.ts'
import { readPipeline } from '../../src/pipeline/read.ts'
import { cases, contentOf, golden } from './golden.ts'

describe('readPipeline', () => {
  test('there are bad and odd files to read', () => {
    expect(cases('parse').length).toBeGreaterThanOrEqual(35)
  })

  test.each(cases('parse'))('parse/%s.yml is explained as written down', (name) => {
    const content = contentOf('parse', `${name}.yml`)
    const explanation = explanationOf(content)
    expect(explanation).toBe(golden('parse', `${name}.problems.txt`, explanation))
  })

  test.each(cases('parse'))('every place told about parse/%s.yml is in the file', (name) => {
    const content = contentOf('parse', `${name}.yml`)
    const lines = content.replace(/^\ufeff/, '').split(/\r?\n/)
    for (const { line, column } of readPipeline(content, 'yaml').problems) {
      expect(line).toBeGreaterThanOrEqual(1)
      expect(line).toBeLessThanOrEqual(lines.length)
      expect(column).toBeGreaterThanOrEqual(1)
      expect(column).toBeLessThanOrEqual((lines[(line ?? 1) - 1]?.length ?? 0) + 1)
    }
  })
})

/** What a person is told, and which workflows stay usable. */
function explanationOf(content: string): string {
  const { pipeline, problems } = readPipeline(content, 'yaml')
  const usable = pipeline?.workflows.map(({ id }) => id).join(', ') ?? 'none'
  const told = problems.map((problem) => problemText(problem, 'oore.yaml'))
  return [...told, `usable workflows: ${usable}`].join('\n\n') + '\n'
}
