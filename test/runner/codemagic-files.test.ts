import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { makePlan } from '../../src/pipeline/make-plan.ts'
import type { Plan } from '../../src/pipeline/plan.ts'
import { readPipeline } from '../../src/pipeline/read.ts'
import { startBuild, writeFiles, type Build } from './support.ts'

const standIns = join(import.meta.dirname, '../support/stand-ins')

/** The plan of the first workflow of a file that is written as those of real projects are. */
function planOf(file: string, change: (text: string) => string = (text) => text): Plan {
  const text = readFileSync(join(import.meta.dirname, 'codemagic', `${file}.yaml`), 'utf8')
  const { pipeline, problems } = readPipeline(change(text), 'yaml')
  expect(problems.filter(({ severity }) => severity === 'error')).toEqual([])
  const workflow = pipeline?.workflows[0]
  if (workflow === undefined) throw new Error(`${file} has no workflow`)
  return makePlan(workflow)
}

type Machine = { build: Build; home: string; [Symbol.dispose](): void }

/** Runs a plan with stand-ins for the tools it calls, and with a home directory of its own. */
async function run(plan: Plan, files: Record<string, string>): Promise<Machine> {
  const home = mkdtempSync(join(tmpdir(), 'oore-machine-'))
  const flutter = join(home, 'flutter')
  writeFiles(home, { 'flutter/packages/flutter/pubspec.yaml': '', 'sdk/platform-tools/adb': '' })
  mkdirSync(join(flutter, 'bin'))
  symlinkSync(join(standIns, 'flutter'), join(flutter, 'bin/flutter'))
  const build = startBuild({
    steps: [],
    plan,
    environment: {
      HOME: home,
      PATH: `${standIns}:/usr/local/bin:/usr/bin:/bin`,
      FLUTTER_ROOT: flutter,
      ANDROID_SDK_ROOT: join(home, 'sdk'),
      CM_BRANCH: 'main',
      BUILD_NUMBER: '7',
      PROJECT_BUILD_NUMBER: '12',
    },
    checkout: async ({ into }) => {
      writeFiles(into, files)
      if (!existsSync(join(into, 'android/settings.gradle'))) return
      copyFileSync(join(standIns, 'gradlew'), join(into, 'android/gradlew'))
      chmodSync(join(into, 'android/gradlew'), 0o755)
    },
  })
  await build.ended
  return {
    build,
    home,
    [Symbol.dispose]() {
      build[Symbol.dispose]()
      rmSync(home, { recursive: true, force: true })
    },
  }
}

/** What the steps that failed said, for whoever reads a test that fails. */
const troubleOf = ({ steps }: Build) =>
  steps
    .filter(({ outcome }) => outcome.is === 'failed' || outcome.is === 'broken')
    .map(({ log }) => log)

const namesOf = ({ artifacts }: Build) => artifacts.map(({ name }) => name).sort()
const stepNamed = (build: Build, plan: Plan, name: string) => {
  const at = plan.steps.findIndex((step) => step.name === name)
  return build.steps[plan.preCloneSteps.length + 1 + at]
}

describe('a Flutter app for Android and iOS', () => {
  const files = {
    'pubspec.yaml': 'name: app\n',
    'android/app/build.gradle': '',
    'ios/Podfile': "target 'Runner' do\nend\n",
    'test/widget_test.dart': 'expect(1, 1);',
  }

  test('is built, signed and numbered as its file says', async () => {
    const plan = planOf('flutter')
    using machine = await run(plan, files)
    const { build, home } = machine
    expect(troubleOf(build)).toEqual([])
    expect(await build.ended).toEqual({ is: 'success' })
    expect(namesOf(build)).toEqual(['App.ipa', 'app-release.aab', 'mapping.txt'])
    expect(build.steps[1]?.stdout).toBe(
      `In this script, $HOME/programs/flutter means ${home}/flutter here.\n`,
    )
    const ipa = build.artifacts.find(({ name }) => name === 'App.ipa')
    expect(readFileSync(ipa?.file ?? '', 'utf8')).toBe(
      `--release --build-number=42 --export-options-plist=${home}/export_options.plist\n`,
    )
    expect(build.steps[0]?.log).toContain('The cache of 2 paths was not restored')
    expect(build.steps[0]?.log).toContain("cocoapods: default was asked for; the machine's own")
    expect(build.steps.at(-1)?.log).toContain('Publishing was skipped: email, google_play.')
  })

  test('tests that fail are forgiven where the file says so', async () => {
    const plan = planOf('flutter')
    using machine = await run(plan, { ...files, 'test/widget_test.dart': 'expect(1, 2);' })
    expect(await machine.build.ended).toEqual({ is: 'success' })
    expect(stepNamed(machine.build, plan, 'Test')).toMatchObject({
      outcome: { is: 'failed', exitCode: 1 },
      ignored: true,
    })
  })

  test('a profile that is missing fails the step that needs it, and what was built is kept', async () => {
    const plan = planOf('flutter', (text) => text.replace(/ {10}app-store-connect fetch.*\n/, ''))
    using machine = await run(plan, files)
    expect(await machine.build.ended).toEqual({
      is: 'failed',
      why: 'Step 9, “Set up signing”, ended with exit code 1.',
    })
    expect(namesOf(machine.build)).toEqual(['app-release.aab', 'mapping.txt'])
  })
})

describe('a React Native app for Android', () => {
  const files = {
    'package.json': '{}',
    'android/settings.gradle': '',
    'scripts/env.sh': 'TASK=test\n',
  }

  test('is built: heredocs, base64, source, here-strings and $? work', async () => {
    const plan = planOf('react-native')
    using machine = await run(plan, files)
    const { build, home } = machine
    expect(troubleOf(build)).toEqual([])
    expect(await build.ended).toEqual({ is: 'success' })
    expect(namesOf(build)).toEqual(['app-release.apk'])
    expect(stepNamed(build, plan, 'Say it')?.stdout).toBe(
      'FIRST LINE\nSECOND = LINE\ntests: success\n',
    )
    const properties = readFileSync(join(build.root, 'clone/android/local.properties'), 'utf8')
    expect(properties).toBe(`sdk.dir=${home}/sdk\n`)
    expect(build.steps[0]?.log).toMatch(
      /Nothing was installed for android_signing \(.*my_keystore.*\): /,
    )
  })

  test('a pipe hides the failure of what stands before it, as its authors know', async () => {
    const plan = planOf('react-native')
    using machine = await run(plan, { ...files, 'scripts/env.sh': 'TASK=nothing\n' })
    expect(await machine.build.ended).toEqual({ is: 'success' })
    expect(stepNamed(machine.build, plan, 'Test')?.stderr).toContain("Task 'nothing' not found")
  })

  test('a build that fails in Gradle fails with its code', async () => {
    const plan = planOf('react-native', (text) =>
      text.replace('assembleRelease', 'assembleNothing'),
    )
    using machine = await run(plan, files)
    expect(await machine.build.ended).toMatchObject({ why: expect.stringContaining('“Build”') })
  })
})

describe('a native iOS app in a folder of a larger repository', () => {
  const files = {
    'README.md': '',
    'apps/ios/Podfile': "target 'Shop' do\nend\n",
    'apps/ios/Shop.xcodeproj/project.pbxproj': '',
  }

  test('is built in its folder, and its artifacts are found from there and from the root', async () => {
    const plan = planOf('native-ios')
    using machine = await run(plan, files)
    const { build, home } = machine
    expect(troubleOf(build)).toEqual([])
    expect(await build.ended).toEqual({ is: 'success' })
    expect(namesOf(build)).toEqual(['Shop.app.dSYM.zip', 'Shop.ipa', 'Shop.log'])
    expect(build.artifacts.find(({ name }) => name === 'Shop.ipa')?.path).toBe(
      'apps/ios/build/ios/ipa/Shop.ipa',
    )
    expect(stepNamed(build, plan, 'Look at the whole repository')?.stdout).toBe('README.md\napps\n')
    expect(stepNamed(build, plan, 'Only for tags')?.outcome).toEqual({ is: 'skipped' })
    expect(readFileSync(join(build.root, 'clone/apps/ios/.agvtool'), 'utf8')).toBe('8\n')
    expect(existsSync(join(home, 'Certificates/distribution.p12'))).toBe(true)
    expect(build.steps.at(-1)?.log).toContain('Publishing was skipped: app_store_connect.')
  })

  test.each([
    ['--workspace', '--xcodeproj', 2],
    ['--scheme "$XCODE_SCHEME"', '', 2],
    ['apps/ios/$XCODE_WORKSPACE', '$XCODE_WORKSPACE', 1],
  ])('%s written as "%s" fails as the real tool fails', async (right, wrong, exitCode) => {
    const plan = planOf('native-ios', (text) => text.replace(right, wrong))
    using machine = await run(plan, files)
    expect(stepNamed(machine.build, plan, 'Build the ipa')?.outcome).toMatchObject({ exitCode })
  })
})
