import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { toolRoots } from '../../src/runner/machine-tools.ts'
import { chooseSoftware } from '../../src/runner/software.ts'
import { startBuild, writeFiles } from './support.ts'

const home = mkdtempSync(join(tmpdir(), 'oore-software-'))
const at = (path: string) => join(home, path)
const programs = [
  'fvm/versions/3.27.3/bin/flutter',
  'fvm/versions/stable/bin/flutter',
  'jvm/java-17-openjdk-amd64/bin/java',
  'jvm/temurin-21/bin/java',
  'jvm/jdk1.8.0_201/bin/java',
  'macjvm/zulu-17.jdk/Contents/Home/bin/java',
  ...['v18.19.0', 'v20.9.0', 'v20.11.0', 'v22.13.1'].map((v) => `.nvm/versions/node/${v}/bin/node`),
]

beforeAll(() => {
  writeFiles(home, {
    ...Object.fromEntries(programs.map((path) => [path, '#!/bin/sh\necho "$0"\n'])),
    'jvm/temurin-21/release': 'JAVA_VERSION="21.0.2"\n',
    'macjvm/zulu-17.jdk/Contents/Home/release': 'JAVA_VERSION="17.0.9"\n',
    'apps/Xcode-16.2.app/Contents/Developer/x': '',
    'apps/Xcode_15.0.app/Contents/Developer/x': '',
    'apps/Xcode-14.app/Contents/Developer/x': '',
    'clone/.fvmrc': '{"flutter": "3.27.3"}',
    'old/.fvm/fvm_config.json': '{"flutterSdkVersion": "stable"}',
  })
  for (const path of programs) chmodSync(at(path), 0o755)
})
afterAll(() => rmSync(home, { recursive: true }))

const choose = (name: string, version: string, clone = 'none') => {
  const roots = {
    flutter: [at('fvm/versions')],
    xcode: [at('apps')],
    jdks: [at('jvm')],
    macJdks: [at('macjvm')],
    node: [at('.nvm/versions/node')],
  }
  return chooseSoftware([{ name, version }], roots, at(clone))
}

describe('chooseSoftware', () => {
  const found: [string, string, string][] = [
    ['flutter', '3.27.3', 'fvm/versions/3.27.3/bin'],
    ['flutter', 'v3.27.3', 'fvm/versions/3.27.3/bin'],
    ['flutter', 'stable', 'fvm/versions/stable/bin'],
    ['java', '17', 'macjvm/zulu-17.jdk/Contents/Home/bin'],
    ['java', '21.0', 'jvm/temurin-21/bin'],
    ['java', '8', 'jvm/jdk1.8.0_201/bin'],
    ['java', '1.8', 'jvm/jdk1.8.0_201/bin'],
    ['node', '20', '.nvm/versions/node/v20.11.0/bin'],
    ['node', '20.x', '.nvm/versions/node/v20.11.0/bin'],
    ['node', 'v20.9.0', '.nvm/versions/node/v20.9.0/bin'],
    ['node', 'lts/jod', '.nvm/versions/node/v22.13.1/bin'],
    ['node', 'hydrogen', '.nvm/versions/node/v18.19.0/bin'],
  ]
  test.each(found)('finds %s %s', (name, version, path) => {
    expect(choose(name, version).path).toEqual([at(path)])
  })

  test.each([
    ['16.2', 'Xcode-16.2.app'],
    ['15', 'Xcode_15.0.app'],
    ['15.0', 'Xcode_15.0.app'],
    ['14.0', 'Xcode-14.app'],
  ])('finds xcode %s', (version, app) => {
    const developer = at(`apps/${app}/Contents/Developer`)
    expect(choose('xcode', version)).toMatchObject({
      path: [],
      variables: { DEVELOPER_DIR: developer },
    })
  })

  test('asks the repository what fvm means', () => {
    expect(choose('flutter', 'fvm', 'clone')).toEqual({
      said: [`flutter: 3.27.3 (by fvm) was asked for; ${at('fvm/versions/3.27.3')} is used.`],
      variables: { FLUTTER_ROOT: at('fvm/versions/3.27.3') },
      path: [at('fvm/versions/3.27.3/bin')],
    })
    expect(choose('flutter', 'fvm', 'old').path).toEqual([at('fvm/versions/stable/bin')])
    expect(choose('flutter', 'fvm').said[0]).toContain('neither .fvmrc nor')
  })

  const absent: [string, string][] = [
    ['flutter', '3.10.0'],
    ['flutter', '../../../etc'],
    ['xcode', '13.1'],
    ['java', '11'],
    ['node', '16.x'],
    ['node', '2'],
  ]
  test.each(absent)("takes the machine's own where there is no %s %s", (name, version) => {
    const chosen = choose(name, version)
    expect(chosen).toMatchObject({ path: [], variables: {} })
    expect(chosen.said[0]).toMatch(
      new RegExp(`^${name}: .* is not installed in /.*; the machine's own is used\\.$`),
    )
  })

  test.each([
    ['cocoapods', '1.15.2'],
    ['ndk', 'r27'],
    ['ubuntu', '24.04'],
    ['xcode', 'latest'],
    ['flutter', 'default'],
  ])('leaves %s %s to the machine', (name, version) => {
    expect(choose(name, version)).toEqual({
      said: [`${name}: ${version} was asked for; the machine's own is used.`],
      path: [],
      variables: {},
    })
  })
})

describe('in a build', () => {
  test('what is asked for comes first on PATH, and the setup says each in a line', async () => {
    using build = startBuild({
      steps: ['flutter; node; echo "$FLUTTER_ROOT"'],
      environment: { HOME: home },
      plan: {
        software: [
          { name: 'flutter', version: 'fvm' },
          { name: 'node', version: '20' },
          { name: 'ruby', version: '3.3' },
        ],
        vars: [{ name: 'PATH', value: '/own/bin:$PATH' }],
      },
      files: { '.fvmrc': '{"flutter": "3.27.3"}' },
    })
    expect(await build.ended).toEqual({ is: 'success' })
    const flutter = at('fvm/versions/3.27.3')
    const node = at('.nvm/versions/node/v20.11.0')
    expect(build.steps[1]?.stdout).toBe(`${flutter}/bin/flutter\n${node}/bin/node\n${flutter}\n`)
    expect(build.steps[0]?.stdout).toContain(
      `flutter: 3.27.3 (by fvm) was asked for; ${flutter} is used.\n` +
        `node: 20 was asked for; ${node} is used.\n` +
        "ruby: 3.3 was asked for; the machine's own is used.\n",
    )
  })
})

describe('toolRoots', () => {
  test('finds the Flutter on PATH through links, and no wrapper', async () => {
    writeFiles(home, {
      'sdk/packages/flutter/x': '',
      'sdk/bin/flutter': '',
      'wrapped/bin/flutter': '',
    })
    const search = `${at('wrapped/bin')}:${at('sdk/bin')}`
    expect(toolRoots({ HOME: home }, search)['FLUTTER_ROOT']).toBe(at('sdk'))
    expect(toolRoots({ HOME: home }, at('wrapped/bin'))).not.toHaveProperty('FLUTTER_ROOT')
    expect(toolRoots({ HOME: home, FLUTTER_ROOT: '/mine' }, search)['FLUTTER_ROOT']).toBe('/mine')
  })

  test.each([
    [{ ANDROID_HOME: '/a' }, '/a', '/a'],
    [{ ANDROID_SDK_ROOT: '/b' }, '/b', '/b'],
    [{ ANDROID_SDK_ROOT: '/b', ANDROID_HOME: '/a' }, '/b', '/a'],
  ])('each name of the Android SDK has the other: %j', (machine, root, androidHome) => {
    expect(toolRoots({ HOME: home, ...machine }, '')).toEqual({
      ANDROID_SDK_ROOT: root,
      ANDROID_HOME: androidHome,
    })
  })

  test('looks for the Android SDK where its installers put it', () => {
    writeFiles(home, { 'Library/Android/sdk/platform-tools/adb': '' })
    const sdk = at('Library/Android/sdk')
    expect(toolRoots({ HOME: home }, '')).toEqual({ ANDROID_SDK_ROOT: sdk, ANDROID_HOME: sdk })
  })
})
