import { describe, expect, test } from 'vitest'
import { defaultPipeline } from '../../src/pipeline/default.ts'
import type { PipelineEvent } from '../../src/pipeline/pipeline.ts'
import { readPipeline } from '../../src/pipeline/read.ts'
import { explain, skipMarkerOf } from '../../src/pipeline/triggers.ts'

const unseen = { changedFiles: null, payload: null }

const push = (branch: string, commitMessage: string | null = null): PipelineEvent => ({
  type: 'push',
  branch,
  commitMessage,
  ...unseen,
})
const tagged = (tag: string): PipelineEvent => ({
  type: 'tag',
  tag,
  commitMessage: null,
  ...unseen,
})

/** The verdict on one workflow whose `triggering` is given in flow style. */
function verdict(triggering: string, event: PipelineEvent) {
  const content = `workflows: { w: { scripts: [make], triggering: ${triggering} } }`
  const { pipeline } = readPipeline(content, 'yaml')
  expect(pipeline).not.toBeNull()
  return explain(pipeline ?? { workflows: [] }, event)[0]
}

const onBranch = (patterns: string, branch: string) =>
  verdict(`{ events: [push], branch_patterns: [${patterns}] }`, push(branch))?.runs

describe('explain', () => {
  // The documented examples, and the branches the documentation says they match or do not.
  test.each([
    ['*', 'main', true],
    ['*', 'feature/login', true],
    ['*', 'a/b/c', true],
    ['*-dev', 'ios-dev', true],
    ['*-dev', 'feature/ios-dev', true],
    ['*-dev', 'main', false],
    ['*-dev', 'ios-dev-2', false],
    ['!(*-dev)', 'main', true],
    ['!(*-dev)', 'ios-dev', false],
    ['{test,qa}/*', 'test/one', true],
    ['{test,qa}/*', 'qa/one/two', true],
    ['{test,qa}/*', 'dev/one', false],
    ['v+([0-9]).+([0-9]).+([0-9])', 'v1.20.3', true],
    ['v+([0-9]).+([0-9]).+([0-9])', 'v1.2', false],
    ['v+([0-9]).+([0-9]).+([0-9])', 'v1.2.x', false],
    ['gh-readonly-queue/main/*', 'gh-readonly-queue/main/pr-12-abc', true],
    ['gh-readonly-queue/main/*', 'gh-readonly-queue/dev/pr-12-abc', false],
    ['*dev*', 'my-dev-branch', true],
    ['build/stg/*', 'build/stg/12', true],
    ['main', 'main', true],
    ['main', 'maintenance', false],
    ['main', 'origin/main', false],
    ['Main', 'main', false],
    ['release-?', 'release-1', true],
    ['release-?', 'release-12', false],
    ['release/[0-9]*', 'release/1.2', true],
  ])('the pattern %s and the branch %s: %s', (pattern, branch, runs) => {
    expect(onBranch(`{ pattern: '${pattern}' }`, branch)).toBe(runs)
  })

  test('the last matching pattern decides', () => {
    const patterns = "{ pattern: '*' }, { pattern: 'wip/*', include: false }, { pattern: 'wip/ci' }"
    expect(onBranch(patterns, 'main')).toBe(true)
    expect(onBranch(patterns, 'wip/x')).toBe(false)
    expect(onBranch(patterns, 'wip/ci')).toBe(true)
  })

  test('a list with an include means only these', () => {
    const patterns = "{ pattern: 'wip/*', include: false }, { pattern: 'main' }"
    expect(onBranch(patterns, 'main')).toBe(true)
    expect(onBranch(patterns, 'other')).toBe(false)
  })

  test('a list of only excludes means all but these', () => {
    expect(onBranch("{ pattern: 'wip/*', include: false }", 'main')).toBe(true)
    expect(onBranch("{ pattern: 'wip/*', include: false }", 'wip/x')).toBe(false)
    expect(onBranch("{ pattern: '*', include: false }", 'main')).toBe(false)
  })

  test('source says nothing about a push', () => {
    expect(onBranch("{ pattern: 'main', source: false }", 'main')).toBe(true)
  })

  test('branch patterns do not limit tags, tag patterns do not limit branches', () => {
    const both = `{ events: [push, tag], branch_patterns: [{ pattern: main }],
      tag_patterns: [{ pattern: 'v*' }, { pattern: '*-rc*', include: false }] }`
    expect(verdict(both, tagged('v1.0'))?.runs).toBe(true)
    expect(verdict(both, tagged('v1.0-rc1'))?.runs).toBe(false)
    expect(verdict(both, tagged('main'))?.runs).toBe(false)
    expect(verdict(both, push('main'))?.runs).toBe(true)
    expect(verdict(both, push('v1.0'))?.runs).toBe(false)
    expect(verdict('{ events: [tag] }', tagged('anything'))?.runs).toBe(true)
  })

  test.each<[string, PipelineEvent, string]>([
    ['{}', push('main'), 'It has no "triggering.events": only people and the API start it.'],
    ['{ events: [tag] }', push('main'), 'Its events are tag; this was a push.'],
    [
      '{ events: [push, pull_request] }',
      tagged('v1'),
      'Its events are push, pull_request; this was a tag.',
    ],
    ['{ events: [push] }', push('x'), 'It has no branch patterns, so every branch starts it.'],
    ['{ events: [tag] }', tagged('v1'), 'It has no tag patterns, so every tag starts it.'],
    ['{ events: [push] }', push('main', 'Fix [ci skip]'), 'The commit message says [ci skip].'],
    [
      "{ events: [push], branch_patterns: [{ pattern: '*' }, { pattern: 'x', include: false }] }",
      push('x'),
      'Branch "x" is excluded by branch pattern 2, "x".',
    ],
    [
      "{ events: [push], branch_patterns: [{ pattern: '*' }, { pattern: 'x', include: false }] }",
      push('y'),
      'Branch "y" matches branch pattern 1, "*".',
    ],
    [
      '{ events: [push], branch_patterns: [{ pattern: main }] }',
      push('y'),
      'Branch "y" matches none of the branch patterns.',
    ],
    [
      '{ events: [tag], tag_patterns: [{ pattern: x, include: false }] }',
      tagged('v1'),
      'Tag "v1" is excluded by none of the tag patterns.',
    ],
    ['{}', { type: 'manual' }, 'It was started by hand.'],
  ])('%s and %o: the reason names what decided', (triggering, event, reason) => {
    expect(verdict(triggering, event)?.reason).toBe(reason)
  })

  test('by hand every workflow runs, in the order of the file, whatever its triggers', () => {
    const content = `workflows:
      b: { name: Second, scripts: [make], triggering: { events: [tag] } }
      a: { scripts: [make] }`
    const { pipeline } = readPipeline(content, 'yaml')
    const verdicts = explain(pipeline ?? { workflows: [] }, { type: 'manual' })
    expect(verdicts.map(({ id, name, runs }) => [id, name, runs])).toEqual([
      ['b', 'Second', true],
      ['a', 'a', true],
    ])
  })

  test('the default pipeline runs for a push to any branch', () => {
    expect(explain(defaultPipeline(), push('feature/x'))[0]?.runs).toBe(true)
    expect(explain(defaultPipeline(), tagged('v1'))[0]?.runs).toBe(false)
  })

  // A matcher that backtracks never comes back from these.
  test.each([`${'*a'.repeat(20)}b`, '+(+(+(a|aa)|b*)|+(c|*c))' + '*(a|b)'.repeat(20)])(
    'the hostile pattern %s is answered',
    (pattern) => {
      expect(onBranch(`{ pattern: '${pattern}' }`, `${'a'.repeat(200)}!`)).toBe(false)
    },
  )
})

test.each([
  'triggering: { tag_patterns: [{ pattern: "{1..100000}" }] }',
  'artifacts: ["{1..501}"]',
])('a pattern that means too much is an error of the pipeline: %s', (key) => {
  const { problems } = readPipeline(`workflows: { w: { scripts: [make], ${key} } }`, 'yaml')
  const errors = problems.filter(({ severity }) => severity === 'error')
  expect(errors.map(({ message }) => message)).toEqual([
    expect.stringContaining('cannot be used: its ranges and groups mean too much at once.'),
  ])
})

describe('skipMarkerOf', () => {
  test.each([
    ['Fix a typo [skip ci]', '[skip ci]'],
    ['[ci skip] docs', '[ci skip]'],
    ['Title\n\nbody [Skip CI]', '[Skip CI]'],
    ['skip ci', null],
    ['[skip  ci]', null],
    [null, null],
  ])('%j: %s', (message, marker) => {
    expect(skipMarkerOf(message)).toBe(marker)
  })
})
