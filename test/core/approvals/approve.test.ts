import { eq } from 'drizzle-orm'
import { describe, expect, test } from 'vitest'
import type { Actor, Role } from '../../../src/core/access/actor.ts'
import { approveBuild } from '../../../src/core/approvals/approve.ts'
import { denyBuild } from '../../../src/core/approvals/deny.ts'
import { showApproval } from '../../../src/core/approvals/show.ts'
import { cancelBuild } from '../../../src/core/builds/cancel.ts'
import { retryBuild } from '../../../src/core/builds/retry.ts'
import { showBuild } from '../../../src/core/builds/show.ts'
import { triggerBuild } from '../../../src/core/builds/trigger.ts'
import { changeRepository } from '../../../src/core/repositories/change.ts'
import { claimBuilds } from '../../../src/core/runners/claim.ts'
import { schema } from '../../../src/db/client.ts'
import { newId } from '../../../src/lib/ids.ts'
import { admin, makeServices, type TestServices } from '../../support/ctx.ts'
import {
  action,
  approve,
  forkCommit,
  forkRefs,
  of,
  standings,
  tellFork,
} from '../../support/forks.ts'
import { pushed, told } from '../../support/push.ts'
import { makeRunner } from '../../support/runner.ts'

const content = `workflows:
  check:
    triggering: { events: [pull_request] }
    integrations: { app_store_connect: our-key }
    environment:
      groups: [release]
      ios_signing: { distribution_type: app_store, bundle_identifier: com.lumen.wallet }
      vars: { FLAVOUR: beta }
    cache: { cache_paths: [~/.gradle/caches] }
    scripts: [make check]
    publishing: { slack: { channel: '#builds' } }
  lint:
    triggering: { events: [pull_request] }
    scripts: [make lint]
`

/** The same without what a build of the repository itself could not do without. */
const ownContent = content
  .replace(/ {4}integrations: .*\n/, '')
  .replace(/ {6}(groups|ios_signing): .*\n/g, '')

const person = (role: Role): Actor => ({ is: 'user', userId: newId(), name: `A ${role}`, role })

/** A pull request from a fork whose two builds wait. */
async function asked(services: TestServices) {
  const { git, repository } = await services.repository({ 'oore.yaml': content }, 'github')
  const commit = forkCommit(git, forkRefs.github)
  const { builds } = await tellFork(services, repository, commit.head)
  const [build] = builds
  if (!build) throw new Error('nothing waits')
  return { git, repository, ...commit, id: build.id }
}

describe('approveBuild', () => {
  test('starts all that waits for the commit, and says who said so', async () => {
    await using services = await makeServices()
    const { id, head } = await asked(services)
    await approveBuild(services.as(person('developer')), id, { commit: head })
    expect(await standings(services)).toEqual([
      ['check', head, 'pending'],
      ['lint', head, 'pending'],
    ])
    const { build, approval } = await showBuild(services.as(admin), id)
    expect(approval).toMatchObject({ verdict: 'approved', by: 'A developer', commitSha: head })
    expect(build.approvalId).toBe(approval?.id)
    const { facts } = schema
    const said = await services.db.read.select().from(facts).where(eq(facts.subject, id)).all()
    expect(said.map(({ kind, actor }) => [kind, actor.split(':')[0]])).toEqual([
      ['build.held', 'system'],
      ['build.approved', 'user'],
      ['build.queued', 'user'],
    ])
  })

  test('is for people whose role says so, and never for Oore itself', async () => {
    await using services = await makeServices()
    const { id, head } = await asked(services)
    const others: Actor[] = [
      person('viewer'),
      { is: 'system' },
      { is: 'stranger' },
      { is: 'runner', runnerId: newId() },
      { is: 'hook', repositoryId: newId() },
    ]
    for (const actor of others) {
      const ctx = services.as(actor)
      for (const answer of [approveBuild, denyBuild]) {
        const trouble = actor.is === 'stranger' ? 'unauthenticated' : 'forbidden'
        await expect(answer(ctx, id, { commit: head })).rejects.toMatchObject({ trouble })
      }
      await expect(showApproval(ctx, id)).rejects.toThrow()
    }
    const statuses = (await standings(services)).map(([, , status]) => status)
    expect(statuses).toEqual(['waiting_approval', 'waiting_approval'])
  })

  test('is of the commit that was looked at, and of no other', async () => {
    await using services = await makeServices()
    const { id, merge } = await asked(services)
    await expect(approve(services, id, merge)).rejects.toMatchObject({
      trouble: 'conflict',
      message: expect.stringContaining('Look at what it is of now.'),
    })
  })

  test('is refused where the forge has a newer commit, told of or not', async () => {
    await using services = await makeServices()
    const { git, id, head } = await asked(services)
    const newer = forkCommit(git, forkRefs.github, { 'b.txt': 'b' })
    await expect(approve(services, id, head)).rejects.toMatchObject({
      trouble: 'conflict',
      message: expect.stringContaining(`stands at ${newer.head.slice(0, 12)} by now`),
    })
    git.git('update-ref', '-d', `${forkRefs.github}/head`)
    await expect(approve(services, id, head)).rejects.toMatchObject({ trouble: 'conflict' })
  })

  test('and denyBuild at once: one of them wins, and the other is told', async () => {
    await using services = await makeServices()
    const { id, head } = await asked(services)
    const ctx = services.as(admin)
    const answers = await Promise.allSettled([
      approveBuild(ctx, id, { commit: head }),
      denyBuild(ctx, id, { commit: head }),
      approveBuild(ctx, id, { commit: head }),
      cancelBuild(ctx, id),
    ])
    const { approvals } = schema
    const said = await services.db.read.select().from(approvals).all()
    expect(said.length).toBeLessThanOrEqual(1)
    expect(answers.some(({ status }) => status === 'fulfilled')).toBe(true)
    const [first] = await standings(services)
    expect(['pending', 'cancelled']).toContain(first?.[2])
  })

  test('twice is a conflict the second time', async () => {
    await using services = await makeServices()
    const { id, head } = await asked(services)
    await approve(services, id, head)
    await expect(approve(services, id, head)).rejects.toMatchObject({
      trouble: 'conflict',
      message: expect.stringContaining('does not wait for an approval any more: it is pending'),
    })
  })

  test('is for builds of forks, in repositories that build', async () => {
    await using services = await makeServices()
    const { git, repository, id, head } = await asked(services)
    await changeRepository(services.as(admin), repository.id, { state: 'inactive' })
    await expect(approve(services, id, head)).rejects.toThrow(/is paused/)
    await changeRepository(services.as(admin), repository.id, { state: 'active' })
    const [own] = await triggerBuild(services.as(admin), repository.id, { via: 'api' })
    await expect(approve(services, own?.id ?? '', git.head())).rejects.toMatchObject({
      trouble: 'conflict',
      message: expect.stringContaining('it needs no approval'),
    })
  })
})

describe('denyBuild', () => {
  test('ends all that waits for the commit, for good', async () => {
    await using services = await makeServices()
    const { id, head } = await asked(services)
    const build = await denyBuild(services.as(person('developer')), id, { commit: head })
    expect(build).toMatchObject({
      status: 'cancelled',
      errorMessage: 'Denied by A developer: nothing of it was run.',
    })
    expect((await standings(services)).map(([, , status]) => status)).toEqual([
      'cancelled',
      'cancelled',
    ])
    await expect(approve(services, id, head)).rejects.toMatchObject({ trouble: 'conflict' })
    expect((await retryBuild(services.as(admin), id)).status).toBe('waiting_approval')
  })
})

describe('a runner that claims an approved build', () => {
  test('gets the merge, its marker, and nothing that is for the repository alone', async () => {
    await using services = await makeServices()
    const { id, head, merge } = await asked(services)
    await approve(services, id, head)
    const runner = await makeRunner(services)
    const [claim] = await claimBuilds(runner.ctx, runner.id, 1)
    expect(claim).toMatchObject({
      build_id: id,
      trust: {
        is: 'fork',
        withheld: ['the keys of app_store_connect', 'ios_signing', 'publishing'],
      },
      plan: {
        groups: ['release'],
        integrations: {},
        signing: { ios: null, android: [] },
        publishing: null,
        vars: [{ name: 'FLAVOUR', value: 'beta' }],
      },
      checkout: { commit: merge, ref: `${forkRefs.github}/merge`, approved_commit: head },
      environment: { OORE_FROM_FORK: 'true', OORE_FORK: 'passer-by/wallet', CM_BRANCH: 'main' },
    })
    expect(claim?.environment).not.toHaveProperty('CM_PREVIOUS_COMMIT')
  })

  test('gets a commit without a merge by the pull request’s own ref, never by a branch', async () => {
    await using services = await makeServices()
    const { git, repository } = await services.repository({ 'oore.yaml': content }, 'github')
    const { head } = forkCommit(git, forkRefs.github)
    const changes = { '"mergeable": null': '"mergeable": false' }
    const { builds } = await tellFork(services, repository, head, changes)
    await approve(services, builds[0]?.id ?? '', head)
    const runner = await makeRunner(services)
    const [claim] = await claimBuilds(runner.ctx, runner.id, 1)
    expect(claim?.checkout).toMatchObject({ commit: head, ref: `${forkRefs.github}/head` })
  })

  test.each([
    ['no approval', { approvalId: null }],
    ['an approval that is not there', { approvalId: newId() }],
    ['the approval of another commit', { commitSha: 'd'.repeat(40) }],
    ['the approval of another pull request', { pullRequestNumber: 12 }],
    ['the approval of another target', { pullRequestTarget: 'release' }],
  ])('gets none with %s, whatever its status says', async (_, changes) => {
    await using services = await makeServices()
    const { id, head } = await asked(services)
    await approve(services, id, head)
    const { builds } = schema
    await services.db.write(async (tx) => {
      await tx.update(builds).set(changes).where(eq(builds.id, id))
    })
    const runner = await makeRunner(services)
    expect(await claimBuilds(runner.ctx, runner.id, 1)).toEqual([])
    const row = await services.db.read.select().from(builds).where(eq(builds.id, id)).get()
    expect(row).toMatchObject({
      status: 'failure',
      failureKind: 'setup',
      errorMessage: expect.stringContaining('comes from a fork and nobody approved it'),
    })
  })

  test('gets none by a denial', async () => {
    await using services = await makeServices()
    const { id, head } = await asked(services)
    await denyBuild(services.as(admin), id, { commit: head })
    const { builds, approvals } = schema
    const denial = await services.db.read.select().from(approvals).get()
    await services.db.write(async (tx) => {
      const forged = { status: 'pending' as const, approvalId: denial?.id ?? '' }
      await tx.update(builds).set(forged).where(eq(builds.id, id))
    })
    const runner = await makeRunner(services)
    expect(await claimBuilds(runner.ctx, runner.id, 1)).toEqual([])
  })
})

describe('a retry', () => {
  test('of an approved commit starts, while the pull request stands there', async () => {
    await using services = await makeServices()
    const { git, repository, id, head } = await asked(services)
    await approve(services, id, head)
    await cancelBuild(services.as(admin), id)
    expect((await retryBuild(services.as(admin), id)).status).toBe('pending')

    // Pushed, and not told of yet.
    const newer = forkCommit(git, forkRefs.github, { 'b.txt': 'b' })
    expect((await retryBuild(services.as(admin), id)).status).toBe('waiting_approval')
    // Pushed back by force after it was told of: what was approved was voided meanwhile.
    await tellFork(services, repository, newer.head, action('synchronize'))
    git.git('update-ref', `${forkRefs.github}/head`, head)
    expect((await retryBuild(services.as(admin), id)).status).toBe('waiting_approval')
  })

  test('of one that only waited waits too', async () => {
    await using services = await makeServices()
    const { id } = await asked(services)
    await cancelBuild(services.as(admin), id)
    expect((await retryBuild(services.as(admin), id)).status).toBe('waiting_approval')
  })

  test('waits where the settings say never by now, or the repository does not answer', async () => {
    await using services = await makeServices()
    const { git, repository, id, head } = await asked(services)
    await approve(services, id, head)
    await cancelBuild(services.as(admin), id)
    await changeRepository(services.as(admin), repository.id, { fork_builds: 'never' })
    expect((await retryBuild(services.as(admin), id)).status).toBe('waiting_approval')
    await changeRepository(services.as(admin), repository.id, { fork_builds: 'ask' })
    git[Symbol.dispose]()
    expect((await retryBuild(services.as(admin), id)).status).toBe('waiting_approval')
  })
})

describe('a build by hand', () => {
  test('of a commit that is known from a fork is refused, by its id and by that of its merge', async () => {
    await using services = await makeServices()
    const { repository, head, merge } = await asked(services)
    for (const commit of [head, merge, head.slice(0, 12)]) {
      const started = triggerBuild(services.as(admin), repository.id, { commit, via: 'api' })
      await expect(started).rejects.toMatchObject({
        trouble: 'conflict',
        message: expect.stringContaining('is a commit of a fork, known from pull request 87'),
      })
    }
  })

  test('of a commit that has been merged meanwhile is like any other', async () => {
    await using services = await makeServices()
    const files = { 'oore.yaml': ownContent.replaceAll('[pull_request]', '[pull_request, push]') }
    const { git, repository } = await services.repository(files, 'github')
    const { head } = forkCommit(git, forkRefs.github)
    await tellFork(services, repository, head)
    const start = () =>
      triggerBuild(services.as(admin), repository.id, { commit: head, via: 'api' })
    git.git('merge', '--quiet', '--ff-only', head)
    expect((await start())[0]).toMatchObject({ status: 'pending', fork: null })
    // What somebody started by hand says nothing of where a commit is from; a push does.
    git.commit({ 'c.txt': 'c' })
    await expect(start()).rejects.toMatchObject({ trouble: 'conflict' })
    await told(services, repository, 'push', of(head))
    expect((await start())[0]).toMatchObject({ status: 'pending', fork: null })
  })
})

test('a push of the repository itself waits for nobody', async () => {
  await using services = await makeServices()
  const files = { 'oore.yaml': ownContent.replace('[pull_request]', '[push]') }
  const { git, repository } = await services.repository(files)
  const { builds } = await pushed(services, repository.id, git.head())
  expect(builds).toMatchObject([{ status: 'pending', fork: null }])
})
