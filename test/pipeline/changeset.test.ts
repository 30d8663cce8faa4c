import { describe, expect, test } from 'vitest'
import { changesetVerdict } from '../../src/pipeline/changeset.ts'

const verdict = (
  files: string[],
  includes: string[],
  excludes: string[] = [],
  configFileName: string | null = 'codemagic.yaml',
) => changesetVerdict({ includes, excludes }, files, configFileName)

describe('changesetVerdict', () => {
  test.each([
    ['.', 'anything/at/all.txt', true],
    ['./', 'a', true],
    ['/', 'a', true],
    ['android/', 'android/app/build.gradle', true],
    ['android/', 'android', true],
    ['android/', 'androidx/a', false],
    ['android', 'android/app/build.gradle', true],
    ['android', 'ios/android/a', false],
    ['./android', 'android/a', true],
    ['/android/', 'android/a', true],
    ['Codigo/MobileApp', 'Codigo/MobileApp/lib/main.dart', true],
    ['Codigo/MobileApp', 'Codigo/MobileAppTests/a', false],
    ['pubspec.yaml', 'pubspec.yaml', true],
    ['pubspec.yaml', 'packages/a/pubspec.yaml', false],
    ['lib/**', 'lib/main.dart', true],
    ['lib/**', 'lib/.hidden/.file', true],
    ['lib/**', 'library/a', false],
    ['**', '.github/workflows/a.yml', true],
    ['*', 'a/b', false],
    ['*', '.gitignore', true],
    ['*.md', 'README.md', true],
    ['*.md', 'docs/README.md', false],
    ['**/*.md', 'docs/a/README.md', true],
    ['**/*.md', 'README.md', true],
    ['**/*.md', 'docs/.md', true],
    ['**/*.md', 'docs/md', false],
    ['docs/**/*.md', 'docs/a.md', true],
    ['docs/**/*.md', 'docsa.md', false],
    ['**/*_test.dart', 'a/b_test.dart', true],
    ['**/*.md', '.github/CONTRIBUTING.md', true],
    ['lib/*.dart', 'lib/main.dart', true],
    ['lib/*.dart', 'lib/src/main.dart', false],
    ['packages/*/lib/**', 'packages/core/lib/a/b.dart', true],
    ['packages/*/lib/**', 'packages/core/test/b.dart', false],
    ['packages/*/', 'packages/core/a.dart', true],
    ['packages/*/', 'other/core/a.dart', false],
    ['{ios,android}/**', 'android/a', true],
    ['{ios,android}/**', 'web/a', false],
    ['app/[id]', 'app/[id]/page.tsx', true],
    ['!(docs)/**', 'lib/a', true],
    ['!(docs)/**', 'docs/a', false],
    ['lib/größe*', 'lib/größe.dart', true],
  ])('includes %j and the file %j: %s', (pattern, file, runs) => {
    expect(verdict([file], [pattern]).runs).toBe(runs)
    expect(verdict([file], ['.'], [pattern]).runs).toBe(!runs)
  })

  test('one file that counts is enough, and excludes win over includes for each file', () => {
    const files = ['docs/a.md', 'lib/README.md', 'lib/main.dart']
    expect(verdict(files, ['lib/'], ['**/*.md'])).toEqual({
      runs: true,
      reason: 'lib/main.dart matches "lib/".',
    })
    expect(verdict(files.slice(0, 2), ['lib/'], ['**/*.md']).runs).toBe(false)
  })

  test('only excludes mean all but these', () => {
    expect(verdict(['README.md', 'a.dart'], [], ['**/*.md'])).toEqual({
      runs: true,
      reason: 'a.dart changed, and nothing excludes it.',
    })
    expect(verdict(['README.md'], [], ['**/*.md']).runs).toBe(false)
  })

  test('the configuration always counts, excluded or not, and no other file of that name', () => {
    for (const name of ['codemagic.yaml', 'oore.yaml', 'oore.huml']) {
      expect(verdict([name], ['lib/'], [name], name)).toEqual({
        runs: true,
        reason: `${name} changed, which always counts.`,
      })
      expect(verdict([`app/${name}`], ['lib/'], [], name).runs).toBe(false)
    }
    expect(verdict(['codemagic.yaml'], ['lib/'], [], null).runs).toBe(false)
  })

  test.each([
    [['lib/main.dart'], ['lib/**'], [], 'lib/main.dart matches "lib/**".'],
    [['README.md'], ['lib/**'], [], 'The changed file README.md does not match "lib/**".'],
    [['README.md'], ['a', 'b'], [], 'The changed file README.md does not match any of "a" or "b".'],
    [['a', 'b', 'c'], ['lib/**'], [], 'None of the 3 changed files matches "lib/**".'],
    [
      ['x', 'y'],
      ['a', 'b', 'c', 'd', 'e'],
      [],
      'None of the 2 changed files matches "a", "b", "c" or 2 more.',
    ],
    [['a.md'], ['.'], ['*.md'], 'The changed file a.md is excluded by "*.md".'],
    [
      ['a.md', 'b.md'],
      ['.'],
      ['*.md'],
      'All 2 changed files are excluded, such as a.md by "*.md".',
    ],
    [
      ['x', 'lib/a.md', 'y'],
      ['lib'],
      ['**/*.md'],
      'None of the 3 changed files counts: 2 do not match "lib", 1 is excluded (lib/a.md by "**/*.md").',
    ],
    [[], ['.'], [], 'No file changed.'],
    [['a\nb\u202e'], ['lib'], [], 'The changed file "a\\nb\u202e" does not match "lib".'],
  ])('%j with %j and without %j: %s', (files, includes, excludes, reason) => {
    expect(verdict(files, includes, excludes).reason).toBe(reason)
  })

  test('patterns and names made to take long are given up in time, and it runs', () => {
    const files = Array.from({ length: 5_000 }, (_, n) => `${'a'.repeat(3_000)}${n}`)
    const patterns = Array.from({ length: 50 }, (_, n) => `${'*a'.repeat(240)}b${n}`)
    const start = process.cpuUsage().user
    expect(verdict(files, patterns)).toEqual({
      runs: true,
      reason: expect.stringContaining('would take too long, so it runs'),
    })
    expect(process.cpuUsage().user - start).toBeLessThan(3_000_000)
  })

  test('a large ordinary change is compared to its end', () => {
    const files = Array.from({ length: 5_000 }, (_, n) => `docs/part${n % 7}/page-${n}.md`)
    const start = process.cpuUsage().user
    expect(
      verdict(files, ['lib/**', 'ios', 'android/', '*.yaml', 'test/**/*.dart', '**/*.{kt,java}'])
        .reason,
    ).toBe('None of the 5000 changed files matches "lib/**", "ios", "android/" or 3 more.')
    expect(verdict(files, ['.'], ['**/*.md']).runs).toBe(false)
    expect(process.cpuUsage().user - start).toBeLessThan(2_000_000)
  })
})
