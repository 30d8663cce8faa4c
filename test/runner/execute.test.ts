import { existsSync, statSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { OoreError } from '../../src/lib/errors.ts'
import { startBuild, writeFiles } from './support.ts'

describe('execute', () => {
  test('reports every position in order', async () => {
    using build = startBuild({ steps: ['true', 'echo two'] })
    expect(await build.ended).toEqual({ is: 'success' })
    const calls = build.calls.filter((call) => !call.startsWith('said'))
    expect(calls.join(' ')).toBe(
      'start 0 finish 0 start 1 finish 1 start 2 finish 2 start 3 finish 3',
    )
  })

  test('a failing step skips those after it, and names itself in the reason', async () => {
    using build = startBuild({ steps: ['true', { name: 'Run tests', script: 'exit 3' }, 'true'] })
    expect(await build.ended).toEqual({
      is: 'failed',
      why: 'Step 2, “Run tests”, ended with exit code 3.',
    })
    expect(build.steps[3]?.outcome).toEqual({ is: 'skipped' })
    expect(build.calls).not.toContain('start 3')
    expect(build.steps[4]?.outcome).toEqual({ is: 'success' })
  })

  test('a step that may fail is failed, ignored, and does not stop the build', async () => {
    using build = startBuild({ steps: [{ script: 'exit 3', ignoreFailure: true }, 'echo on'] })
    expect(await build.ended).toEqual({ is: 'success' })
    expect(build.steps[1]).toMatchObject({
      outcome: { is: 'failed', exitCode: 3, signal: null },
      ignored: true,
    })
    expect(build.steps[2]).toMatchObject({ stdout: 'on\n', ignored: false })
  })

  test('code that cannot be got breaks the build with the sentence of git', async () => {
    using build = startBuild({
      steps: ['echo never'],
      checkout: async () => {
        throw new OoreError('gone', 'Commit abc is not in the repository any more.')
      },
    })
    const why = 'Commit abc is not in the repository any more.'
    expect(await build.ended).toEqual({ is: 'broken', kind: 'setup', why })
    expect(build.steps[0]).toMatchObject({ outcome: { is: 'broken', why }, stderr: `${why}\n` })
    expect(build.steps.slice(1).map((step) => step.outcome.is)).toEqual(['skipped', 'skipped'])
  })

  test('the password of the clone is masked where git says it', async () => {
    using build = startBuild({
      steps: [],
      masks: ['ghs_token_of_git'],
      checkout: async ({ say }) => say('fetching https://x:ghs_token_of_git@example.com'),
    })
    await build.ended
    expect(build.steps[0]?.stdout).toMatch(/^fetching https:\/\/x:\*\*\*@example\.com$/m)
  })

  test('each build gets a fresh workspace that only its owner may enter', async () => {
    using build = startBuild({ steps: ['ls -a'] })
    await build.ended
    expect(build.steps[1]?.stdout).toBe('.\n..\n')
    expect(statSync(build.root).mode & 0o777).toBe(0o700)
  })

  test('a workspace that an earlier try left is emptied', async () => {
    using build = startBuild({
      steps: ['ls'],
      files: { 'new.txt': '' },
      before: (root) => writeFiles(join(root, 'clone'), { 'old.txt': '' }),
    })
    await build.ended
    expect(build.steps[1]?.stdout).toBe('new.txt\n')
  })

  test('a build of no steps is a success', async () => {
    using build = startBuild({ steps: [] })
    expect(await build.ended).toEqual({ is: 'success' })
    expect(build.steps).toHaveLength(2)
  })

  const depths: [string, Record<string, string>, number | null][] = [
    ['50 commits by default', {}, 50],
    ['only its commit for a tag', { CM_TAG: 'v1' }, 1],
    ['as many as CM_CLONE_DEPTH says', { CM_CLONE_DEPTH: '7' }, 7],
    ['50 where CM_CLONE_DEPTH is no number', { CM_CLONE_DEPTH: '-1' }, 50],
    ['all with CM_CLONE_UNSHALLOW', { CM_CLONE_UNSHALLOW: 'true' }, null],
  ]
  for (const [what, environment, expected] of depths) {
    test(`fetches ${what}`, async () => {
      let asked: { depth: number | null; submodules: boolean } | undefined
      using build = startBuild({
        steps: [],
        environment,
        checkout: async ({ depth, submodules }) => void (asked = { depth, submodules }),
      })
      await build.ended
      expect(asked).toEqual({ depth: expected, submodules: true })
    })
  }
})

describe('the working directory', () => {
  const files = { 'app/inner/x': '', 'lib/y': '', 'file.txt': '' }

  test("is the clone, the workflow's, or the step's own, which is relative to the clone", async () => {
    using build = startBuild({
      steps: [
        'pwd',
        { script: 'pwd', workingDirectory: 'lib' },
        { script: 'pwd', workingDirectory: '.' },
      ],
      workingDirectory: 'app/inner',
      files,
    })
    expect(await build.ended).toEqual({ is: 'success' })
    const clone = join(build.root, 'clone')
    expect(build.steps[1]?.stdout).toBe(`${clone}/app/inner\n`)
    expect(build.steps[2]?.stdout).toBe(`${clone}/lib\n`)
    expect(build.steps[3]?.stdout).toBe(`${clone}\n`)
  })

  for (const workingDirectory of [
    '../tmp',
    '/etc/passwd',
    'app/../..',
    'missing',
    'file.txt',
    'link',
  ]) {
    test(`${workingDirectory} breaks the step with a sentence that names it`, async () => {
      using build = startBuild({
        steps: [{ script: 'echo never', workingDirectory }],
        checkout: async ({ into }) => {
          writeFiles(into, files)
          symlinkSync('/etc', join(into, 'link'))
        },
      })
      const broken = { is: 'broken', why: expect.stringContaining(`“${workingDirectory}”`) }
      expect(await build.ended).toMatchObject({ ...broken, kind: 'setup' })
      expect(build.steps[1]).toMatchObject({ outcome: broken, stdout: '' })
    })
  }
})

test('a step after the clone was removed breaks with a sentence', async () => {
  using build = startBuild({ steps: ['rm -r "$CM_BUILD_DIR"', 'echo never'] })
  expect(await build.ended).toMatchObject({ is: 'broken', why: expect.stringMatching(/directory/) })
  expect(build.steps[2]).toMatchObject({ outcome: { is: 'broken' }, stdout: '' })
})

describe('a script', () => {
  test('is run by bash as sh: its syntax works, echo knows \\n, nothing is strict', async () => {
    using build = startBuild({
      steps: [
        'false\nfalse | true\n[[ abc == a* ]] && a=(1 2) && echo "${a[1]}\\tx" && cat <<< here',
      ],
    })
    expect(await build.ended).toEqual({ is: 'success' })
    expect(build.steps[1]?.stdout).toBe('2\tx\nhere\n')
  })

  test('ends as its last command ends', async () => {
    using build = startBuild({ steps: ['true\nfalse'] })
    expect(await build.ended).toMatchObject({ is: 'failed' })
    expect(build.steps[1]?.outcome).toEqual({ is: 'failed', exitCode: 1, signal: null })
  })

  test('is run by the program of its first line, blanks at the end forgiven', async () => {
    using build = startBuild({
      steps: ['#!/usr/bin/env node  \t\nconsole.log(1 + 1)', '#!/bin/cat\nthe file itself'],
      vars: { FORCE_COLOR: '0' },
    })
    expect(await build.ended).toEqual({ is: 'success' })
    expect(build.steps[1]?.stdout).toBe('2\n')
    expect(build.steps[2]?.stdout).toBe('#!/bin/cat\nthe file itself')
  })

  test.each(['#!/bin/sh', '#!/usr/bin/env sh', '#! /bin/sh -e '])(
    'that asks for sh by %s gets that of a Mac, whatever sh is here',
    async (firstLine) => {
      using build = startBuild({
        steps: [
          `${firstLine}\n[[ a == a ]] && echo "$- \\n" && words=(b c) && echo ${'${words[1]}'}`,
        ],
      })
      expect(await build.ended).toEqual({ is: 'success' })
      expect(build.steps[1]?.stdout).toMatch(
        firstLine.includes('-e') ? /^e\S* \n\nc\n$/ : /^[^e]+ \n\nc\n$/,
      )
    },
  )

  test('may read $CM_ENV before any step has written to it', async () => {
    using build = startBuild({ steps: ['source "$CM_ENV"\n. $CM_ENV\necho here'] })
    expect(await build.ended).toEqual({ is: 'success' })
    expect(build.steps[1]?.stdout).toBe('here\n')
  })

  test('whose program is not there breaks with its name', async () => {
    using build = startBuild({ steps: ['#!/opt/none/zsh -e\necho never'] })
    expect(await build.ended).toMatchObject({
      is: 'broken',
      kind: 'setup',
      why: expect.stringContaining('/opt/none/zsh'),
    })
  })

  test('with a #! that is not on the first line is run by sh', async () => {
    using build = startBuild({ steps: ['\n#!/opt/none/zsh\necho $0'] })
    expect(await build.ended).toEqual({ is: 'success' })
    expect(build.steps[1]?.stdout).toBe(`${build.root}/scripts/1\n`)
  })

  test('lies outside the clone, for its owner only', async () => {
    using build = startBuild({ steps: ['git status 2> /dev/null; ls'] })
    await build.ended
    expect(build.steps[1]?.stdout).toBe('')
    expect(statSync(join(build.root, 'scripts/1')).mode & 0o777).toBe(0o700)
    expect(existsSync(join(build.root, 'clone/1'))).toBe(false)
  })
})
