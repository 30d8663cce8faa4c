import { eq } from 'drizzle-orm'
import { describe, expect, test } from 'vitest'
import { cancelBuild } from '../../../src/core/builds/cancel.ts'
import { showBuild } from '../../../src/core/builds/show.ts'
import { resendStatus } from '../../../src/core/statuses/resend.ts'
import { statusesTopic } from '../../../src/core/statuses/want.ts'
import { schema } from '../../../src/db/client.ts'
import { hours, minutes, seconds } from '../../../src/lib/clock.ts'
import { admin, makeServices } from '../../support/ctx.ts'
import { eventually } from '../../support/eventually.ts'
import { type Fate, type FakeForge } from '../../support/fake-forges/forge.ts'
import { startFakeGithub } from '../../support/fake-forges/github.ts'
import { startFakeGitlab } from '../../support/fake-forges/gitlab.ts'
import {
  forgeRepository,
  forgeToken,
  makeRunner,
  outbox,
  queueBuilds,
  sha,
  startReporting,
} from '../../support/forge-builds.ts'

const github = (repositories = ['lumen/wallet']) =>
  startFakeGithub({ token: forgeToken, repositories })
const gitlab = () => startFakeGitlab({ token: forgeToken, projects: ['lumen/mobile/wallet'] })

const down: Fate = { status: 503, json: { message: 'Unavailable' } }
const statesOf = ({ kept }: FakeForge, context = 'oore/Main') =>
  kept.filter((status) => status.context === context).map(({ state }) => state)

describe('what a forge is told', () => {
  test('GitHub hears of each move of a build, at the page of that build', async () => {
    await using services = await makeServices({ OORE_BASE_URL: 'https://oore.example.com' })
    await using forge = await github()
    await using reporting = startReporting(services)
    const repository = await forgeRepository(services, 'github', `${forge.url}/lumen/wallet.git`)
    const runner = await makeRunner(services)
    await reporting.settled()
    const [id = ''] = await queueBuilds(services, repository, [{}])
    await reporting.settled()
    await runner.start()
    await reporting.settled()
    services.advance(seconds(123))
    await runner.finish(id)
    await reporting.settled()

    const same = {
      repository: 'lumen/wallet',
      sha: sha(1),
      context: 'oore/Main',
      url: `https://oore.example.com/builds/${id}`,
      ref: null,
    }
    expect(forge.kept).toEqual([
      { ...same, state: 'pending', description: 'Queued' },
      { ...same, state: 'pending', description: 'Running' },
      { ...same, state: 'success', description: 'Succeeded in 2m 3s' },
    ])
    expect(forge.breaches).toEqual([])
    const { report } = await showBuild(services.as(admin), id)
    expect(report).toMatchObject({
      forge: 'github',
      silence: null,
      check: { telling: 'told', toldState: 'success', toldAt: services.clock(), lastError: null },
    })
  })

  test('GitLab hears of running, of the branch, and of a project within groups', async () => {
    await using services = await makeServices()
    await using forge = await gitlab()
    await using reporting = startReporting(services)
    const address = `${forge.url}/lumen/mobile/wallet.git`
    const repository = await forgeRepository(services, 'gitlab', address)
    const runner = await makeRunner(services)
    await reporting.settled()
    const [id = ''] = await queueBuilds(services, repository, [{ branch: 'feature/x' }])
    await reporting.settled()
    await runner.start()
    await reporting.settled()
    await runner.finish(id, {
      is: 'failed',
      why: 'Step “Run tests” ended with exit code 1.\nMore.',
    })
    await reporting.settled()
    expect(forge.kept.map(({ state, description, ref }) => [state, description, ref])).toEqual([
      ['pending', 'Queued', 'feature/x'],
      ['running', 'Running', 'feature/x'],
      ['failed', 'Step “Run tests” ended with exit code 1.', 'feature/x'],
    ])
    expect(forge.breaches).toEqual([])
  })

  test('what was skipped is a success with the reason, and what broke is no failure', async () => {
    await using services = await makeServices()
    await using forge = await github()
    await using reporting = startReporting(services)
    const repository = await forgeRepository(services, 'github', `${forge.url}/lumen/wallet.git`)
    await reporting.settled()
    const why = 'No file that changed fits when.changeset.includes of this workflow.'
    await queueBuilds(services, repository, [
      { workflow: { id: 'docs', name: 'Docs' }, ended: { as: 'skipped', why } },
      {
        workflow: { id: 'configuration', name: 'Configuration' },
        ended: { as: 'failure', why: `oore.yaml has one error.\n${'x'.repeat(500)}` },
      },
      {
        workflow: { id: 'long', name: 'Long' },
        ended: { as: 'skipped', why: `${'🦊 und '.repeat(60)}` },
      },
    ])
    await reporting.settled()
    expect(
      forge.kept.map(({ context, state, description }) => [context, state, description]),
    ).toEqual([
      ['oore/Docs', 'success', `Skipped: ${why}`],
      ['oore/Configuration', 'error', 'oore.yaml has one error.'],
      ['oore/Long', 'success', expect.stringMatching(/^Skipped: (🦊 und )+.*…$/u)],
    ])
    expect(forge.breaches).toEqual([])
  })

  test('a cancelled build is a failure on GitHub and canceled on GitLab, in words', async () => {
    await using services = await makeServices()
    await using hub = await github()
    await using lab = await gitlab()
    await using reporting = startReporting(services)
    const onHub = await forgeRepository(services, 'github', `${hub.url}/lumen/wallet.git`)
    const onLab = await forgeRepository(services, 'gitlab', `${lab.url}/lumen/mobile/wallet.git`)
    await reporting.settled()
    const [first = ''] = await queueBuilds(services, onHub, [{}])
    const [second = ''] = await queueBuilds(services, onLab, [{}])
    await cancelBuild(services.as(admin), first, 'Superseded by build #2.')
    await cancelBuild(services.as(admin), second)
    await reporting.settled()
    expect(hub.kept.at(-1)).toMatchObject({
      state: 'failure',
      description: 'Cancelled: Superseded by build #2.',
    })
    expect(lab.kept.at(-1)).toMatchObject({
      state: 'canceled',
      description: 'Cancelled before it started.',
    })
  })

  test('two workflows of one name are told apart by their ids, whichever is started', async () => {
    await using services = await makeServices()
    await using forge = await github()
    await using reporting = startReporting(services)
    const repository = await forgeRepository(services, 'github', `${forge.url}/lumen/wallet.git`)
    await reporting.settled()
    const content = ['ios', 'android', 'web']
      .map((id) => `  ${id}:\n    name: ${id === 'web' ? 'Site' : 'App'}\n    scripts: ["true"]`)
      .join('\n')
    const config = { source: 'repository' as const, fileName: 'oore.yaml' }
    await queueBuilds(services, repository, [
      {
        workflow: { id: 'ios', name: 'App' },
        config: { ...config, content: `workflows:\n${content}\n` },
      },
      {
        workflow: { id: 'web', name: 'Site' },
        config: { ...config, content: `workflows:\n${content}\n` },
      },
    ])
    await reporting.settled()
    expect(forge.kept.map(({ context }) => context)).toEqual(['oore/App (ios)', 'oore/Site'])
  })

  test('nobody is told without a token, of a draft, and of plain git', async () => {
    await using services = await makeServices()
    await using forge = await github()
    await using reporting = startReporting(services)
    const address = `${forge.url}/lumen/wallet.git`
    const silent = await forgeRepository(services, 'github', address, null)
    const { repository: plain } = await services.repository({ 'README.md': 'x' })
    await reporting.settled()
    const [first = ''] = await queueBuilds(services, silent, [{}])
    const [draft = ''] = await queueBuilds(services, silent, [
      { config: { source: 'draft', fileName: null, content: null } },
    ])
    const [second = ''] = await queueBuilds(services, plain.id, [{}])
    await reporting.settled()
    expect(forge.asked).toEqual([])
    expect(await outbox(services)).toEqual([])
    const reportOf = async (id: string) => (await showBuild(services.as(admin), id)).report
    expect(await reportOf(first)).toEqual({ forge: 'github', silence: 'token', check: null })
    expect(await reportOf(draft)).toMatchObject({ silence: 'draft' })
    expect(await reportOf(second)).toBeNull()
    for (const id of [first, draft, second]) {
      await expect(resendStatus(services.as(admin), id)).rejects.toMatchObject({
        trouble: 'conflict',
      })
    }
  })
})

describe('a forge that fails', () => {
  test('for an hour is told how things ended, and of nothing that is past', async () => {
    await using services = await makeServices()
    await using forge = await github()
    await using reporting = startReporting(services)
    const repository = await forgeRepository(services, 'github', `${forge.url}/lumen/wallet.git`)
    const runner = await makeRunner(services)
    await reporting.settled()
    forge.decide(() => down)
    const [id = ''] = await queueBuilds(services, repository, [{}])
    for (let minute = 0; minute < 20; minute += 1) await reporting.later(minutes(1))
    await runner.start()
    for (let minute = 0; minute < 20; minute += 1) await reporting.later(minutes(1))
    await runner.finish(id, { is: 'failed', why: 'It said no.' })
    for (let minute = 0; minute < 20; minute += 1) await reporting.later(minutes(1))
    expect(forge.kept).toEqual([])
    // Exponential: an hour of three states is no more than some tries of each.
    expect(forge.asked.length).toBeLessThan(35)
    const { report } = await showBuild(services.as(admin), id)
    expect(report?.check).toMatchObject({ telling: 'waiting', toldState: null })
    expect(report?.check?.lastError).toContain('status 503')
    expect(report?.check?.nextTryAt).toBeGreaterThan(services.clock())

    forge.decide(() => 'answered')
    await reporting.later(minutes(15))
    expect(statesOf(forge)).toEqual(['failure'])
    // What was sent without an answer could still arrive; the end is said once more after it.
    await reporting.later(minutes(1))
    expect(statesOf(forge)).toEqual(['failure', 'failure'])
    await reporting.later(hours(2))
    expect(forge.kept).toHaveLength(2)
  })

  test('for a day and longer is given up in words, and told when someone asks for it', async () => {
    await using services = await makeServices()
    await using forge = await github()
    await using reporting = startReporting(services)
    const repository = await forgeRepository(services, 'github', `${forge.url}/lumen/wallet.git`)
    await reporting.settled()
    forge.decide(() => down)
    const [id = ''] = await queueBuilds(services, repository, [{}])
    for (let quarter = 0; quarter < 98; quarter += 1) await reporting.later(minutes(15))
    const check = async () => (await showBuild(services.as(admin), id)).report?.check
    expect(await check()).toMatchObject({ telling: 'given_up', nextTryAt: null })
    expect((await check())?.lastError).toContain('24 hours')
    const tries = forge.asked.length
    await reporting.later(hours(5))
    expect(forge.asked).toHaveLength(tries)

    forge.decide(() => 'answered')
    await resendStatus(services.as(admin), id)
    await reporting.settled()
    expect(statesOf(forge)).toEqual(['pending'])
    expect(await check()).toMatchObject({ telling: 'told', lastError: null })
  })

  test('that takes nothing from this token is not asked again, until the build moves on', async () => {
    await using services = await makeServices()
    await using forge = await github()
    await using reporting = startReporting(services)
    const address = `${forge.url}/lumen/wallet.git`
    const repository = await forgeRepository(services, 'github', address, 'ghp_of-another-place')
    const runner = await makeRunner(services)
    await reporting.settled()
    const [id = ''] = await queueBuilds(services, repository, [{}])
    await reporting.settled()
    await reporting.later(hours(3))
    expect(forge.asked).toHaveLength(1)
    const [row] = await outbox(services)
    expect(row).toMatchObject({ telling: 'given_up' })
    expect(row?.lastError).toMatch(
      /^GitHub does not accept the token.*It said “Bad credentials”\.$/,
    )
    await runner.start()
    await runner.finish(id)
    await reporting.settled()
    expect(forge.asked.length).toBeLessThanOrEqual(3)
  })

  test('that asks for fewer calls is left alone until the time it named', async () => {
    await using services = await makeServices()
    await using forge = await github()
    await using reporting = startReporting(services)
    const repository = await forgeRepository(services, 'github', `${forge.url}/lumen/wallet.git`)
    await reporting.settled()
    const limited = { status: 429, headers: { 'retry-after': '600' } }
    forge.decide(() => limited)
    await queueBuilds(services, repository, [{}])
    await reporting.settled()
    // Another check of the repository does not ask either.
    await queueBuilds(services, repository, [{ workflow: { id: 'ios', name: 'iOS' } }])
    await reporting.settled()
    await reporting.later(seconds(599))
    expect(forge.asked).toHaveLength(1)
    forge.decide(() => 'answered')
    await reporting.later(seconds(1))
    expect(new Set(forge.kept.map(({ context }) => context))).toEqual(
      new Set(['oore/Main', 'oore/iOS']),
    )
  })

  test('that is slow keeps no other one waiting', async () => {
    await using services = await makeServices()
    const projects = Array.from({ length: 12 }, (_, n) => `lumen/app-${n}`)
    await using slow = await github(projects)
    await using quick = await github()
    await using reporting = startReporting(services)
    const quickly = await forgeRepository(services, 'github', `${quick.url}/lumen/wallet.git`)
    slow.decide(() => 'held')
    const slowly: string[] = []
    for (const project of projects) {
      slowly.push(await forgeRepository(services, 'github', `${slow.url}/${project}.git`))
    }
    await reporting.settled().catch(() => {})
    for (const id of slowly) await queueBuilds(services, id, [{}])
    await eventually(() => expect(slow.asked).toHaveLength(4))
    await queueBuilds(services, quickly, [{}])
    await eventually(() => expect(statesOf(quick)).toEqual(['pending']))
    expect(slow.asked).toHaveLength(4)
    slow.decide(() => 'answered')
    slow.release()
    await reporting.settled()
    expect(slow.kept).toHaveLength(12)
  })

  test.each([1, 2, 3])('at random shows the end of every build (seed %i)', async (seed) => {
    await using services = await makeServices()
    await using hub = await github()
    await using lab = await gitlab()
    await using reporting = startReporting(services)
    const onHub = await forgeRepository(services, 'github', `${hub.url}/lumen/wallet.git`)
    const onLab = await forgeRepository(services, 'gitlab', `${lab.url}/lumen/mobile/wallet.git`)
    const runner = await makeRunner(services)
    await reporting.settled()
    const random = seeded(seed)
    const fates: Fate[] = [
      'answered',
      'dropped',
      'lost',
      { status: 502 },
      { status: 500, json: { message: 'Oops' } },
      { status: 429, headers: { 'retry-after': '7' } },
    ]
    for (const forge of [hub, lab]) {
      forge.decide(() => fates[Math.floor(random() * fates.length)] ?? 'answered')
    }
    const workflows = ['a', 'b', 'c', 'd'].map((id) => ({ workflow: { id, name: id } }))
    const ids = [
      ...(await queueBuilds(services, onHub, workflows)),
      ...(await queueBuilds(services, onLab, workflows)),
    ]
    if (random() < 0.5) await reporting.later(seconds(5))
    await runner.start()
    await Promise.all(
      ids.map(async (id, index) => {
        if (random() < 0.5) services.bells.ring(statusesTopic)
        await runner.finish(id, index % 2 ? { is: 'success' } : { is: 'failed', why: 'No.' })
      }),
    )
    for (let twice = 0; twice < 15; twice += 1) await reporting.later(minutes(2))
    for (const forge of [hub, lab]) forge.decide(() => 'answered')
    for (let quarter = 0; quarter < 3; quarter += 1) await reporting.later(minutes(16))

    const shown = (forge: FakeForge) =>
      ['a', 'b', 'c', 'd'].map((n) => forge.shown(sha(1), `oore/${n}`))
    expect(shown(hub)).toEqual(['failure', 'success', 'failure', 'success'])
    expect(shown(lab)).toEqual(['failed', 'success', 'failed', 'success'])
    const order = ['pending', 'running', 'final']
    for (const forge of [hub, lab]) {
      for (const { workflow } of workflows) {
        const told = statesOf(forge, `oore/${workflow.name}`).map((state) =>
          order.includes(state) ? order.indexOf(state) : 2,
        )
        expect(told).toEqual(told.toSorted())
      }
      expect(forge.breaches).toEqual([])
    }
    expect((await outbox(services)).map(({ telling }) => telling)).toEqual(
      Array.from({ length: 8 }, () => 'told'),
    )
  })
})

describe('a server that is killed', () => {
  test('tells at its next start what it had not, and what it sent before never stays', async () => {
    await using services = await makeServices()
    await using forge = await github()
    const repository = await forgeRepository(services, 'github', `${forge.url}/lumen/wallet.git`)
    const runner = await makeRunner(services)
    let id = ''
    {
      await using reporting = startReporting(services)
      await reporting.settled()
      forge.decide(() => 'held')
      ;[id = ''] = await queueBuilds(services, repository, [{}])
      await eventually(() => expect(forge.asked).toHaveLength(1))
    }
    await runner.start()
    await runner.finish(id)
    forge.decide(() => 'answered')
    await using reporting = startReporting(services)
    await reporting.settled()
    expect(statesOf(forge)).toEqual(['success'])
    // What the first server sent arrives only now.
    forge.release()
    await eventually(() => expect(forge.shown(sha(1), 'oore/Main')).toBe('pending'))
    await reporting.later(minutes(1))
    expect(forge.shown(sha(1), 'oore/Main')).toBe('success')
    await reporting.later(hours(1))
    expect(forge.kept).toHaveLength(3)
  })

  test('mends a check whose end the reaction passed over', async () => {
    await using services = await makeServices()
    await using forge = await github()
    const repository = await forgeRepository(services, 'github', `${forge.url}/lumen/wallet.git`)
    const runner = await makeRunner(services)
    let id = ''
    {
      await using reporting = startReporting(services)
      await reporting.settled()
      ;[id = ''] = await queueBuilds(services, repository, [{}])
      await reporting.settled()
    }
    await runner.start()
    await runner.finish(id)
    const { facts, reactionCursors: c } = schema
    const all = await services.db.read.select().from(facts).all()
    await services.db.write(async (tx) => {
      const seq = all.at(-1)?.seq ?? 0
      await tx.update(c).set({ seq }).where(eq(c.name, 'commit-statuses'))
    })
    await using reporting = startReporting(services)
    await eventually(() => expect(forge.shown(sha(1), 'oore/Main')).toBe('success'))
    await reporting.settled()
  })
})

describe('builds of one commit', () => {
  test('the newest speaks: an older one that ends later changes nothing', async () => {
    await using services = await makeServices()
    await using forge = await github()
    await using reporting = startReporting(services)
    const repository = await forgeRepository(services, 'github', `${forge.url}/lumen/wallet.git`)
    const runner = await makeRunner(services)
    await reporting.settled()
    const [first = ''] = await queueBuilds(services, repository, [{}])
    const [second = ''] = await queueBuilds(services, repository, [{}])
    await runner.start()
    await runner.finish(second)
    await runner.finish(first, { is: 'failed', why: 'No.' })
    await reporting.settled()
    expect(forge.shown(sha(1), 'oore/Main')).toBe('success')
    const { report } = await showBuild(services.as(admin), first)
    expect(report?.check).toMatchObject({ buildId: second, buildNumber: 2 })
    await expect(resendStatus(services.as(admin), first)).rejects.toMatchObject({
      trouble: 'conflict',
    })
    await resendStatus(services.as(admin), second)
    await reporting.settled()
    expect(forge.kept.at(-1)).toMatchObject({ state: 'success' })
  })

  test('states that come while one is on its way are sent after it, the newest alone', async () => {
    await using services = await makeServices()
    await using forge = await github()
    await using reporting = startReporting(services)
    const repository = await forgeRepository(services, 'github', `${forge.url}/lumen/wallet.git`)
    const runner = await makeRunner(services)
    await reporting.settled()
    forge.decide(() => 'held')
    const [id = ''] = await queueBuilds(services, repository, [{}])
    await eventually(() => expect(forge.asked).toHaveLength(1))
    await runner.start()
    await runner.finish(id)
    await eventually(async () => expect((await outbox(services))[0]?.state).toBe('success'))
    services.bells.ring(statusesTopic)
    expect(forge.asked).toHaveLength(1)
    forge.decide(() => 'answered')
    forge.release()
    await reporting.settled()
    expect(statesOf(forge)).toEqual(['pending', 'success'])
  })
})

test('the token is in nothing that is kept, said or sent but its header', async () => {
  await using services = await makeServices()
  await using forge = await github()
  await using reporting = startReporting(services)
  const repository = await forgeRepository(services, 'github', `${forge.url}/lumen/wallet.git`)
  await reporting.settled()
  const message = `Resource not accessible by ${forgeToken}`
  forge.decide(() => ({ status: 403, json: { message } }))
  const why = `git said ${forgeToken} is wrong`
  await queueBuilds(services, repository, [{ ended: { as: 'skipped', why } }])
  await reporting.settled()
  const [row] = await outbox(services)
  expect(row?.lastError).toContain('Resource not accessible by [secret]')
  expect(JSON.stringify(forge.asked.map(({ path, body }) => [path, body]))).not.toContain(
    forgeToken,
  )
  const facts = await services.db.read.select().from(schema.facts).all()
  expect(JSON.stringify(facts)).not.toContain(forgeToken)
})

/** Numbers from 0 to 1, the same for the same seed: mulberry32. */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}
