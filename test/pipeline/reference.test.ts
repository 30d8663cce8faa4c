import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { problemText } from '../../src/pipeline/problem.ts'
import { readPipeline } from '../../src/pipeline/read.ts'
import { referencePage, sectionsOf } from './reference.ts'

const entries = sectionsOf().flatMap((section) => section.entries)

/** Kept for files that have it, and read by nothing. */
const withoutEffect = ['workflows.<id>.environment.flutter.flavor']

describe('docs/pipeline-reference.md', () => {
  test('is what the shapes of the language say', async () => {
    const file = join(import.meta.dirname, '../../docs/pipeline-reference.md')
    await expect(referencePage()).toMatchFileSnapshot(file)
  })

  test('has an anchor for each key, and none twice', () => {
    const anchors = [...referencePage().matchAll(/<a id="(.+?)">/g)].map((match) => match[1])
    expect(anchors).toEqual([...new Set(anchors)])
    expect(anchors.length).toBeGreaterThan(100)
  })

  test.each(entries.map((entry) => [entry.path, entry] as const))(
    'the example of %s is read without a problem',
    (_, { example }) => {
      const problems = readPipeline(example, 'yaml').problems.filter(
        ({ message }) => !message.includes('stores no variable groups yet'),
      )
      expect(problems.map((each) => problemText(each, 'example.yaml'))).toEqual([])
    },
  )

  test.each(entries.map((entry) => [entry.path, entry] as const))(
    'the example of %s says something else than without it',
    (path, { example, without }) => {
      const pipelineOf = (text: string) => readPipeline(text, 'yaml').pipeline
      expect(pipelineOf(example)).not.toBeNull()
      if (withoutEffect.includes(path)) expect(pipelineOf(example)).toEqual(pipelineOf(without))
      else expect(pipelineOf(example)).not.toEqual(pipelineOf(without))
    },
  )
})
