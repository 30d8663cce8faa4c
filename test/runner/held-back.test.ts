import { describe, expect, test } from 'vitest'
import { matchingBudget } from '../../src/pipeline/changeset.ts'
import { heldBack } from '../../src/runner/held-back.ts'
import { testStep } from '../support/plan.ts'
import { startBuild } from './support.ts'

const only = (condition: string) => ({ when: { changeset: null, condition } })
const changed = (includes: string[], excludes: string[] = []) => ({
  when: { changeset: { includes, excludes }, condition: null },
})

describe('the condition of a step', () => {
  test('is decided at its turn: what earlier steps wrote counts', async () => {
    using build = startBuild({
      steps: [
        'echo DEPLOY=yes >> "$CM_ENV"',
        { script: 'echo ran', ...only('env.DEPLOY == "yes"') },
        { script: 'echo ran', ...only('env.DEPLOY == "no"') },
        'echo on',
      ],
    })
    expect(await build.ended).toEqual({ is: 'success' })
    expect(build.steps[2]?.stdout).toBe('ran\n')
    expect(build.steps[3]).toMatchObject({
      outcome: { is: 'skipped' },
      stdout: 'This step was skipped: its condition does not hold: env.DEPLOY == "no"\n',
    })
    expect(build.steps[4]?.stdout).toBe('on\n')
  })

  test('holds a pre-clone step back too', async () => {
    using build = startBuild({
      steps: ['true'],
      plan: { preCloneSteps: [testStep({ script: 'exit 1', ...only('env.CM_TAG') })] },
    })
    expect(await build.ended).toEqual({ is: 'success' })
    expect(build.steps[0]?.outcome).toEqual({ is: 'skipped' })
  })
})

describe('the changeset of a step', () => {
  const steps = [
    { script: 'echo ran', ...changed(['ios/']) },
    { script: 'echo ran', ...changed(['android/'], ['**/*.md']) },
  ]

  test('compares with the commit that succeeded before', async () => {
    let asked = ''
    using build = startBuild({
      steps,
      environment: { CM_PREVIOUS_COMMIT: 'b'.repeat(40) },
      changes: async ({ since }) => {
        asked = since
        return ['ios/App.swift', 'android/README.md']
      },
    })
    expect(await build.ended).toEqual({ is: 'success' })
    expect(asked).toBe('b'.repeat(40))
    expect(build.steps[1]?.stdout).toBe('ran\n')
    expect(build.steps[2]).toMatchObject({
      outcome: { is: 'skipped' },
      stdout: expect.stringMatching(/^This step was skipped: .*excluded \(android\/README\.md/),
    })
  })

  test('runs where nobody knows what changed, and the setup says why', async () => {
    using first = startBuild({ steps })
    using gone = startBuild({ steps, environment: { CM_PREVIOUS_COMMIT: 'b'.repeat(40) } })
    for (const build of [first, gone]) {
      expect(await build.ended).toEqual({ is: 'success' })
      expect(build.steps[1]?.stdout).toBe('ran\n')
    }
    expect(first.steps[0]?.stdout).toContain('has not succeeded on this branch before')
    expect(gone.steps[0]?.stdout).toContain('What changed since bbbbbbbbbbbb is not known')
  })

  test('the configuration always counts', () => {
    const step = testStep(changed(['ios/']))
    const among = (changedFiles: string[]) =>
      heldBack(step, { environment: {}, changedFiles, matching: matchingBudget() })
    expect(among(['codemagic.yaml'])).toBe(null)
    expect(among(['oore.yaml', 'docs/x'])).toBe(null)
    expect(among(['docs/x'])).toContain('docs/x')
  })

  test('is asked about only where a step has one', async () => {
    using build = startBuild({
      steps: ['true'],
      environment: { CM_PREVIOUS_COMMIT: 'b'.repeat(40) },
      changes: () => Promise.reject(new Error('never')),
    })
    expect(await build.ended).toEqual({ is: 'success' })
  })
})
