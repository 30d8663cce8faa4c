import { afterEach, describe, expect, test } from 'vitest'
import { showBuild } from '../../../src/core/builds/show.ts'
import { encodeFrames } from '../../../src/lib/log-frames.ts'
import { hours, minutes, seconds } from '../../../src/lib/clock.ts'
import { admin, makeServices, type TestServices } from '../../support/ctx.ts'
import { eventually } from '../../support/eventually.ts'
import type { Fate } from '../../support/fake-forges/forge.ts'
import {
  type FakeGithub,
  primaryLimit,
  secondaryLimit,
  startFakeGithub,
} from '../../support/fake-forges/github.ts'
import {
  appRepository,
  makeRunner,
  outbox,
  queueBuilds,
  restoreConnection,
  sha,
  startReporting,
} from '../../support/forge-builds.ts'

afterEach(restoreConnection)

const settings = { OORE_BASE_URL: 'https://oore.example.com' }
const start = async (services: TestServices): Promise<FakeGithub> =>
  startFakeGithub({ now: services.clock })

/** What GitHub shows for a check of the commit: the newest run of that name. */
const shown = (forge: FakeGithub, name = 'oore/Main') =>
  forge.world.checkRuns.findLast((run) => run.name === name) ?? null

describe('a commit that Oore’s App reports on', () => {
  test('has one check run that follows the build, with its steps and their states', async () => {
    await using services = await makeServices(settings)
    await using forge = await start(services)
    await using reporting = startReporting(services)
    const { id: repository } = await appRepository(services, forge)
    const runner = await makeRunner(services)
    await reporting.settled()
    const [id = ''] = await queueBuilds(services, repository, [{}])
    await reporting.settled()
    expect(shown(forge)).toMatchObject({
      name: 'oore/Main',
      headSha: sha(1),
      status: 'queued',
      conclusion: null,
      externalId: id,
      detailsUrl: `https://oore.example.com/builds/${id}`,
    })
    await runner.start()
    await reporting.settled()
    expect(shown(forge)).toMatchObject({ status: 'in_progress' })
    services.advance(seconds(123))
    await runner.finish(id)
    await reporting.settled()

    expect(forge.world.checkRuns).toHaveLength(1)
    const run = shown(forge)
    expect(run).toMatchObject({
      status: 'completed',
      conclusion: 'success',
      completedAt: new Date(services.clock()).toISOString(),
      output: { title: 'Succeeded in 2m 3s' },
      actions: [],
    })
    expect(run?.output.summary).toContain('| Step | State | Took |')
    expect(run?.output.summary).toContain(`(https://oore.example.com/builds/${id})`)
    expect(forge.kept).toEqual([])
    expect(forge.breaches).toEqual([])
    const { report } = await showBuild(services.as(admin), id)
    expect(report?.check).toMatchObject({ telling: 'told', toldWay: 'check' })
  })

  test('is told of the step that failed, and of its first error, with nothing of it as Markdown', async () => {
    await using services = await makeServices(settings)
    await using forge = await start(services)
    await using reporting = startReporting(services)
    const { id: repository } = await appRepository(services, forge)
    const runner = await makeRunner(services)
    const [id = ''] = await queueBuilds(services, repository, [{}])
    await runner.start()
    const hostile = '```\n# Not a heading\n[click](https://evil.example.com) @everyone\n'
    const text = `Compiling…\n\u001b[31mlib/main.dart:3:1: Error: Expected ';'\u001b[0m\n${hostile}`
    services.logs.append(id, 1, 0, frames(services, text))
    await runner.failStep(id, 1, 'Step “Run <b>@tests</b> | `x`” ended with exit code 1.')
    await reporting.settled()

    const run = shown(forge)
    expect(run).toMatchObject({ status: 'completed', conclusion: 'failure' })
    expect(run?.actions).toEqual([
      expect.objectContaining({ label: 'Build again', identifier: 'retry' }),
    ])
    expect(run?.output.summary).toContain('❌ Failed (exit code 1)')
    expect(run?.output.summary).not.toMatch(/[^\u200b]@tests|<b>/)
    const excerpt = run?.output.text ?? ''
    expect(excerpt).toContain("lib/main.dart:3:1: Error: Expected ';'")
    expect(excerpt).not.toContain('\u001b')
    // The block is as long as nothing within it can end.
    expect(excerpt).toMatch(/\n````text\n[\s\S]*\n```\n# Not a heading\n[\s\S]*\n````$/)
    expect(forge.breaches).toEqual([])
  })

  test.each([
    [{ is: 'timed_out', why: 'It took too long.' }, 'timed_out'],
    [{ is: 'broken', kind: 'setup', why: 'The disk is full.' }, 'failure'],
    [{ is: 'cancelled' }, 'cancelled'],
  ] as const)('says %o as %s', async (outcome, conclusion) => {
    await using services = await makeServices(settings)
    await using forge = await start(services)
    await using reporting = startReporting(services)
    const { id: repository } = await appRepository(services, forge)
    const runner = await makeRunner(services)
    const [id = ''] = await queueBuilds(services, repository, [{}])
    await runner.start()
    await runner.finish(id, outcome)
    await reporting.settled()
    expect(shown(forge)).toMatchObject({ status: 'completed', conclusion })
  })

  test('says what was skipped as a success with the reason', async () => {
    await using services = await makeServices(settings)
    await using forge = await start(services)
    await using reporting = startReporting(services)
    const { id: repository } = await appRepository(services, forge)
    await queueBuilds(services, repository, [
      { ended: { as: 'skipped', why: 'No file that changed fits.' } },
    ])
    await reporting.settled()
    expect(shown(forge)).toMatchObject({
      conclusion: 'success',
      output: { title: 'Skipped: No file that changed fits.' },
    })
  })

  test('gets another run where a build starts again, and the same while it has not ended', async () => {
    await using services = await makeServices(settings)
    await using forge = await start(services)
    await using reporting = startReporting(services)
    const { id: repository } = await appRepository(services, forge)
    const runner = await makeRunner(services)
    await queueBuilds(services, repository, [{}])
    await reporting.settled()
    // A push and a pull request of one commit: the newer build speaks, by the same run.
    const [second = ''] = await queueBuilds(services, repository, [{}])
    await reporting.settled()
    expect(forge.world.checkRuns.map(({ externalId }) => externalId)).toEqual([second])
    await runner.start()
    await runner.finish(second, { is: 'failed', why: 'No.' })
    await reporting.settled()
    // GitHub never takes a completed run back.
    const [third = ''] = await queueBuilds(services, repository, [{}])
    await reporting.settled()
    expect(
      forge.world.checkRuns.map(({ externalId, status, conclusion }) => [
        externalId,
        status,
        conclusion,
      ]),
    ).toEqual([
      [second, 'completed', 'failure'],
      [third, 'queued', null],
    ])
    await runner.start()
    await runner.finish(third)
    await reporting.settled()
    expect(shown(forge)).toMatchObject({ externalId: third, conclusion: 'success' })
    expect(forge.world.checkRuns).toHaveLength(2)
    expect(forge.breaches).toEqual([])
  })

  test('asks for an action where a fork’s build waits for an approval', async () => {
    await using services = await makeServices(settings)
    await using forge = await start(services)
    await using reporting = startReporting(services)
    const { id: repository } = await appRepository(services, forge)
    const from = { repositoryId: '99', name: 'mallory/wallet', url: null, author: 'mallory' }
    await queueBuilds(services, repository, [
      {
        triggerType: 'pull_request',
        pullRequest: {
          number: 7,
          target: 'main',
          mergeCommit: null,
          fork: { from: from as never, approvalId: null },
        },
      },
    ])
    await reporting.settled()
    expect(shown(forge)).toMatchObject({
      status: 'completed',
      conclusion: 'action_required',
      output: { title: 'Needs approval: it comes from mallory/wallet' },
    })
  })

  test('is told of steps now and then, and of the end at once', async () => {
    await using services = await makeServices(settings)
    await using forge = await start(services)
    await using reporting = startReporting(services)
    const { id: repository } = await appRepository(services, forge)
    const runner = await makeRunner(services)
    const [id = ''] = await queueBuilds(services, repository, [{}])
    await runner.start()
    await reporting.settled()
    const asked = forge.asked.length
    await runner.finishStep(id, 0)
    await reporting.settled()
    await runner.finishStep(id, 1)
    await reporting.settled()
    expect(forge.asked).toHaveLength(asked)
    await reporting.later(seconds(15))
    expect(forge.asked).toHaveLength(asked + 1)
    expect(shown(forge)?.output.summary?.match(/✅ Succeeded/g)).toHaveLength(2)
    await runner.finish(id)
    await reporting.settled()
    expect(forge.asked).toHaveLength(asked + 2)
    expect(shown(forge)).toMatchObject({ conclusion: 'success' })
  })
})

describe('an App without the permission for checks', () => {
  test('tells by statuses, remembers it for an hour, and asks again', async () => {
    await using services = await makeServices(settings)
    await using forge = await start(services)
    await using reporting = startReporting(services)
    const { id: repository, installation } = await appRepository(services, forge, {
      statuses: 'write',
    })
    const runner = await makeRunner(services)
    const [id = ''] = await queueBuilds(services, repository, [{}])
    await reporting.settled()
    expect(forge.shown(sha(1), 'oore/Main')).toBe('pending')
    expect(forge.count('POST /repos/:owner/:repo/check-runs')).toBe(1)
    installation.permissions = { ...installation.permissions, checks: 'write' }
    await queueBuilds(services, repository, [{ commit: sha(2) }])
    await reporting.settled()
    expect(forge.count('POST /repos/:owner/:repo/check-runs')).toBe(1)
    await reporting.later(hours(1))
    await queueBuilds(services, repository, [{ commit: sha(3) }])
    await reporting.settled()
    expect(forge.world.checkRuns.map(({ headSha }) => headSha)).toEqual([sha(3)])
    // What was begun as a status ends as one: GitHub would wait for both.
    await runner.start()
    await runner.finish(id)
    await reporting.settled()
    expect(forge.shown(sha(1), 'oore/Main')).toBe('success')
  })

  test('that loses it goes on by statuses', async () => {
    await using services = await makeServices(settings)
    await using forge = await start(services)
    await using reporting = startReporting(services)
    const { id: repository, installation } = await appRepository(services, forge)
    const runner = await makeRunner(services)
    const [id = ''] = await queueBuilds(services, repository, [{}])
    await reporting.settled()
    installation.permissions = { statuses: 'write' }
    await runner.start()
    await runner.finish(id)
    await reporting.settled()
    expect(forge.shown(sha(1), 'oore/Main')).toBe('success')
  })
})

describe('faults', () => {
  test.each([
    ['after it was made', 'dropped'],
    ['before it arrived', 'lost'],
  ] as const)('an answer that got lost %s leaves one run', async (_, fate) => {
    await using services = await makeServices(settings)
    await using forge = await start(services)
    await using reporting = startReporting(services)
    const { id: repository } = await appRepository(services, forge)
    const runner = await makeRunner(services)
    forge.decide(({ method }) => (method === 'POST' ? fate : 'answered'))
    const [id = ''] = await queueBuilds(services, repository, [{}])
    await reporting.settled()
    forge.decide(() => 'answered')
    await reporting.later(seconds(5))
    await runner.start()
    await runner.finish(id)
    await reporting.settled()
    await reporting.later(minutes(1))
    expect(forge.world.checkRuns).toHaveLength(1)
    expect(shown(forge)).toMatchObject({ conclusion: 'success', externalId: id })
    expect(await outbox(services)).toMatchObject([{ telling: 'told', isUnsure: false }])
  })

  test.each([
    ['5xx', { status: 502 }],
    ['the primary limit', primaryLimit(Math.ceil(Date.now() / 1000) + 600)],
    ['a secondary limit', secondaryLimit(60)],
  ] satisfies [string, Fate][])('an hour of %s ends with the final state', async (_, fate) => {
    await using services = await makeServices(settings)
    await using forge = await start(services)
    await using reporting = startReporting(services)
    const { id: repository } = await appRepository(services, forge)
    const runner = await makeRunner(services)
    forge.decide(() => fate)
    const [id = ''] = await queueBuilds(services, repository, [{}])
    for (let minute = 0; minute < 30; minute += 1) await reporting.later(minutes(1))
    await runner.start()
    await runner.finish(id, { is: 'failed', why: 'No.' })
    for (let minute = 0; minute < 30; minute += 1) await reporting.later(minutes(1))
    expect(forge.world.checkRuns).toEqual([])
    forge.decide(() => 'answered')
    for (let quarter = 0; quarter < 5; quarter += 1) await reporting.later(minutes(16))
    expect(shown(forge)).toMatchObject({ conclusion: 'failure', externalId: id })
    expect(forge.world.checkRuns).toHaveLength(1)
  })

  test('what a killed server sent arrives late, and does not stay', async () => {
    await using services = await makeServices(settings)
    await using forge = await start(services)
    const { id: repository } = await appRepository(services, forge)
    const runner = await makeRunner(services)
    let id = ''
    {
      await using reporting = startReporting(services)
      await reporting.settled()
      forge.decide(({ method }) => (method === 'GET' ? 'answered' : 'held'))
      ;[id = ''] = await queueBuilds(services, repository, [{}])
      await eventually(() => expect(forge.asked).toHaveLength(1))
    }
    await runner.start()
    await runner.finish(id)
    forge.decide(() => 'answered')
    await using reporting = startReporting(services)
    await reporting.settled()
    expect(shown(forge)).toMatchObject({ conclusion: 'success' })
    forge.release()
    await eventually(() => expect(forge.world.checkRuns).toHaveLength(2))
    expect(shown(forge)).toMatchObject({ status: 'queued' })
    await reporting.later(minutes(1))
    expect(forge.world.checkRuns.map(({ conclusion }) => conclusion)).toEqual([
      'success',
      'success',
    ])
    expect(await outbox(services)).toMatchObject([{ telling: 'told', isUnsure: false }])
  })

  test.each([1, 2, 3, 4])('at random end with the end of every build (seed %i)', async (seed) => {
    await using services = await makeServices(settings)
    await using forge = await start(services)
    const { id: repository } = await appRepository(services, forge)
    const runner = await makeRunner(services)
    const random = seeded(seed)
    const fates: Fate[] = [
      ...(['answered', 'answered', 'dropped', 'lost'] as const),
      { status: 502 },
      { status: 404, json: { message: 'Not Found' } },
      secondaryLimit(7),
    ]
    const names = ['a', 'b', 'c', 'd']
    const workflows = names.map((id) => ({ workflow: { id, name: id } }))
    forge.decide(({ method }) =>
      // A 404 ends what is asked; it is a fault only of a run that is changed.
      pick(random, method === 'PATCH' ? fates : fates.filter((fate) => !isNotFound(fate))),
    )
    let ids: string[] = []
    {
      await using reporting = startReporting(services)
      ids = await queueBuilds(services, repository, workflows)
      await reporting.later(seconds(20))
    }
    await using reporting = startReporting(services)
    await runner.start()
    for (const [index, id] of ids.entries()) {
      if (random() < 0.5) await reporting.later(seconds(7))
      await runner.finish(id, index % 2 ? { is: 'success' } : { is: 'failed', why: 'No.' })
    }
    for (let twice = 0; twice < 10; twice += 1) await reporting.later(minutes(2))
    forge.decide(() => 'answered')
    for (let quarter = 0; quarter < 3; quarter += 1) await reporting.later(minutes(16))
    expect(names.map((name) => shown(forge, `oore/${name}`)?.conclusion)).toEqual([
      'failure',
      'success',
      'failure',
      'success',
    ])
    // No run is left that a merge would wait for.
    expect(forge.world.checkRuns.filter(({ status }) => status !== 'completed')).toEqual([])
    expect((await outbox(services)).map(({ telling }) => telling)).toEqual(names.map(() => 'told'))
  })
})

describe('a configuration with errors', () => {
  const broken = {
    workflow: { id: 'configuration', name: 'Configuration' },
    ended: { as: 'failure' as const, why: 'oore.yaml has one error.' },
  }

  test('sets the checks that were there before, so that none is waited for', async () => {
    await using services = await makeServices(settings)
    await using forge = await start(services)
    await using reporting = startReporting(services)
    const { id: repository } = await appRepository(services, forge)
    await queueBuilds(services, repository, [
      { workflow: { id: 'ios', name: 'iOS' } },
      { workflow: { id: 'android', name: 'Android' } },
    ])
    await queueBuilds(services, repository, [
      { workflow: { id: 'pr', name: 'Of pull requests' }, triggerType: 'pull_request' },
    ])
    await reporting.settled()
    await queueBuilds(services, repository, [{ ...broken, commit: sha(2) }])
    await reporting.settled()
    const of = (commit: string) =>
      forge.world.checkRuns
        .filter(({ headSha }) => headSha === commit)
        .map(({ name, conclusion }) => [name, conclusion])
        .toSorted()
    expect(of(sha(2))).toEqual([
      ['oore/Android', 'failure'],
      ['oore/Configuration', 'failure'],
      ['oore/iOS', 'failure'],
    ])
    // Mended without a new commit, the workflows speak for themselves.
    await queueBuilds(services, repository, [
      { workflow: { id: 'ios', name: 'iOS' }, commit: sha(2) },
    ])
    await reporting.settled()
    expect(shown(forge, 'oore/iOS')).toMatchObject({ status: 'queued', headSha: sha(2) })
  })

  test('leaves what was built of the same commit as it is', async () => {
    await using services = await makeServices(settings)
    await using forge = await start(services)
    await using reporting = startReporting(services)
    const { id: repository } = await appRepository(services, forge)
    const content = 'workflows:\n  ios:\n    name: iOS\n    scripts: ["true"]\n  web: 3\n'
    await queueBuilds(services, repository, [
      { workflow: { id: 'ios', name: 'iOS' } },
      { workflow: { id: 'web', name: 'Web' } },
    ])
    await reporting.settled()
    const config = { source: 'repository' as const, fileName: 'oore.yaml', content }
    await queueBuilds(services, repository, [
      { workflow: { id: 'ios', name: 'iOS' }, commit: sha(2) },
      { ...broken, config, commit: sha(2) },
    ])
    await reporting.settled()
    const second = forge.world.checkRuns.filter(({ headSha }) => headSha === sha(2))
    expect(second.find(({ name }) => name === 'oore/iOS')).toMatchObject({ status: 'queued' })
    expect(second.find(({ name }) => name === 'oore/Web')).toMatchObject({ conclusion: 'failure' })
  })
})

const frames = ({ clock }: TestServices, text: string): Uint8Array =>
  encodeFrames([{ stream: 'stderr', at: clock(), bytes: Buffer.from(text) }])

const isNotFound = (fate: Fate): boolean =>
  typeof fate === 'object' && 'status' in fate && fate.status === 404

const pick = <T>(random: () => number, list: readonly T[]): T =>
  list[Math.floor(random() * list.length)] as T

/** mulberry32: the same numbers for the same seed. */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
