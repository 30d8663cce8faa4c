import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { asHere } from '../../src/runner/foreign-paths.ts'
import { startBuild } from './support.ts'

const environment = {
  HOME: '/home/ci',
  FLUTTER_ROOT: '/opt/flutter',
  ANDROID_SDK_ROOT: '/opt/sdk',
  TMPDIR: '/w/tmp',
}
const read = (text: string) => asHere(text, environment, '/w/clone').text

describe('asHere', () => {
  test.each([
    ['cd /Users/builder/clone', 'cd /w/clone'],
    ['cd "/Users/builder/clone/ios"', 'cd "/w/clone/ios"'],
    ['plist=/Users/builder/export_options.plist', 'plist=/home/ci/export_options.plist'],
    ['PATH=/a:/Users/builder/bin:/b', 'PATH=/a:/home/ci/bin:/b'],
    ['ls /Users/builder.', 'ls /home/ci.'],
    ['open file:///Users/builder/clone/x', 'open file:///w/clone/x'],
    ['${DIR:-/Users/builder/clone}', '${DIR:-/w/clone}'],
    ['flutter.sdk=$HOME/programs/flutter', 'flutter.sdk=/opt/flutter'],
    ['"${HOME}/programs/flutter/bin"', '"/opt/flutter/bin"'],
    ['~/programs/flutter', '/opt/flutter'],
    ['/Users/builder/programs/flutter', '/opt/flutter'],
    ['sdk.dir=$HOME/programs/android-sdk-macosx', 'sdk.dir=/opt/sdk'],
    ['cp ~/clone/steam/a $HOME/clone', 'cp /w/clone/steam/a /w/clone'],
    ['test -f "${HOME}/clone/a"', 'test -f "/w/clone/a"'],
    ['find /tmp/xcodebuild_logs -name "*.log"', 'find /w/tmp/xcodebuild_logs -name "*.log"'],
  ])('reads %s', (text, expected) => expect(read(text)).toBe(expected))

  test.each([
    '/Users/builder2',
    '/Users/builder-old/x',
    '/Users/builder.old',
    'mnt/Users/builder',
    '$ROOT/Users/builder',
    '$HOME/programs/flutter-beta',
    '$HOME/programs/flutters',
    '$MYHOME/programs/flutter',
    'a/~/programs/flutter',
    '~/clone-2 $HOME/clones git/clone',
    '/var/tmp/xcodebuild_logs /tmp/xcodebuild_logs2',
  ])('leaves %s', (text) => expect(read(text)).toBe(text))

  test('another clone beside that of the machine is only below another home', () => {
    expect(read('/Users/builder/clones')).toBe('/home/ci/clones')
    expect(read('/Users/builder/clone-2')).toBe('/home/ci/clone-2')
  })

  test('an account called builder has its home where it is', () => {
    const mac = { HOME: '/Users/builder' }
    expect(asHere('/Users/builder/x /Users/builder/clone', mac, '/w/clone').text).toBe(
      '/Users/builder/x /w/clone',
    )
  })

  test('an SDK that is where the script looks for it stays', () => {
    const HOME = mkdtempSync(join(tmpdir(), 'oore-home-'))
    try {
      mkdirSync(join(HOME, 'programs/flutter'), { recursive: true })
      const text = '$HOME/programs/flutter /Users/builder/programs/flutter'
      expect(asHere(text, { ...environment, HOME }, '/w/clone').text).toBe(
        `$HOME/programs/flutter ${HOME}/programs/flutter`,
      )
    } finally {
      rmSync(HOME, { recursive: true })
    }
  })

  test('an SDK that nobody knows stays as it is written', () => {
    const text = '$HOME/programs/flutter'
    expect(asHere(text, { HOME: '/home/ci' }, '/w/clone')).toEqual({ text, readings: [] })
  })

  test('a folder called clone in the home directory stays what it is', () => {
    const HOME = mkdtempSync(join(tmpdir(), 'oore-home-'))
    try {
      mkdirSync(join(HOME, 'clone'))
      expect(asHere('ls ~/clone', { HOME }, '/w/clone')).toEqual({
        text: 'ls ~/clone',
        readings: [],
      })
    } finally {
      rmSync(HOME, { recursive: true })
    }
  })

  test('names each reading once', () => {
    const text = 'cd /Users/builder/clone; ls /Users/builder/clone'
    expect(asHere(text, environment, '/w/clone').readings).toEqual([
      { written: '/Users/builder/clone', read: '/w/clone' },
    ])
  })
})

describe('in a build', () => {
  const home = realpathSync(mkdtempSync(join(tmpdir(), 'oore-home-')))
  beforeAll(() => mkdirSync(join(home, 'Library/Logs'), { recursive: true }))
  afterAll(() => rmSync(home, { recursive: true }))

  test('a script is read so, its log says it once, and files of the repository are not', async () => {
    using build = startBuild({
      steps: ['cd /Users/builder/clone/app && pwd && cat here; ls /Users/builder/clone'],
      files: { 'app/here': '/Users/builder/clone\n' },
    })
    expect(await build.ended).toEqual({ is: 'success' })
    const clone = `${build.root}/clone`
    expect(build.steps[1]?.stdout).toBe(
      `In this script, /Users/builder/clone means ${clone} here.\n` +
        `${clone}/app\n/Users/builder/clone\napp\n`,
    )
  })

  test('so are variables, working directories and artifacts', async () => {
    using build = startBuild({
      steps: [
        'pwd; echo "$OUT"; mkdir -p out; echo x > out/x.apk',
        { script: 'pwd', workingDirectory: '$SUB/lib' },
      ],
      vars: { OUT: '/Users/builder/clone/app/out', SUB: 'app' },
      workingDirectory: '/Users/builder/clone/$SUB',
      artifacts: ['/Users/builder/clone/app/out/*.apk', '$OUT/*.apk'],
      files: { 'app/lib/x': '' },
    })
    expect(await build.ended).toEqual({ is: 'success' })
    const app = `${build.root}/clone/app`
    expect(build.steps[0]?.stdout).toContain(
      `In environment.vars, /Users/builder/clone means ${build.root}/clone here.\n`,
    )
    expect(build.steps[1]?.stdout).toBe(`${app}\n${app}/out\n`)
    expect(build.steps[2]?.stdout).toBe(`${app}/lib\n`)
    expect(build.artifacts.map(({ path }) => path)).toEqual(['app/out/x.apk'])
  })

  test('an absolute working directory may be anywhere, and artifacts come from the clone', async () => {
    using build = startBuild({
      steps: [
        { script: 'pwd; echo x > "$CM_BUILD_DIR/x.apk"', workingDirectory: '$HOME/Library/Logs' },
        { script: 'pwd', workingDirectory: '~/Library' },
        'pwd',
      ],
      environment: { HOME: home },
      workingDirectory: '/Users/builder/Library/Logs',
      artifacts: ['*.apk'],
    })
    expect(await build.ended).toEqual({ is: 'success' })
    const said = build.steps.slice(1, 4).map(({ stdout }) => stdout)
    expect(said).toEqual([`${home}/Library/Logs\n`, `${home}/Library\n`, `${home}/Library/Logs\n`])
    expect(build.artifacts.map(({ path }) => path)).toEqual(['x.apk'])
  })

  test.each([
    ['$NOWHERE/app', 'names the variable NOWHERE, which is not set'],
    ['$UP', 'leads out of the repository'],
    ['../tmp', 'leads out of the repository'],
    ['/nowhere/Library/Logs', 'does not exist on this machine'],
    ['/Users/builder/clone/nowhere', 'does not exist in the repository'],
  ])('the working directory %s is refused', async (workingDirectory, why) => {
    using build = startBuild({ steps: ['true'], vars: { UP: '../tmp' }, workingDirectory })
    expect(await build.ended).toMatchObject({ is: 'broken', why: expect.stringContaining(why) })
  })
})
