import { describe, expect, test } from 'vitest'
import { startBuild, survivorsOf } from './support.ts'

describe('a time limit', () => {
  test('of a step ends it and fails the build', async () => {
    using build = startBuild({
      steps: ['"$PROGRAMS/forever"', 'echo never'],
      limits: { step_ms: 150 },
    })
    expect(await build.ended).toMatchObject({ is: 'timed_out' })
    const [, timedOut, skipped] = build.steps
    expect(timedOut?.outcome).toMatchObject({ is: 'timed_out' })
    if (timedOut?.outcome.is === 'timed_out') {
      expect(timedOut.outcome.afterMs).toBeGreaterThanOrEqual(149)
      expect(timedOut.outcome.afterMs).toBeLessThan(5000)
    }
    expect(skipped?.outcome).toEqual({ is: 'skipped' })
    expect(survivorsOf(build.id)).toEqual([])
  })

  test('of a step is enforced with KILL', async () => {
    using build = startBuild({
      steps: ['"$PROGRAMS/no-term"'],
      limits: { step_ms: 150, grace_ms: 100 },
    })
    expect(await build.ended).toMatchObject({ is: 'timed_out' })
    expect(survivorsOf(build.id)).toEqual([])
  })

  test('of a step that may fail lets the build go on', async () => {
    using build = startBuild({
      steps: [{ script: '"$PROGRAMS/forever"', ignoreFailure: true }, 'echo on'],
      limits: { step_ms: 150 },
    })
    expect(await build.ended).toEqual({ is: 'success' })
    expect(build.steps[1]).toMatchObject({ outcome: { is: 'timed_out' }, ignored: true })
    expect(build.steps[2]?.stdout).toBe('on\n')
  })

  test('of the build ends the running step and still collects artifacts', async () => {
    using build = startBuild({
      steps: ['echo half > report.txt', '"$PROGRAMS/forever"', 'echo never'],
      maxBuildDurationMs: 400,
      artifacts: ['report.txt'],
    })
    expect(await build.ended).toMatchObject({ is: 'timed_out' })
    expect(build.steps.map((step) => step.outcome.is)).toEqual([
      'success',
      'success',
      'timed_out',
      'skipped',
      'success',
    ])
    expect(build.artifacts).toMatchObject([{ name: 'report.txt' }])
    expect(survivorsOf(build.id)).toEqual([])
  })

  test("of the author replaces the server's", async () => {
    using build = startBuild({
      steps: ['echo done'],
      maxBuildDurationMs: 30_000,
      limits: { build_ms: 1 },
    })
    expect(await build.ended).toEqual({ is: 'success' })
  })

  test('longer than a timer can be is no limit at once', async () => {
    using build = startBuild({
      steps: ['echo done'],
      limits: { build_ms: 2 ** 40, step_ms: 2 ** 40 },
    })
    expect(await build.ended).toEqual({ is: 'success' })
  })
})
