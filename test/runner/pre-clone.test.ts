import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Plan } from '../../src/pipeline/plan.ts'
import { testStep } from '../support/plan.ts'
import { startBuild, survivorsOf, writeFiles } from './support.ts'

const preClone = (...scripts: string[]): Partial<Plan> => ({
  preCloneSteps: scripts.map((script, index) => testStep({ name: `before ${index + 1}`, script })),
})

describe('pre_clone_scripts', () => {
  test('run before the code is there, in an empty directory of their own', async () => {
    using build = startBuild({
      steps: ['ls; pwd'],
      plan: preClone('ls -A; pwd; ls -A "$CM_BUILD_DIR"; touch kept', 'ls'),
      files: { 'app.txt': '' },
    })
    expect(await build.ended).toEqual({ is: 'success' })
    expect(build.steps.map(({ stdout }) => stdout)).toEqual([
      `${build.root}/before-clone\n`,
      'kept\n',
      expect.stringContaining('The code is in place'),
      `app.txt\n${build.root}/clone\n`,
      '',
    ])
    const calls = build.calls.filter((call) => call.startsWith('start'))
    expect(calls).toEqual(['start 0', 'start 1', 'start 2', 'start 3', 'start 4'])
  })

  test('leave variables to everything after them, the checkout too', async () => {
    let depth: number | null = 0
    using build = startBuild({
      steps: ['echo "$FROM $CM_CLONE_DEPTH"'],
      vars: { FROM: 'vars' },
      plan: {
        preCloneSteps: [
          testStep({
            script: 'echo "FROM=before" >> "$CM_ENV"; echo CM_CLONE_DEPTH=3 >> "$CM_ENV"',
          }),
        ],
      },
      checkout: async (options) => void ({ depth } = options),
    })
    await build.ended
    expect(depth).toBe(3)
    expect(build.steps[2]?.stdout).toBe('before 3\n')
  })

  test('one that fails fails the build, before any code is got', async () => {
    let isAsked = false
    using build = startBuild({
      steps: ['true'],
      plan: preClone('true', 'exit 4'),
      checkout: async () => void (isAsked = true),
    })
    expect(await build.ended).toEqual({
      is: 'failed',
      why: 'Pre-clone step 2, “before 2”, ended with exit code 4.',
    })
    expect(isAsked).toBe(false)
    expect(build.steps.map(({ outcome }) => outcome.is)).toEqual([
      'success',
      'failed',
      'skipped',
      'skipped',
      'skipped',
    ])
  })

  test('what they leave running ends with the build, also where the code cannot be got', async () => {
    using build = startBuild({
      steps: ['true'],
      plan: preClone('sleep 300 > /dev/null 2>&1 &'),
      checkout: () => Promise.reject(new Error('no network')),
    })
    expect(await build.ended).toMatchObject({ is: 'broken', kind: 'setup' })
    expect(survivorsOf(build.id)).toEqual([])
  })

  test('what they put in the place of the code gives way to it', async () => {
    using build = startBuild({
      steps: ['ls -A'],
      plan: preClone('rm -r "$CM_BUILD_DIR"; ln -s "$PWD" "$CM_BUILD_DIR"; touch planted'),
      files: { 'app.txt': '' },
    })
    await build.ended
    expect(build.steps[2]?.stdout).toBe('app.txt\n')
  })

  test('a directory of the repository is not there yet', async () => {
    using build = startBuild({
      steps: [],
      workingDirectory: 'app',
      plan: {
        workingDirectory: 'app',
        preCloneSteps: [testStep({ script: 'pwd' }), testStep({ workingDirectory: 'app' })],
      },
      checkout: async ({ into }) => writeFiles(join(into, 'app'), { x: '' }),
    })
    expect(await build.ended).toMatchObject({
      is: 'broken',
      why: expect.stringContaining('the steps before the code is there start in an empty one'),
    })
    expect(build.steps[0]?.stdout).toBe(`${build.root}/before-clone\n`)
  })
})
