import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { junitReader } from '../../src/runner/tests/junit.ts'
import type { ReadTest } from '../../src/runner/tests/report.ts'
import { makeMachine } from './machine.ts'

/** xcodebuild as its manual says: it tests on what it is told, and leaves a bundle of results. */
const xcodebuild = `#!/bin/sh
for word in "$@"; do printf '%s\\n' "$word" >> "$CALLS"; done; echo -- >> "$CALLS"
while [ $# -gt 0 ]; do
  case $1 in
    -resultBundlePath) bundle=$2; shift ;;
    test) verb=test ;;
    clean) verb=clean ;;
  esac
  shift
done
echo "xcodebuild $verb"
[ "$verb" = test ] || exit 0
[ "$DOES_NOT_BUILD" ] && { echo 'error: no such module' >&2; exit 65; }
[ -e "$bundle" ] && { echo 'error: the bundle is there already' >&2; exit 64; }
mkdir -p "$bundle" && cp "$RESULTS" "$bundle/results.json"
exit "\${TESTS_END_WITH:-0}"
`

/** xcrun for the two of its tools that are asked: simctl and xcresulttool. */
const xcrun = `#!/bin/sh
case "$*" in
  'simctl list devices available --json') cat "$SIMULATORS" ;;
  "xcresulttool get test-results tests --path "*" --compact")
    [ "$OLD_XCODE" ] && { echo 'Error: Unknown subcommand' >&2; exit 64; }
    cat "$6/results.json" ;;
  *) echo "xcrun: error: $*" >&2; exit 72 ;;
esac
`

const simulators = {
  devices: {
    'com.apple.CoreSimulator.SimRuntime.tvOS-18-2': [{ udid: 'TV', name: 'Apple TV 4K' }],
    'com.apple.CoreSimulator.SimRuntime.iOS-17-5': [
      { udid: 'OLD', name: 'iPhone 15', isAvailable: true },
      { udid: 'SE', name: 'iPhone SE (3rd generation)', isAvailable: true },
    ],
    'com.apple.CoreSimulator.SimRuntime.iOS-18-2': [
      { udid: 'PAD', name: 'iPad Air', isAvailable: true },
      { udid: 'BROKEN', name: 'iPhone 14', isAvailable: false },
      { udid: 'NEW', name: 'iPhone 15', isAvailable: true },
    ],
  },
}

const testCase = (name: string, result: string, more: object = {}) => ({
  name,
  nodeType: 'Test Case',
  result,
  ...more,
})
const message = (name: string) => ({ name, nodeType: 'Failure Message', result: 'Failed' })

/** As Xcode 16 writes it: the plan, the bundle, its suites, and runs below a test that was retried. */
const results = {
  testPlanConfigurations: [],
  devices: [{ deviceName: 'iPhone 15', osVersion: '18.2' }],
  testNodes: [
    {
      name: 'Wallet',
      nodeType: 'Test Plan',
      children: [
        {
          name: 'WalletTests',
          nodeType: 'Unit test bundle',
          children: [
            {
              name: 'MoneyTests',
              nodeType: 'Test Suite',
              children: [
                testCase('testAdds()', 'Passed', { duration: '0,25s' }),
                testCase('testRounds()', 'Failed', {
                  duration: '1m 2s',
                  children: [
                    {
                      name: 'Repetition 1',
                      nodeType: 'Repetition',
                      children: [
                        message('Money.swift:12: XCTAssertEqual failed: ("1 < 2 & \u0007")'),
                      ],
                    },
                    {
                      name: 'Repetition 2',
                      nodeType: 'Repetition',
                      children: [
                        message('Money.swift:12: XCTAssertEqual failed: ("1 < 2 & \u0007")'),
                      ],
                    },
                  ],
                }),
                testCase('testLater()', 'Skipped', { children: [message('not on simulators')] }),
                testCase('testKnown()', 'Expected Failure', { durationInSeconds: 0.5 }),
              ],
            },
          ],
        },
      ],
    },
  ],
}

function machine() {
  const own = makeMachine({
    programs: { xcodebuild, xcrun },
    directories: ['ios/Wallet.xcworkspace'],
    files: { simulators: JSON.stringify(simulators), results: JSON.stringify(results) },
    variables: { CALLS: 'AT:calls', SIMULATORS: 'AT:simulators', RESULTS: 'AT:results' },
  })
  return {
    ...own,
    calls: () =>
      own
        .textOf('calls')
        .split('--\n')
        .filter(Boolean)
        .map((call) => call.trim().split('\n')),
    run: (args: readonly string[], more: Record<string, string> = {}) =>
      own.run('xcode-project', args, more),
  }
}

const wallet = ['run-tests', '--workspace', 'ios/Wallet.xcworkspace', '--scheme', 'Wallet']

/** As the runner reads the report of a step. */
function read(xml: string): ReadTest[] {
  const tests: ReadTest[] = []
  const reader = junitReader((each) => tests.push(each))
  reader.write(xml)
  reader.end()
  return tests
}

describe('xcode-project run-tests', () => {
  test('tests on the newest iPhone, and writes what became of each test', () => {
    using on = machine()
    const ran = on.run([...wallet, '-o', 'reports', '--config', 'Debug', '--clean'])
    expect(ran).toMatchObject({ code: 0, stdout: expect.stringContaining('4 tests, 1 failed') })
    const [cleaned, tested = []] = on.calls()
    const what = ['-workspace', on.at('ios/Wallet.xcworkspace'), '-scheme', 'Wallet']
    expect(cleaned).toEqual([...what, '-configuration', 'Debug', 'clean'])
    expect(tested.slice(0, 10)).toEqual([
      ...[...what, '-configuration', 'Debug', '-sdk', 'iphonesimulator'],
      ...['-destination', 'id=NEW'],
    ])
    expect(tested.slice(-2)).toEqual(['test', 'COMPILER_INDEX_STORE_ENABLE=NO'])
    const tests = read(readFileSync(on.at('reports/Wallet.xml'), 'utf8'))
    expect(tests).toMatchObject([
      { suite: 'MoneyTests', name: 'testAdds()', status: 'passed', durationMs: 250 },
      {
        name: 'testRounds()',
        status: 'failed',
        durationMs: 62_000,
        message: 'Money.swift:12: XCTAssertEqual failed: ("1 < 2 & \ufffd")',
      },
      { name: 'testLater()', status: 'skipped', message: 'not on simulators' },
      { name: 'testKnown()', status: 'passed', durationMs: 500 },
    ])
    // The log is kept, as an artifact pattern of many files wants it; the bundle is not.
    expect(readdirSync(on.at('tmp/xcodebuild_logs'))).toEqual([
      expect.stringMatching(/^Wallet-\d+\.log$/),
    ])
  })

  test('fails as xcodebuild does, the report being there all the same', () => {
    using on = machine()
    const ran = on.run([...wallet, '-e', 'junit'], { TESTS_END_WITH: '65' })
    expect(ran.code).toBe(65)
    expect(read(readFileSync(on.at('build/ios/test/Wallet.junit'), 'utf8'))).toHaveLength(4)
    const forgiven = on.run([...wallet, '--graceful-exit'], { TESTS_END_WITH: '65' })
    expect(forgiven.code).toBe(0)
    const unbuilt = on.run([...wallet, '-o', 'none', '--graceful-exit'], { DOES_NOT_BUILD: '1' })
    expect(unbuilt).toMatchObject({ code: 65, stderr: expect.stringContaining('no such module') })
    expect(existsSync(on.at('none'))).toBe(false)
  })

  test.each([
    [
      ['--device', 'iPhone SE (3rd generation)', 'NEW'],
      ['id=SE', 'id=NEW'],
    ],
    [['-d', 'iOS 17.5 iPhone 15'], ['id=OLD']],
    [['-d', 'apple tv 4k'], ['id=TV']],
    [['--sdk', 'macosx'], ['platform=macOS']],
  ])('%j tests on %j', (args, destinations) => {
    using on = machine()
    expect(on.run([...wallet, ...args]).code).toBe(0)
    const [words = []] = on.calls()
    expect(words.filter((_, index) => words[index - 1] === '-destination')).toEqual(destinations)
  })

  test('refuses what is not there before anything is built, and names what is', () => {
    using on = machine()
    const gone = on.run([...wallet, '-d', 'iPhone 14'])
    expect(gone).toMatchObject({ code: 1, stderr: expect.stringContaining('iOS 18.2 iPhone 15') })
    expect(on.run(['run-tests', '--scheme', 'Wallet']).code).toBe(2)
    expect(existsSync(on.at('calls'))).toBe(false)
    const old = on.run(wallet, { OLD_XCODE: '1' })
    expect(old).toMatchObject({ code: 1, stderr: expect.stringContaining('Xcode 16') })
  })

  test('finds a workspace by a pattern, and only where it is one', () => {
    using on = machine()
    const by = ['--workspace', 'ios/*.xcworkspace', '--scheme', 'Wallet']
    expect(on.run(['clean', ...by]).code).toBe(0)
    expect(on.calls()).toEqual([
      ['-workspace', on.at('ios/Wallet.xcworkspace'), '-scheme', 'Wallet', 'clean'],
    ])
    mkdirSync(on.at('ios/Other.xcworkspace'))
    const both = on.run(['run-tests', ...by])
    expect(both).toMatchObject({ code: 2, stderr: expect.stringContaining('Other.xcworkspace') })
    expect(on.calls()).toHaveLength(1)
  })

  test('tells the simulators, and which one it takes', () => {
    using on = machine()
    expect(on.run(['default-test-destination'])).toMatchObject({
      code: 0,
      stdout: 'iOS 18.2 iPhone 15\n',
    })
    const { stdout } = on.run(['test-destinations'])
    expect(stdout).toContain('iOS 17.5 iPhone 15 (OLD)')
    expect(stdout).not.toContain('BROKEN')
  })
})

test('xcode-project junit-test-results writes a report for each bundle', () => {
  using on = machine()
  for (const name of ['One', 'Two']) {
    mkdirSync(on.at(`build/${name}.xcresult`), { recursive: true })
    writeFileSync(on.at(`build/${name}.xcresult/results.json`), JSON.stringify(results))
  }
  const junit = (...args: string[]) => on.run(['junit-test-results', ...args]).code
  expect(junit('--dir', 'build', '-o', 'all')).toBe(0)
  expect(readdirSync(on.at('all'))).toEqual(['One.xml', 'Two.xml'])
  expect(junit('-p', 'build/O*.xcresult', '-o', 'one')).toBe(0)
  expect(readdirSync(on.at('one'))).toEqual(['One.xml'])
  expect(junit()).toBe(1)
  expect(junit('--dir', 'nowhere')).toBe(1)
})
