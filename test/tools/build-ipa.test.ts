import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { words } from '../../src/tools/run.ts'
import { makeMachine } from './machine.ts'

/** xcodebuild as its manual says: it archives, and exports what was archived. */
const xcodebuild = `#!/bin/sh
for word in "$@"; do printf '%s\\n' "$word" >> "$CALLS"; done; echo -- >> "$CALLS"
while [ $# -gt 0 ]; do
  case $1 in
    -archivePath) archive=$2 ;;
    -exportPath) ipa=$2 ;;
    archive) verb=archive ;;
    -exportArchive) verb=export ;;
  esac
  shift
done
echo "xcodebuild $verb"
[ -n "$FAILS" ] && [ "$FAILS" = "$verb" ] && { echo 'error: no profile' >&2; exit 65; }
case $verb in
  archive) mkdir -p "$archive" && touch "$archive/Info.plist" ;;
  export) [ -f "$archive/Info.plist" ] || exit 70; mkdir -p "$ipa" && touch "$ipa/Runner.ipa" ;;
esac
`

function build() {
  const machine = makeMachine({
    programs: { xcodebuild },
    directories: ['ios/Runner.xcworkspace', 'ios/Runner.xcodeproj'],
    files: { 'export_options.plist': '<plist/>' },
    variables: { CALLS: 'AT:calls' },
  })
  return {
    ...machine,
    calls: () =>
      machine
        .textOf('calls')
        .split('--\n')
        .filter(Boolean)
        .map((call) => call.trim().split('\n')),
    run: (args: readonly string[], more: Record<string, string> = {}) =>
      machine.run('xcode-project', args, more),
  }
}

const workspace = ['build-ipa', '--workspace', 'ios/Runner.xcworkspace', '--scheme', 'Runner']

describe('xcode-project build-ipa', () => {
  test('archives and exports, and keeps what xcodebuild says', () => {
    using on = build()
    const ran = on.run([
      ...workspace,
      '--archive-flags',
      "-destination 'generic/platform=iOS' -quiet",
    ])
    expect(ran).toMatchObject({ code: 0, stderr: '' })
    expect(readdirSync(on.at('build/ios/ipa'))).toEqual(['Runner.ipa'])
    const [archive, exported] = on.calls()
    expect(archive).toEqual([
      ...['-workspace', on.at('ios/Runner.xcworkspace'), '-scheme', 'Runner'],
      ...['-archivePath', on.at('build/ios/xcarchive/Runner.xcarchive'), 'archive'],
      ...['-destination', 'generic/platform=iOS', '-quiet', 'COMPILER_INDEX_STORE_ENABLE=NO'],
    ])
    expect(exported).toContain(on.at('export_options.plist'))
    const [log] = readdirSync(on.at('tmp/xcodebuild_logs'))
    expect(readFileSync(join(on.at('tmp/xcodebuild_logs'), log!), 'utf8')).toBe(
      'xcodebuild archive\nxcodebuild export\n',
    )
  })

  test('fails as xcodebuild does, and says where all of it is', () => {
    using on = build()
    const ran = on.run(workspace, { FAILS: 'archive' })
    expect(ran.code).toBe(65)
    expect(ran.stderr).toMatch(/error: no profile[^]*exit code 65.*xcodebuild_logs/)
    expect(on.calls()).toHaveLength(1)
  })

  test('says what it lacks before it starts', () => {
    using on = build()
    rmSync(on.at('export_options.plist'))
    expect(on.run(workspace)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('use-profiles') as string,
    })
    expect(on.run(['build-ipa', '--scheme', 'Runner']).code).toBe(2)
    expect(on.run(['build-ipa', '--xcodeproj', 'x']).stderr).toContain('--xcodeproj')
    const nowhere = ['build-ipa', '--project', 'no.xcodeproj', '--scheme', 'Runner']
    expect(on.run(nowhere).stderr).toContain('nothing at')
  })
})

test.each([
  ['', []],
  ['a  b', ['a', 'b']],
  [`-x 'a b' "c \\"d"`, ['-x', 'a b', 'c "d']],
  [`KEY='a b'`, ['KEY=a b']],
])('%j is the words %j', (line, expected) => {
  expect(words(line)).toEqual(expected)
})
