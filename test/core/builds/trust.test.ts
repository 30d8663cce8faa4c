import { describe, expect, test } from 'vitest'
import { riskOf, sortedFiles } from '../../../src/core/approvals/approval.ts'
import { moves, sourcesOf } from '../../../src/core/builds/build.ts'
import { allowanceOf, trustOf, withheldFrom } from '../../../src/core/builds/trust.ts'
import { testPlan } from '../../support/plan.ts'

const fork = { name: 'a/b', url: null, author: 'x', pullRequestUrl: null, configCommit: 'c' }
const own = { repositoryId: 'R', pullRequestNumber: 87, fork: null }
const forked = { ...own, fork }

describe('trust', () => {
  test('is decided by where the commits are from, not by there being a pull request', () => {
    expect(trustOf(own)).toEqual({ is: 'own' })
    expect(trustOf(forked)).toEqual({ is: 'fork', pullRequest: 87 })
  })

  test('allows a fork nothing beyond its code', () => {
    expect(allowanceOf(own)).toMatchObject({ secrets: true, signing: true, publishing: true })
    expect(allowanceOf(forked)).toMatchObject({ secrets: false, signing: false, publishing: false })
  })

  test('gives each pull request of a fork a cache that no other build reads', () => {
    const builds = [
      own,
      forked,
      { ...forked, pullRequestNumber: 88 },
      { ...forked, repositoryId: 'S' },
      { ...own, repositoryId: 'S' },
    ]
    const names = builds.map((build) => allowanceOf(build).cacheNamespace)
    expect(new Set(names).size).toBe(builds.length)
    expect(allowanceOf({ ...own, pullRequestNumber: null }).cacheNamespace).toBe(names[0])
  })

  test('takes out of a plan what is not allowed, and leaves the frozen one as it was', () => {
    const plan = testPlan({
      groups: ['release', 'play'],
      integrations: { app_store_connect: 'key' },
      signing: { ios: null, android: [{ reference: 'upload' }] as never },
      cachePaths: ['~/.gradle'],
    })
    const before = structuredClone(plan)
    const taken = withheldFrom(plan, allowanceOf(forked))
    expect(taken.plan).toEqual(testPlan({ groups: ['release', 'play'], cachePaths: ['~/.gradle'] }))
    expect(taken.withheld).toEqual(['the keys of app_store_connect', 'android_signing'])
    expect(plan).toEqual(before)
    expect(withheldFrom(plan, allowanceOf(own))).toEqual({ plan, withheld: [] })
    expect(withheldFrom(testPlan(), allowanceOf(forked)).withheld).toEqual([])
  })
})

test('only an approval lets a build that waits for one start', () => {
  expect(sourcesOf('running')).toEqual(['pending'])
  expect(moves.waiting_approval).toEqual(['pending', 'cancelled'])
})

describe('a changed file', () => {
  test.each([
    'oore.yaml',
    'codemagic.yaml',
    '.github/workflows/release.yml',
    '.gitlab-ci.yml',
    '.gitmodules',
    'android/build.gradle',
    'android/app/build.gradle.kts',
    'android/gradlew',
    'android/gradle/wrapper/gradle-wrapper.properties',
    'ios/Podfile',
    'Gemfile.lock',
    'ios/fastlane/Fastfile',
    'package.json',
    'apps/web/package.json',
    '.npmrc',
    '.husky/pre-commit',
    'package-lock.json',
    'pubspec.yaml',
    'ios/Runner.xcodeproj/project.pbxproj',
    'Makefile',
    'scripts/anything',
    'tool/generate.dart',
    'a.SH',
    'metro.config.js',
    'libs/native.so',
  ])('%s is one to look at first', (path) => {
    expect(riskOf(path)).not.toBeNull()
  })

  test.each(['lib/main.dart', 'README.md', 'src/build/gradle.dart', 'docs/podfile.md'])(
    '%s is one like others',
    (path) => {
      expect(riskOf(path)).toBeNull()
    },
  )

  test('stands after those that decide what is run', () => {
    const files = sortedFiles(['z.sh', 'b.dart', 'a.dart', 'Makefile'])
    expect(files.map(({ path }) => path)).toEqual(['Makefile', 'z.sh', 'a.dart', 'b.dart'])
  })
})
