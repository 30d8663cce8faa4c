import { describe, expect, test } from 'vitest'
import { problemText } from '../../../src/pipeline/problem.ts'
import { readPipeline } from '../../../src/pipeline/read.ts'
import { cases, contentOf, golden } from '../golden.ts'

const folder = 'huml/parse'
const names = cases(folder, '.huml')

describe('readPipeline, of HUML and of the brace form', () => {
  test('there are bad and odd files of both to read', () => {
    expect(names.filter((name) => !name.startsWith('braces-')).length).toBeGreaterThan(40)
    expect(names.filter((name) => name.startsWith('braces-')).length).toBeGreaterThan(12)
  })

  test.each(names)('%s.huml is explained as written down', (name) => {
    const explanation = explanationOf(contentOf(folder, `${name}.huml`))
    expect(explanation).toBe(golden(folder, `${name}.problems.txt`, explanation))
  })
})

/** What a person is told, and which workflows stay usable. */
function explanationOf(content: string): string {
  const { pipeline, problems } = readPipeline(content, 'huml')
  const usable = pipeline?.workflows.map(({ id }) => id).join(', ') ?? 'none'
  const told = problems.map((problem) => problemText(problem, 'oore.huml'))
  return [...told, `usable workflows: ${usable}`].join('\n\n') + '\n'
}
