import { eq } from 'drizzle-orm'
import { describe, expect, test } from 'vitest'
import { cancelBuild } from '../../../src/core/builds/cancel.ts'
import { noFilters } from '../../../src/core/builds/filters.ts'
import { listBuilds } from '../../../src/core/builds/list.ts'
import { showBuild } from '../../../src/core/builds/show.ts'
import { startBuilds, triggerBuild } from '../../../src/core/builds/trigger.ts'
import type { Ctx } from '../../../src/core/ctx.ts'
import { findRepositoryRow } from '../../../src/core/repositories/find.ts'
import { claimBuilds } from '../../../src/core/runners/claim.ts'
import { outdatedRunnerBell, pollRunner } from '../../../src/core/runners/poll.ts'
import { takeEvents } from '../../../src/core/runners/take-events.ts'
import { interruptSilent } from '../../../src/core/runners/interrupt.ts'
import { schema } from '../../../src/db/client.ts'
import { hours } from '../../../src/lib/clock.ts'
import {
  type Claim,
  leaseMs,
  type PollRequest,
  pollRequest,
  protocolVersion,
} from '../../../src/protocol/messages.ts'
import { makePlan } from '../../../src/pipeline/make-plan.ts'
import { defaultPipeline } from '../../../src/pipeline/default.ts'
import { admin, makeServices } from '../../support/ctx.ts'
import { workflow } from '../../support/oore.ts'
import { makeRunner } from '../../support/runner.ts'

describe('claimBuilds', () => {
  test('what people wait for comes first, then the oldest', async () => {
    await using services = await makeServices()
    const { repository } = await services.repository({ 'oore.yaml': workflow('true') })
    const ctx = services.as(admin)
    for (const priority of [4, 3, 4, 1, 2, 1] as const) await queue(ctx, repository.id, priority)
    const runner = await makeRunner(services)
    const claims = await claimBuilds(runner.ctx, runner.id, 6)
    expect(claims.map(({ environment }) => environment['OORE_BUILD_NUMBER'])).toEqual([
      '4',
      '6',
      '5',
      '2',
      '1',
      '3',
    ])
  })

  test('two runners that claim a hundred builds at once run each of them once', async () => {
    await using services = await makeServices()
    const { repository } = await services.repository({ 'oore.yaml': workflow('true') })
    for (let i = 0; i < 100; i += 1) await queue(services.as(admin), repository.id, 1)
    const runners = [await makeRunner(services), await makeRunner(services)]
    const claimed = await Promise.all(
      Array.from({ length: 60 }, (_, i) => {
        const runner = runners[i % 2]!
        return claimBuilds(runner.ctx, runner.id, 2)
      }),
    )
    const ids = claimed.flat().map(({ build_id }) => build_id)
    expect(ids).toHaveLength(100)
    expect(new Set(ids).size).toBe(100)
  })

  test('a build whose claim got lost on its way is handed out again, under a higher fence', async () => {
    await using services = await makeServices()
    const { repository } = await services.repository({ 'oore.yaml': workflow('true') })
    await queue(services.as(admin), repository.id, 1)
    const runner = await makeRunner(services)
    const poll = (holding: { build_id: string; fence: number }[]) =>
      pollRunner(runner.ctx, asked({ holding }), AbortSignal.timeout(2000))
    const [lost] = (await poll([])).claims
    const [again] = (await poll([])).claims
    expect(again).toMatchObject({ build_id: lost!.build_id, fence: lost!.fence + 1 })
    const late = takeEvents(runner.ctx, lost!.build_id, lost!.fence, [
      { type: 'step.started', seq: 0, at: 0, position: 0 },
    ])
    await expect(late).rejects.toMatchObject({ trouble: 'gone' })
    expect(await poll([{ build_id: lost!.build_id, fence: lost!.fence }])).toMatchObject({
      lost: [{ build_id: lost!.build_id, fence: lost!.fence }],
    })
  })

  test('a runner of another protocol version keeps what it has and is handed nothing more', async () => {
    await using services = await makeServices()
    const { repository } = await services.repository({ 'oore.yaml': workflow('true') })
    const first = await queue(services.as(admin), repository.id, 1)
    const runner = await makeRunner(services)
    const never = new AbortController().signal
    const [{ fence }] = (await pollRunner(runner.ctx, asked({}), never)).claims as [Claim]
    const second = await queue(services.as(admin), repository.id, 1)
    let rings = 0
    services.bells.listen(outdatedRunnerBell, () => (rings += 1))
    // What a runner of Oore 0.1.0 asks: it does not name a version.
    const old = (holding: PollRequest['holding']) => pollRequest.parse({ free_slots: 2, holding })
    const busy = await pollRunner(runner.ctx, old([{ build_id: first, fence }]), never)
    expect(busy).toMatchObject({ claims: [], cancels: [], lost: [], drain: 'finish' })
    expect(rings).toBe(0)
    expect((await pollRunner(runner.ctx, old([]), never)).claims).toEqual([])
    expect(rings).toBe(1)
    const { build } = await showBuild(services.as(admin), second)
    expect(build.status).toBe('pending')
  })

  test('a build whose credential does not open fails with the reason, and holds up no other', async () => {
    await using services = await makeServices()
    const broken = await services.repository({ 'oore.yaml': workflow('true') })
    const sound = await services.repository({ 'oore.yaml': workflow('true') })
    const ctx = services.as(admin)
    const first = await queue(ctx, broken.repository.id, 1)
    const second = await queue(ctx, sound.repository.id, 1)
    await services.db.write(async (tx) => {
      const { repositories: r } = schema
      await tx
        .update(r)
        .set({ clonePasswordSealed: 'v1.00000000.a.b.c' })
        .where(eq(r.id, broken.repository.id))
    })
    const runner = await makeRunner(services)
    const claims = await claimBuilds(runner.ctx, runner.id, 2)
    expect(claims.map(({ build_id: id }) => id)).toEqual([second])
    const { build } = await showBuild(ctx, first)
    expect(build).toMatchObject({ status: 'failure', failureKind: 'setup' })
    expect(build.errorMessage).toContain('another key')
  })

  test('a clock that jumps ends no build; a runner that is silent for a minute does', async () => {
    await using services = await makeServices()
    const { repository } = await services.repository({ 'oore.yaml': workflow('true') })
    await queue(services.as(admin), repository.id, 1)
    const runner = await makeRunner(services)
    const [claim] = await claimBuilds(runner.ctx, runner.id, 1)
    const system = services.as({ is: 'system' })
    services.advance(hours(2))
    expect(await interruptSilent(system)).toBe(0)
    const { heard } = services.life
    heard.set(claim!.build_id, heard.get(claim!.build_id)! - leaseMs - 1)
    expect(await interruptSilent(system)).toBe(1)
    const { build } = await showBuild(services.as(admin), claim!.build_id)
    expect(build).toMatchObject({ status: 'failure', failureKind: 'interrupted' })
  })

  test('a cancelled build is not handed out', async () => {
    await using services = await makeServices()
    const { repository } = await services.repository({ 'oore.yaml': workflow('true') })
    const [build] = await triggerBuild(services.as(admin), repository.id, { via: 'api' })
    await cancelBuild(services.as(admin), build!.id)
    const runner = await makeRunner(services)
    expect(await claimBuilds(runner.ctx, runner.id, 1)).toEqual([])
  })
})

describe('listBuilds', () => {
  test('pages are stable while builds are added', async () => {
    await using services = await makeServices()
    const { repository } = await services.repository({ 'oore.yaml': workflow('true') })
    const ctx = services.as(admin)
    for (let i = 0; i < 5; i += 1) await queue(ctx, repository.id, 1)
    const first = await listBuilds(ctx, noFilters, { limit: 2, cursor: null })
    await queue(ctx, repository.id, 1)
    const second = await listBuilds(ctx, noFilters, { limit: 2, cursor: first.nextCursor })
    const third = await listBuilds(ctx, noFilters, { limit: 2, cursor: second.nextCursor })
    const numbers = [first, second, third].flatMap(({ data }) => data.map((each) => each.number))
    expect(numbers).toEqual([5, 4, 3, 2, 1])
    expect(third.nextCursor).toBeNull()
  })

  test('free text finds a commit by its beginning, a branch, and words of the message', async () => {
    await using services = await makeServices()
    const { repository, git } = await services.repository({ 'oore.yaml': workflow('true') })
    git.commit({ 'a.txt': '1' }, 'Mend the 100% broken_thing')
    const ctx = services.as(admin)
    await triggerBuild(ctx, repository.id, { via: 'api' })
    const found = async (q: string) =>
      (await listBuilds(ctx, { ...noFilters, q }, { limit: 10, cursor: null })).data.length
    expect(await found(git.head().slice(0, 8))).toBe(1)
    expect(await found('main')).toBe(1)
    expect(await found('100% broken_')).toBe(1)
    expect(await found('1000 broken')).toBe(0)
    expect(await found('%')).toBe(1)
    expect(await found('zzz%')).toBe(0)
  })
})

describe('showBuild', () => {
  test('a build that waits says what for', async () => {
    await using services = await makeServices({ OORE_MAX_CONCURRENT_BUILDS: '1' })
    const { repository } = await services.repository({ 'oore.yaml': workflow('true') })
    const ctx = services.as(admin)
    await queue(ctx, repository.id, 1)
    await queue(ctx, repository.id, 1)
    const last = await queue(ctx, repository.id, 1)
    const runner = await makeRunner(services)
    await claimBuilds(runner.ctx, runner.id, 1)
    const { waitingFor } = await showBuild(ctx, last)
    expect(waitingFor).toContain('1 build is before it')
    expect(waitingFor).toContain('busy')
  })
})

async function queue(ctx: Ctx, repositoryId: string, priority: 1 | 2 | 3 | 4): Promise<string> {
  const row = await findRepositoryRow(ctx, repositoryId)
  const chosen = defaultPipeline().workflows[0]!
  const [build] = await startBuilds(ctx, row, [
    {
      repositoryId,
      workflow: { id: chosen.id, name: chosen.name },
      plan: makePlan(chosen),
      ended: null,
      triggerType: 'push',
      branch: 'main',
      tag: null,
      pullRequest: null,
      commit: { sha: 'a'.repeat(40), message: 'm', author: 'Ada' },
      config: { source: 'default', fileName: null, content: null },
      priority,
      labels: [],
      retryOf: null,
      dedupeKey: null,
    },
  ])
  return build!.id
}

const asked = (asks: Partial<PollRequest>): PollRequest => ({
  protocol: protocolVersion,
  free_slots: 2,
  holding: [],
  ...asks,
})
