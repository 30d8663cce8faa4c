import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { type Oore, startOore } from '../support/oore.ts'

const reports = join(import.meta.dirname, '../runner/reports')
const fixture = (name: string): string => readFileSync(join(reports, name), 'utf8')

describe('test reports, from the step to the terminal', () => {
  test('a step that leaves a report and fails', async () => {
    await using oore = await startOore()
    const repo = await oore.repo({
      'oore.yaml': `
workflows:
  app:
    scripts:
      - name: Unit tests
        script: mkdir -p build && cp reports/*.xml build/ && exit 1
        test_report: build/*.xml
        ignore_failure: true
      - name: Widget tests
        script: cp reports/flutter.jsonl machine.log && exit 1
        test_report: machine.log
`,
      'reports/gradle.xml': fixture('gradle.xml'),
      'reports/pytest.xml': fixture('pytest.xml'),
      'reports/flutter.jsonl': fixture('flutter.jsonl'),
    })
    const build = await oore.ended(await repo.trigger())
    expect(build).toMatchObject({
      status: 'failure',
      failure_kind: 'step',
      tests: { total: 12, passed: 4, failed: 5, skipped: 3 },
    })
    const failed = await oore.api('GET', `/builds/${build.id}/tests?status=failed&step=1`)
    expect(failed.json.data).toMatchObject([
      { name: 'Cart total is rounded', status: 'error', step: 1, line: 11 },
      { name: 'counts up', suite: '/work/clone/test/cart_test.dart', line: 20 },
    ])
    const log = await oore.api('GET', `/builds/${build.id}/logs?step=0`)
    expect(log.json).toContain('Test report: 8 tests in 2 files: 3 passed, 3 failed, 2 skipped.\n')

    const all = await run(oore, 'build', 'tests', build.id)
    expect(all.split('\n')).toEqual(
      expect.arrayContaining([
        'failed  com.lumen.wallet.CartTest: totalIsRounded()  1.0s',
        '        CartTest.kt:41',
        '        java.lang.AssertionError: expected:<10.05> but was:<10.04>',
        'passed  com.lumen.wallet.CartTest: adds a receipt  12ms',
      ]),
    )
    const onlyFailed = await run(oore, 'build', 'tests', build.id, '--failed')
    expect(onlyFailed).not.toContain('passed  com')
    expect(onlyFailed).toMatch(/\n12 tests: 4 passed, 5 failed, 3 skipped\. .+ in all\.\n$/)
  })

  test('a build without any says so', async () => {
    await using oore = await startOore()
    const repo = await oore.repo({ 'oore.yaml': 'workflows: { a: { scripts: [true] } }' })
    const build = await oore.ended(await repo.trigger())
    expect(build['tests']).toBeNull()
    expect(await run(oore, 'build', 'tests', build.id)).toBe('No test was reported.\n')
  })
})

async function run(oore: Oore, ...args: string[]): Promise<string> {
  const env = {
    PATH: process.env['PATH'],
    HOME: oore.home,
    OORE_SERVER: oore.url,
    OORE_TOKEN: oore.token,
  }
  const { stdout } = await promisify(execFile)(process.execPath, [resolve('bin/oore'), ...args], {
    env,
  })
  return stdout
}
