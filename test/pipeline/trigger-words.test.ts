import { expect, test } from 'vitest'
import { readPipeline } from '../../src/pipeline/read.ts'
import { triggerSentences } from '../../src/pipeline/trigger-words.ts'

const sentencesOf = (triggering: string) => {
  const { pipeline } = readPipeline(
    `workflows:\n  a:\n    scripts: [x]\n    triggering: ${triggering}\n`,
    'yaml',
  )
  return triggerSentences(pipeline!.workflows[0]!.triggering, pipeline!.workflows[0]!.when)
}

test.each([
  ['{}', ['Only people and the API start it: it names no events.']],
  ['{ events: [push] }', ['Started by a push.']],
  [
    '{ events: [push, pull_request, tag], cancel_previous_builds: true, branch_patterns: [{ pattern: "*", include: true }, { pattern: wip, include: false, source: false }], tag_patterns: [{ pattern: "v*" }] }',
    [
      'Started by a push, a pull request or a tag.',
      'Branches, the last that matches decides: "*", not "wip" as target.',
      'Tags, the last that matches decides: "v*".',
      'A newer push ends the older builds of its branch.',
    ],
  ],
  ['{ events: [tag], branch_patterns: [{ pattern: main }] }', ['Started by a tag.']],
])('%s', (triggering, sentences) => {
  expect(sentencesOf(triggering)).toEqual(sentences)
})
