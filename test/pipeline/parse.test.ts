import { describe, expect, test } from 'vitest'
import { problemText } from '../../src/pipeline/problem.ts'
import { readPipeline } from '../../src/pipeline/read.ts'
import { cases, contentOf, folders, golden } from './golden.ts'

const files = folders.flatMap((folder) => cases(folder).map((name) => [folder, name] as const))

/** Here everything is as it may be, however odd it looks. */
const accepted = 'parse/accepted'

describe('readPipeline', () => {
  test('there are more than a hundred bad files', () => {
    expect(files.filter(([folder]) => folder !== accepted).length).toBeGreaterThan(100)
  })

  test.each(files.filter(([folder]) => folder !== accepted))(
    '%s/%s.yml is explained as written down',
    (folder, name) => {
      const explanation = explanationOf(contentOf(folder, `${name}.yml`))
      expect(explanation).toBe(golden(folder, `${name}.problems.txt`, explanation))
    },
  )

  test.each(cases(accepted))('parse/accepted/%s.yml is read without a complaint', (name) => {
    const { pipeline, problems } = readPipeline(contentOf(accepted, `${name}.yml`), 'yaml')
    expect(problems.map((problem) => problemText(problem, `${name}.yml`))).toEqual([])
    expect(pipeline?.workflows).not.toHaveLength(0)
  })

  test.each(files)('every place told about %s/%s.yml is in the file', (folder, name) => {
    const content = contentOf(folder, `${name}.yml`)
    const lines = content.replace(/^\ufeff/, '').split(/\r?\n/)
    for (const { line, column } of readPipeline(content, 'yaml').problems) {
      if (line === null) continue
      expect(line).toBeGreaterThanOrEqual(1)
      expect(line).toBeLessThanOrEqual(lines.length)
      expect(column).toBeGreaterThanOrEqual(1)
      expect(column).toBeLessThanOrEqual((lines[line - 1]?.length ?? 0) + 1)
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
