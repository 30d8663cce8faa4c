import { describe, expect, test } from 'vitest'
import { makePlan } from '../../src/pipeline/make-plan.ts'
import type { Pipeline, PipelineEvent } from '../../src/pipeline/pipeline.ts'
import { problemText } from '../../src/pipeline/problem.ts'
import { readPipeline } from '../../src/pipeline/read.ts'
import { explain } from '../../src/pipeline/triggers.ts'
import { cases, contentOf, golden } from './golden.ts'

const read = (name: string) => readPipeline(contentOf('wild', `${name}.yml`), 'yaml')

function pipelineOf(name: string): Pipeline {
  const { pipeline } = read(name)
  if (pipeline === null) throw new Error(`${name} has no usable workflow`)
  return pipeline
}

/** What is true of these files, and worth a warning: nothing else may be said of them. */
const deserved =
  /was encrypted by Codemagic|stores no variable groups yet|has no recipients: nobody gets/

const happening = { commitMessage: 'Mend the login', changedFiles: null, payload: null }
const push = (branch: string): PipelineEvent => ({ type: 'push', branch, ...happening })
const tag = (name: string): PipelineEvent => ({ type: 'tag', tag: name, ...happening })
const pull = (
  sourceBranch: string,
  targetBranch: string,
  type: 'pull_request' | 'pull_request_labeled' = 'pull_request',
): PipelineEvent => ({
  type,
  sourceBranch,
  targetBranch,
  draft: false,
  labels: [],
  ...happening,
})

describe('files as projects have them', () => {
  test.each(cases('wild'))('wild/%s.yml is read, and only deserved warnings are given', (name) => {
    const { pipeline, problems } = read(name)
    const odd = problems.filter(
      ({ severity, message }) => severity === 'error' || !deserved.test(message),
    )
    expect(odd.map((each) => problemText(each, `${name}.yml`))).toEqual([])
    expect(pipeline?.workflows.every(({ scripts }) => scripts.length > 0)).toBe(true)
  })

  test.each(['flutter-exported', 'react-native', 'white-label'])(
    'wild/%s.yml becomes the plans written down',
    (name) => {
      const json = `${JSON.stringify(pipelineOf(name).workflows.map(makePlan), null, 2)}\n`
      expect(json).toBe(golden('wild', `${name}.plan.json`, json))
    },
  )

  test.each([
    ['flutter-exported', push('master'), ['flutter-workflow-(english)']],
    ['flutter-exported', push('feature/x'), []],
    ['flutter-release', tag('v1.2.3'), ['ios-release', 'android-release']],
    ['flutter-release', tag('beta-1'), []],
    ['flutter-release', push('main'), []],
    ['react-native', push('develop'), ['react-native-ios', 'react-native-android']],
    ['react-native', push('release/1/2'), ['react-native-ios', 'react-native-android']],
    ['react-native', push('wip/x'), []],
    ['react-native', pull('develop', 'main'), ['react-native-ios']],
    ['react-native', pull('feature/x', 'develop'), []],
    ['native-ios', push('main'), ['ios-workflow']],
    ['native-ios', pull('feature/x', 'main'), ['ios-workflow']],
    ['native-ios', pull('main', 'develop'), []],
    ['native-ios', tag('anything'), ['ios-workflow']],
    ['native-android', push('build/stg/12'), ['native-android']],
    ['native-android', push('feature/dev-menu'), ['native-android']],
    ['native-android', push('main'), []],
    ['kmm', push('main'), []],
    ['unity-windows', push('main'), []],
    ['white-label', tag('two-v3'), ['brand-two']],
    ['white-label', tag('3-all'), ['brand-one', 'brand-two']],
    ['plugin-package', push('gh-readonly-queue/main/pr-7-abc'), ['package-checks']],
    ['plugin-package', push('ios-dev'), []],
    ['plugin-package', pull('x', 'main', 'pull_request_labeled'), ['package-checks']],
    ['plugin-package', pull('x', 'ios-dev', 'pull_request_labeled'), []],
    ['plugin-package', pull('x', 'main'), []],
    ['plugin-package', push('v1.20.3'), ['package-checks', 'docs']],
    ['plugin-package', push('qa/one'), ['package-checks', 'docs']],
  ])('of wild/%s.yml, %o starts %j', (name, event, ids) => {
    const verdicts = explain(pipelineOf(name), event)
    expect(verdicts.filter(({ runs }) => runs).map(({ id }) => id)).toEqual(ids)
    expect(verdicts.every(({ reason }) => reason.endsWith('.'))).toBe(true)
  })
})
