import { performance } from 'node:perf_hooks'
import { eq } from 'drizzle-orm'
import { describe, expect, test } from 'vitest'
import { triggerBuild } from '../../../src/core/builds/trigger.ts'
import { explainRepository } from '../../../src/core/pipelines/explain.ts'
import { schema } from '../../../src/db/client.ts'
import { readPlan } from '../../../src/pipeline/plan.ts'
import { admin, makeServices, type TestServices } from '../../support/ctx.ts'
import { pushed } from '../../support/push.ts'

const twoApps = `workflows:
  android:
    triggering: { events: [push] }
    when: { changeset: { includes: [android/], excludes: ['**/*.md'] } }
    scripts: [make]
  docs:
    triggering: { events: [push] }
    when: { condition: env.CM_BRANCH != "main" and inputs.docs }
    inputs: { docs: { description: Build the docs, type: boolean, default: true } }
    scripts: [make]
  always:
    triggering: { events: [push] }
    scripts:
      - script: make
        when: { condition: 'event.after == "x" or env.NAME == "y"' }
`

async function succeed(services: TestServices) {
  const { builds } = schema
  await services.db.write(async (tx) => {
    await tx.update(builds).set({ status: 'success' }).where(eq(builds.status, 'pending'))
  })
}

const outcomes = (rows: { workflow: string; status: string }[]) =>
  Object.fromEntries(rows.map(({ workflow, status }) => [workflow, status]))

describe('when', () => {
  test('compares with the last commit that was built, and skips with the reason', async () => {
    await using services = await makeServices()
    const { git, repository } = await services.repository({ 'oore.yaml': twoApps })
    const first = await pushed(services, repository.id, git.head())
    // Nothing was built before, so every file counts.
    expect(outcomes(first.builds)).toEqual({
      android: 'pending',
      docs: 'skipped',
      always: 'pending',
    })
    await succeed(services)

    const readme = git.commit({ 'android/README.md': 'words', 'ios/App.swift': 'code' })
    const second = await pushed(services, repository.id, readme)
    expect(outcomes(second.builds)).toMatchObject({ android: 'skipped', always: 'pending' })
    const skipped = second.builds.find(({ workflow }) => workflow === 'android')
    expect(skipped?.errorMessage).toContain('android/README.md by "**/*.md"')
    expect(skipped?.errorMessage).toContain(
      `Compared with ${first.builds[0]?.commitSha.slice(0, 8)}.`,
    )
    expect(skipped?.finishedAt).not.toBeNull()
    expect(second.delivery.reason).toContain(`android was skipped: ${skipped?.errorMessage}`)
    await succeed(services)

    // The skipped commits still count: the last success is what is compared with.
    const code = git.commit({ 'android/App.kt': 'code' })
    git.commit({ 'ios/Other.swift': 'code' })
    const third = await pushed(services, repository.id, git.head())
    expect(outcomes(third.builds)).toMatchObject({ android: 'pending' })
    expect(third.delivery.reason).toContain('android/App.kt matches "android/"')
    expect(code).not.toBe(git.head())
  })

  test('costly changesets of many workflows hold up nothing else, and their builds run', async () => {
    await using services = await makeServices()
    const slow = `{${'**/*a,**/*b,**/*c,**/*d,**/*e'}}`.repeat(8)
    const many = Array.from(
      { length: 100 },
      (_, n) =>
        ` w${n}: { triggering: { events: [push] }, when: { changeset: *slow }, scripts: [make] }`,
    )
    const content = `slow: &slow { includes: ['${slow}z'] }\nworkflows:\n${many.join('\n')}\n`
    const { repository } = await services.repository({ 'oore.yaml': content })
    const changedFiles = Array.from({ length: 2000 }, (_, n) => `src/${'abcde'.repeat(20)}/${n}.c`)
    const event = { type: 'push', branch: 'main', commitMessage: null, changedFiles } as const
    const before = performance.eventLoopUtilization()
    const verdicts = await explainRepository(services.as(admin), repository.id, event)
    expect(performance.eventLoopUtilization(before).active).toBeLessThan(1000)
    expect(verdicts).toHaveLength(100)
    expect(verdicts.filter(({ runs }) => !runs)).toEqual([])
    expect(verdicts.at(-1)?.reason).toContain('would take too long, so it runs')
  }, 60_000)

  test('a change of the configuration itself always counts', async () => {
    await using services = await makeServices()
    const { git, repository } = await services.repository({ 'oore.yaml': twoApps })
    await pushed(services, repository.id, git.head())
    await succeed(services)
    const changed = git.commit({ 'oore.yaml': `${twoApps}# changed\n` })
    const { builds } = await pushed(services, repository.id, changed)
    expect(outcomes(builds)).toMatchObject({ android: 'pending' })
  })

  test('builds by hand run whatever it says', async () => {
    await using services = await makeServices()
    const { repository } = await services.repository({ 'oore.yaml': twoApps })
    const verdicts = await explainRepository(services.as(admin), repository.id, { type: 'manual' })
    expect(verdicts.map(({ runs }) => runs)).toEqual([true, true, true])
  })

  test('the conditions of steps are frozen with what the event said', async () => {
    await using services = await makeServices()
    const { git, repository } = await services.repository({ 'oore.yaml': twoApps })
    const { builds } = await pushed(services, repository.id, git.head())
    const build = builds.find(({ workflow }) => workflow === 'always')
    const row = await services.db.read
      .select()
      .from(schema.buildPlans)
      .where(eq(schema.buildPlans.buildId, build?.id ?? ''))
      .get()
    const [step] = readPlan(row?.plan).steps
    expect(step?.when.condition).toBe('env.NAME == "y"')
  })
})

describe('more workflows than may be started at once', () => {
  test('start nothing, and the delivery and the person are told', async () => {
    await using services = await makeServices()
    const many = Array.from(
      { length: 301 },
      (_, n) => ` w${n}: { triggering: { events: [push] }, scripts: [make] }`,
    )
    const content = `workflows:\n${many.join('\n')}\n`
    const { git, repository } = await services.repository({ 'oore.yaml': content })
    const { builds, delivery } = await pushed(services, repository.id, git.head())
    expect(builds).toEqual([])
    expect(delivery).toMatchObject({
      status: 'failed',
      reason: expect.stringContaining('301 builds; at most 300 are started at once'),
    })
    const asked = triggerBuild(services.as(admin), repository.id, { via: 'api' })
    await expect(asked).rejects.toMatchObject({ trouble: 'invalid' })
    expect(await services.db.read.select().from(schema.builds).all()).toEqual([])
  })
})

describe('a marker in the commit message', () => {
  test.each(['[skip ci]', '[CI SKIP]'])('%s makes skipped builds that say so', async (marker) => {
    await using services = await makeServices()
    const { git, repository } = await services.repository({ 'oore.yaml': twoApps })
    const head = git.commit({ 'a.txt': 'a' }, `Tidy up ${marker}`)
    const { builds, delivery } = await pushed(services, repository.id, head)
    expect(new Set(builds.map(({ status }) => status))).toEqual(new Set(['skipped']))
    expect(builds[0]?.errorMessage).toBe(`The commit message says ${marker}.`)
    expect(delivery.status).toBe('ignored')
  })
})

describe('inputs without a default', () => {
  test('fail the build of a push, which names them', async () => {
    await using services = await makeServices()
    const content = `workflows:
  ask:
    triggering: { events: [push] }
    inputs: { track: { description: Which track } }
    scripts: ['echo \${{ inputs.track }}']
`
    const { git, repository } = await services.repository({ 'oore.yaml': content })
    const { builds } = await pushed(services, repository.id, git.head())
    expect(builds).toMatchObject([{ workflow: 'ask', status: 'failure', failureKind: 'config' }])
    expect(builds[0]?.errorMessage).toContain('no default: track')
  })
})

describe('explainRepository', () => {
  test('answers by the configuration of the branch, and compares commits', async () => {
    await using services = await makeServices()
    const { git, repository } = await services.repository({ 'oore.yaml': twoApps })
    await pushed(services, repository.id, git.head())
    await succeed(services)
    git.commit({ 'ios/App.swift': 'code' })
    const ask = (branch: string, changedFiles: string[] | null = null) =>
      explainRepository(services.as(admin), repository.id, {
        type: 'push',
        branch,
        commitMessage: null,
        changedFiles,
      })
    expect((await ask('main')).map(({ runs }) => runs)).toEqual([false, false, true])
    expect((await ask('main', ['android/x'])).map(({ runs }) => runs)).toEqual([true, false, true])
    // A branch that is not there yet is asked about before it is pushed.
    const fresh = await ask('feature/new')
    expect(fresh.map(({ runs }) => runs)).toEqual([true, true, true])
    expect(fresh[1]?.reason).toContain('env.CM_BRANCH is "feature/new"')
  })
})
