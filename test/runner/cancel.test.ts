import { describe, expect, test } from 'vitest'
import { isAlive, startBuild, survivorsOf, type Build } from './support.ts'

/** Cancels (or interrupts) once the running step has said that it is ready. */
const stopWhenReady =
  (reason: 'cancelled' | 'interrupted' = 'cancelled') =>
  (build: Build, position: number) => {
    if (/ready|escaped/.test(build.steps[position]?.log ?? '')) build.stop(reason)
  }

describe('a cancelled build', () => {
  test('ends the running step and skips the rest', async () => {
    using build = startBuild({
      steps: ['"$PROGRAMS/forever"', 'echo never'],
      artifacts: ['*'],
      files: { 'a.txt': '' },
      onSaid: stopWhenReady(),
    })
    expect(await build.ended).toEqual({ is: 'cancelled' })
    expect(build.steps.map((step) => step.outcome.is)).toEqual([
      'success',
      'cancelled',
      'skipped',
      'skipped',
    ])
    expect(build.artifacts).toEqual([])
    expect(survivorsOf(build.id)).toEqual([])
  })

  test('asks once, waits for the step to clean up, and keeps what it says', async () => {
    using build = startBuild({
      steps: ['exec "$PROGRAMS/tidy"'],
      onSaid: stopWhenReady(),
      limits: { grace_ms: 5000 },
    })
    expect(await build.ended).toEqual({ is: 'cancelled' })
    expect(build.steps[1]?.stdout).toBe('ready\nasked 1\n')
  })

  test('kills after the grace what ignores TERM', async () => {
    using build = startBuild({
      steps: ['"$PROGRAMS/no-term"'],
      onSaid: stopWhenReady(),
      limits: { grace_ms: 200 },
    })
    const startedAt = performance.now()
    expect(await build.ended).toEqual({ is: 'cancelled' })
    expect(performance.now() - startedAt).toBeGreaterThan(200)
    expect(performance.now() - startedAt).toBeLessThan(4000)
    expect(survivorsOf(build.id)).toEqual([])
  })

  test('ends processes that left session and parent', async () => {
    using build = startBuild({
      steps: ['node "$PROGRAMS/escape.mjs" stay'],
      onSaid: stopWhenReady(),
    })
    expect(await build.ended).toEqual({ is: 'cancelled' })
    const escaped = [...(build.steps[1]?.stdout ?? '').matchAll(/\d+/g)].map(Number)
    expect(escaped).toHaveLength(2)
    expect(escaped.filter(isAlive)).toEqual([])
    expect(survivorsOf(build.id)).toEqual([])
  })

  test('ends what an earlier step left running', async () => {
    using build = startBuild({
      steps: ['"$PROGRAMS/orphan"', '"$PROGRAMS/forever"'],
      onSaid: stopWhenReady(),
    })
    expect(await build.ended).toEqual({ is: 'cancelled' })
    expect(survivorsOf(build.id)).toEqual([])
  })

  test('cancelled while the code is fetched, runs nothing', async () => {
    using build = startBuild({
      steps: ['echo never'],
      checkout: ({ signal, say }) =>
        new Promise((_, refuse) => {
          signal.addEventListener('abort', () => refuse(new Error('git was ended')))
          say('ready')
        }),
      onSaid: stopWhenReady(),
    })
    expect(await build.ended).toEqual({ is: 'cancelled' })
    expect(build.steps.map((step) => step.outcome.is)).toEqual(['cancelled', 'skipped', 'skipped'])
  })

  test('cancelled as its last step ends, is cancelled', async () => {
    using build = startBuild({ steps: ['echo ready'], onSaid: stopWhenReady() })
    expect(await build.ended).toEqual({ is: 'cancelled' })
    expect(build.steps[2]?.outcome).toEqual({ is: 'skipped' })
  })

  test('does not go on although the step was allowed to fail', async () => {
    using build = startBuild({
      steps: [{ script: '"$PROGRAMS/forever"', ignoreFailure: true }, 'echo never'],
      onSaid: stopWhenReady(),
    })
    expect(await build.ended).toEqual({ is: 'cancelled' })
    expect(build.steps[2]?.outcome).toEqual({ is: 'skipped' })
  })
})

describe('an interrupted build', () => {
  test('is broken, not failed, and leaves no process', async () => {
    using build = startBuild({
      steps: ['"$PROGRAMS/forever"', 'echo never'],
      onSaid: stopWhenReady('interrupted'),
    })
    expect(await build.ended).toMatchObject({ is: 'broken', kind: 'interrupted' })
    expect(build.steps[1]?.outcome).toMatchObject({ is: 'broken' })
    expect(build.steps[2]?.outcome).toEqual({ is: 'skipped' })
    expect(survivorsOf(build.id)).toEqual([])
  })
})
