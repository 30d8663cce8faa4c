import { symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { FoundTest } from '../../src/protocol/tests.ts'
import { type Build, type BuildOptions, startBuild } from './support.ts'

const report = (...tests: string[]): string =>
  `<testsuite name="cart">${tests.join('')}</testsuite>`
const passed = (name: string): string => `<testcase name="${name}" time="0.01"/>`
const failed = (name: string, message = 'no'): string =>
  `<testcase name="${name}"><failure message="${message}"/></testcase>`

describe('the report of a step', () => {
  test('is read although the step failed, and the exit code alone decides', async () => {
    using build = startBuild({
      files: { 'reports/a.xml': report(passed('adds'), failed('rounds', '10.04 is not 10.05')) },
      steps: [{ script: 'exit 3', testReport: 'reports/*.xml' }, 'true'],
    })
    expect(await build.ended).toMatchObject({ is: 'failed' })
    expect(build.steps[1]?.outcome).toMatchObject({ is: 'failed', exitCode: 3 })
    expect(testsOf(build)).toMatchObject([
      { suite: 'cart', name: 'adds', status: 'passed', duration_ms: 10 },
      { name: 'rounds', status: 'failed', message: '10.04 is not 10.05' },
    ])
    expect(build.steps[1]?.stdout).toBe('Test report: 2 tests in 1 file: 1 passed, 1 failed.\n')
  })

  test('with failures fails no build whose step succeeds', async () => {
    using build = startBuild({
      steps: [{ script: `echo '${report(failed('a'))}' > r.xml`, testReport: 'r.xml' }],
    })
    expect(await build.ended).toEqual({ is: 'success' })
    expect(testsOf(build)).toHaveLength(1)
  })

  test('is read when the time of the step was up', async () => {
    using build = startBuild({
      files: { 'r.xml': report(passed('a')) },
      steps: [{ script: 'exec sleep 60', testReport: 'r.xml' }],
      limits: { step_ms: 200 },
    })
    expect(await build.ended).toMatchObject({ is: 'timed_out' })
    expect(testsOf(build)).toMatchObject([{ name: 'a' }])
  })

  test('is not read when the build was cancelled', async () => {
    using build = startBuild({
      files: { 'r.xml': report(passed('a')) },
      steps: [{ script: 'echo begun; exec sleep 60', testReport: 'r.xml' }],
      onSaid: (it) => it.stop('cancelled'),
    })
    expect(await build.ended).toEqual({ is: 'cancelled' })
    expect(testsOf(build)).toEqual([])
  })

  test('is found in the working directory of the step and in the clone directory, by variables too', async () => {
    using build = startBuild({
      files: { 'app/out/a.xml': report(passed('a')), 'out/b.xml': report(passed('b')) },
      vars: { OUT: 'out' },
      steps: [{ script: 'true', workingDirectory: 'app', testReport: '$OUT/*.xml' }],
    })
    await build.ended
    expect(testsOf(build).map(({ name }) => name)).toEqual(['a', 'b'])
  })

  test('counts once, unless a later step writes it anew', async () => {
    const testReport = '*.xml'
    using build = startBuild({
      steps: [
        { script: `echo '${report(passed('a'))}' > a.xml`, testReport },
        { script: `echo '${report(passed('b'))}' > b.xml`, testReport },
        { script: `echo '${report(passed('a again'))}' > a.xml`, testReport },
        { script: 'true', testReport },
      ],
    })
    await build.ended
    expect(build.tests.map(({ position, first }) => [position, first])).toEqual([
      [1, 0],
      [2, 1],
      [3, 2],
    ])
    expect(testsOf(build).map(({ name }) => name)).toEqual(['a', 'b', 'a again'])
    expect(build.steps[2]?.stdout).toBe(
      'Test report: 1 test in 1 file: 1 passed, 0 failed. ' +
        '1 file of an earlier step was not counted again.\n',
    )
    expect(build.steps[4]?.stdout).toBe(
      'Test report: 2 files of an earlier step were not counted again.\n',
    )
  })

  test('that is not there is one quiet line', async () => {
    using build = startBuild({ steps: [{ script: 'true', testReport: 'build/**/*.xml' }] })
    expect(await build.ended).toEqual({ is: 'success' })
    expect(build.steps[1]).toMatchObject({
      stdout: 'Test report: nothing matches build/**/*.xml.\n',
      stderr: '',
    })
  })

  test('that is none is a warning with its place', async () => {
    using build = startBuild({
      files: {
        'r/broken.xml': `<testsuite>\n  ${passed('a')}\n  <testcase name=b/>\n</testsuite>`,
        'r/pom.xml': '<project/>',
        'r/sound.json': '{"type":"start","time":0}\n',
      },
      steps: [{ script: 'mkdir r/dir.xml', testReport: 'r/*.{xml,json}' }],
    })
    expect(await build.ended).toEqual({ is: 'success' })
    expect(testsOf(build)).toMatchObject([{ name: 'a' }])
    expect(build.steps[1]?.stderr.split('\n')).toEqual([
      expect.stringMatching(
        /^r\/broken\.xml:3:\d+ is not well-formed: unquoted attribute value; 1 test read before is kept\.$/,
      ),
      'r/dir.xml was not read: it is a directory. Write a pattern for the files in it, such as reports/*.xml.',
      'Not read as test reports, because they are neither JUnit XML nor the lines of flutter test --machine: r/pom.xml.',
      '',
    ])
    expect(build.steps[1]?.stdout).toBe('Test report: 1 test in 1 file: 1 passed, 0 failed.\n')
  })

  test.each([
    ['../../../secret.xml', 'it lies outside the workspace of this build'],
    ['/etc/*.xml', 'it lies outside the workspace of this build'],
    ['$NOT_SET/*.xml', 'the variable NOT_SET is not set'],
  ])('%s is not looked for', async (testReport, why) => {
    using build = startBuild({ steps: [{ script: 'true', testReport }] })
    expect(await build.ended).toEqual({ is: 'success' })
    expect(build.steps[1]?.stderr).toBe(
      `The test report ${testReport} was not looked for: ${why}.\n`,
    )
  })

  test('is never read through a link', async () => {
    using build = startBuild({
      steps: [{ script: 'true', testReport: '**/*.xml' }],
      checkout: async ({ into }) => {
        symlinkSync(join(import.meta.dirname, 'reports/gradle.xml'), join(into, 'file.xml'))
        symlinkSync(join(import.meta.dirname, 'reports'), join(into, 'directory'))
      },
    })
    expect(await build.ended).toEqual({ is: 'success' })
    expect(testsOf(build)).toEqual([])
    expect(build.steps[1]?.stderr).toContain('file.xml was not read: it is a link')
  })

  test('shows no secret, whatever failed with it', async () => {
    const secret = 'sup3r-secret-value'
    using build = startBuild({
      masks: [secret],
      files: { 'r.xml': report(failed(`opens ${secret}`, `cannot log in with ${secret}`)) },
      steps: [{ script: 'exit 1', testReport: 'r.xml' }],
    })
    await build.ended
    expect(JSON.stringify(build.tests)).not.toContain(secret)
    expect(testsOf(build)).toMatchObject([{ name: 'opens ***', message: 'cannot log in with ***' }])
  })

  test('of more tests than a build may have is cut, and the log says so', async () => {
    const many = report(...Array.from({ length: 12_000 }, (_, n) => passed(`test ${n}`)))
    using build = startBuild({
      files: { 'a.xml': many, 'b.xml': many },
      steps: [{ script: 'true', testReport: '*.xml' }],
    })
    await build.ended
    expect(testsOf(build)).toHaveLength(20_000)
    expect(build.steps[1]?.stderr).toBe(
      'A build keeps at most 20000 tests; 4000 tests were left out.\n',
    )
    const sizes = build.tests.map(({ tests }) => JSON.stringify(tests).length)
    expect(Math.max(...sizes)).toBeLessThan(300 * 1024)
    const firsts = build.tests.map(({ first }) => first)
    expect(firsts).toEqual(firsts.toSorted((a, b) => a - b))
  })

  test('of a step that could not run is not looked for', async () => {
    const options: BuildOptions = {
      files: { 'r.xml': report(passed('a')) },
      steps: [{ script: 'true', workingDirectory: 'nowhere', testReport: 'r.xml' }],
    }
    using build = startBuild(options)
    expect(await build.ended).toMatchObject({ is: 'broken' })
    expect(testsOf(build)).toEqual([])
  })
})

const testsOf = (build: Build): FoundTest[] => build.tests.flatMap(({ tests }) => tests)
