import { eq } from 'drizzle-orm'
import { describe, expect, test } from 'vitest'
import { changeRepository } from '../../../src/core/repositories/change.ts'
import { retryBuild } from '../../../src/core/builds/retry.ts'
import { previousCommit } from '../../../src/core/builds/queue.ts'
import { claimBuilds } from '../../../src/core/runners/claim.ts'
import { showOverview } from '../../../src/core/overview/show.ts'
import { tidy } from '../../../src/core/maintenance/tidy.ts'
import { removeRepository } from '../../../src/core/repositories/remove.ts'
import { cancelPrevious } from '../../../src/core/reactions/cancel-previous.ts'
import type { Fact } from '../../../src/core/events/fact.ts'
import { schema } from '../../../src/db/client.ts'
import { days } from '../../../src/lib/clock.ts'
import { admin, makeServices, type TestServices } from '../../support/ctx.ts'
import {
  action,
  approve,
  forkCommit,
  forkRefs,
  of,
  retargetedTo,
  standings,
  targeting,
  tellFork,
} from '../../support/forks.ts'
import { queueBuilds } from '../../support/forge-builds.ts'
import { decided, told } from '../../support/push.ts'
import { makeRunner } from '../../support/runner.ts'

const workflows = `workflows:
  check:
    triggering: { events: [pull_request] }
    scripts: [make check]
  labelled:
    triggering: { events: [pull_request_labeled] }
    scripts: [make]
`
const files = { 'oore.yaml': workflows }

describe('a pull request from a fork', () => {
  test.each([
    ['github', 'pull_request.opened.fork', 'passer-by/wallet', 87],
    ['github', 'pull_request.opened.deleted-fork', null, 87],
    ['gitlab', 'merge_request.open.fork', 'passer-by/wallet', 31],
    ['gitlab', 'merge_request.open.deleted-fork', null, 31],
  ] as const)('waits, and no runner gets it: %s %s', async (forge, payload, name, number) => {
    await using services = await makeServices()
    const { git, repository } = await services.repository(files, forge)
    const { head, merge } = forkCommit(git, forkRefs[forge])
    const { delivery, builds } = await told(services, repository, payload, of(head))
    expect(delivery.status).toBe('processed')
    expect(delivery.reason).toContain('check waits for an approval: ')
    expect(builds).toMatchObject([
      {
        workflow: 'check',
        status: 'waiting_approval',
        startedAt: null,
        commitSha: head,
        mergeCommitSha: merge,
        pullRequestNumber: number,
        pullRequestTarget: 'main',
        fork: { name, configCommit: git.head() },
        approvalId: null,
      },
    ])
    const runner = await makeRunner(services)
    expect(await claimBuilds(runner.ctx, runner.id, 10)).toEqual([])
    const { facts } = schema
    const kinds = (await services.db.read.select().from(facts).all()).map(({ kind }) => kind)
    expect(kinds).toContain('build.held')
    expect(kinds).not.toContain('build.queued')
  })

  test('is built by the configuration of its target, and its own starts nothing', async () => {
    await using services = await makeServices()
    const { git, repository } = await services.repository(files, 'github')
    const evil = workflows.replaceAll('make check', 'curl evil').replaceAll('check:', 'evil:')
    const { head } = forkCommit(git, forkRefs.github, { 'oore.yaml': evil })
    const { builds } = await tellFork(services, repository, head)
    expect(builds.map(({ workflow }) => workflow)).toEqual(['check'])
    const { buildPlans } = schema
    const plans = await services.db.read.select().from(buildPlans).all()
    expect(JSON.stringify(plans)).toContain('make check')
    expect(JSON.stringify(plans)).not.toContain('evil')
  })

  test('into a branch without a configuration has the default, not its own', async () => {
    await using services = await makeServices()
    const { git, repository } = await services.repository({ 'README.md': 'x' }, 'github')
    const { head } = forkCommit(git, forkRefs.github, files)
    const { builds } = await tellFork(services, repository, head)
    expect(builds.filter(({ configSource }) => configSource !== 'default')).toEqual([])
  })

  test('by a commit that a maintainer is said to have written waits all the same', async () => {
    await using services = await makeServices()
    const { git, repository } = await services.repository(files, 'gitlab')
    const { head } = forkCommit(git, forkRefs.gitlab)
    const { builds } = await told(services, repository, 'merge_request.open.fork', {
      ...of(head),
      // Everything about people says who may: nobody is trusted by what a payload calls them.
      'passer-by': 'lumen',
      '"name": "Inês Ferro"': '"name": "Administrator"',
      '"username": "ines.ferro"': '"username": "root"',
    })
    expect(builds).toMatchObject([{ status: 'waiting_approval' }])
  })

  test('that is called like the default branch counts for nothing there', async () => {
    await using services = await makeServices()
    const { git, repository } = await services.repository(files, 'github')
    const { head } = forkCommit(git, forkRefs.github)
    const [build] = (await tellFork(services, repository, head)).builds
    expect(build).toMatchObject({ branch: 'main', status: 'waiting_approval' })
    const asked = { repositoryId: repository.id, workflow: 'check', branch: 'main' }
    const ctx = services.as(admin)
    await end(services, build?.id ?? '', 'success')
    expect(await previousCommit(ctx, { ...asked, isOfFork: false })).toBeNull()
    await end(services, build?.id ?? '', 'failure')
    expect((await showOverview(ctx)).failing).toEqual([])
  })

  test('that is pushed to asks anew, and what waited is superseded', async () => {
    await using services = await makeServices()
    const { git, repository } = await services.repository(files, 'github')
    const first = forkCommit(git, forkRefs.github)
    const [old] = (await tellFork(services, repository, first.head)).builds
    const second = forkCommit(git, forkRefs.github, { 'x.sh': 'rm -rf ~' })
    await tellFork(services, repository, second.head, action('synchronize'))
    expect(await standings(services)).toEqual([
      ['check', first.head, 'cancelled'],
      ['check', second.head, 'waiting_approval'],
    ])
    await expect(approve(services, old?.id ?? '', first.head)).rejects.toMatchObject({
      trouble: 'conflict',
      message: expect.stringContaining(
        `Superseded: ${second.head.slice(0, 12)} into "main" needs its own approval.`,
      ),
    })
  })

  test('that is pushed back by force asks anew too', async () => {
    await using services = await makeServices()
    const { git, repository } = await services.repository(files, 'github')
    const first = forkCommit(git, forkRefs.github)
    await tellFork(services, repository, first.head)
    const second = forkCommit(git, forkRefs.github, { 'b.txt': 'b' })
    await tellFork(services, repository, second.head, action('synchronize'))
    expect(forkCommit(git, forkRefs.github).head).toBe(first.head)
    await tellFork(services, repository, first.head, action('synchronize'))
    expect(await standings(services)).toEqual([
      ['check', first.head, 'cancelled'],
      ['check', second.head, 'cancelled'],
      ['check', first.head, 'waiting_approval'],
    ])
  })

  test('that is pushed to asks anew also where the new commit starts nothing', async () => {
    await using services = await makeServices()
    const { git, repository } = await services.repository(files, 'github')
    const first = forkCommit(git, forkRefs.github)
    await tellFork(services, repository, first.head)
    const second = forkCommit(git, forkRefs.github, { 'a.txt': 'b' }, 'Nothing [skip ci]')
    await tellFork(services, repository, second.head, action('synchronize'))
    expect(await standings(services)).toEqual([
      ['check', first.head, 'cancelled'],
      ['check', second.head, 'skipped'],
    ])
  })

  test('told of late, when it stands elsewhere by now, changes nothing', async () => {
    await using services = await makeServices()
    const { git, repository } = await services.repository(files, 'github')
    const first = forkCommit(git, forkRefs.github)
    const late = await tellFork(services, repository, first.head)
    const second = forkCommit(git, forkRefs.github, { 'b.txt': 'b' })
    await tellFork(services, repository, second.head, action('synchronize'))
    // Put off first: the forge may be a moment behind what it tells.
    const again = await tellFork(services, repository, first.head, action('reopened'))
    expect(again.delivery).toMatchObject({ status: 'received' })
    const settled = await decided(services, again.delivery.id)
    expect(settled.delivery).toMatchObject({
      status: 'ignored',
      reason: expect.stringContaining(`stands at ${second.head} by now`),
    })
    expect(late.builds).toHaveLength(1)
    expect(await standings(services)).toEqual([
      ['check', first.head, 'cancelled'],
      ['check', second.head, 'waiting_approval'],
    ])
  })

  test('that is closed waits no more; opened again it is asked about again', async () => {
    await using services = await makeServices()
    const { git, repository } = await services.repository(files, 'github')
    const { head } = forkCommit(git, forkRefs.github)
    const [build] = (await tellFork(services, repository, head)).builds
    await approve(services, build?.id ?? '', head)
    await tellFork(services, repository, head, action('reopened'))
    await tellFork(services, repository, head, action('closed'))
    await tellFork(services, repository, head, action('reopened'))
    expect(await standings(services)).toEqual([
      ['check', head, 'pending'],
      ['check', head, 'cancelled'],
      ['check', head, 'waiting_approval'],
    ])
    await end(services, build?.id ?? '', 'failure')
    const retry = await retryBuild(services.as(admin), build?.id ?? '')
    expect(retry.status).toBe('waiting_approval')
  })

  test('that goes to another branch now is asked about by that branch', async () => {
    await using services = await makeServices()
    const { git, repository } = await services.repository(files, 'github')
    git.branch('release')
    git.commit({ 'oore.yaml': workflows.replace('check:', 'release:') }, 'Release otherwise')
    git.git('checkout', '--quiet', 'main')
    const { head } = forkCommit(git, forkRefs.github)
    const [build] = (await tellFork(services, repository, head)).builds
    await approve(services, build?.id ?? '', head)
    await end(services, build?.id ?? '', 'failure')
    const asked = await tellFork(services, repository, head, retargetedTo('release'))
    // The merge that is there is the one into main. It is waited for, and then done without.
    expect(asked.delivery.status).toBe('received')
    const { builds } = await decided(services, asked.delivery.id)
    expect(builds).toMatchObject([{ pullRequestTarget: 'release', mergeCommitSha: null }])
    expect(await standings(services)).toEqual([
      ['check', head, 'failure'],
      ['release', head, 'waiting_approval'],
    ])
    expect((await retryBuild(services.as(admin), build?.id ?? '')).status).toBe('waiting_approval')
  })

  test('of a commit that another pull request has too is asked about by itself', async () => {
    await using services = await makeServices()
    const { git, repository } = await services.repository(files, 'github')
    git.git('branch', 'release')
    const { head } = forkCommit(git, forkRefs.github)
    git.git('update-ref', 'refs/pull/88/head', head)
    const [first] = (await tellFork(services, repository, head)).builds
    const other = { '"number": 87': '"number": 88', ...targeting('release') }
    const second = await tellFork(services, repository, head, other)
    await decided(services, second.delivery.id)
    await approve(services, first?.id ?? '', head)
    expect(await standings(services)).toEqual([
      ['check', head, 'pending'],
      ['check', head, 'waiting_approval'],
    ])
  })

  test('that gets a label waits with what it started before, and one answer is for both', async () => {
    await using services = await makeServices()
    const { git, repository } = await services.repository(files, 'github')
    const { head } = forkCommit(git, forkRefs.github)
    const [build] = (await tellFork(services, repository, head)).builds
    await tellFork(services, repository, head, action('labeled'))
    await approve(services, build?.id ?? '', head)
    expect(await standings(services)).toEqual([
      ['check', head, 'pending'],
      ['labelled', head, 'pending'],
    ])
    // And what comes after the answer asks again.
    await tellFork(services, repository, head, action('labeled'))
    expect((await standings(services)).at(-1)).toEqual(['labelled', head, 'waiting_approval'])
  })

  test('told of twice waits once', async () => {
    await using services = await makeServices()
    const { git, repository } = await services.repository(files, 'github')
    const { head } = forkCommit(git, forkRefs.github)
    await tellFork(services, repository, head)
    await tellFork(services, repository, head)
    expect(await standings(services)).toEqual([['check', head, 'waiting_approval']])
    await tellFork(services, repository, head, action('reopened'))
    expect(await standings(services)).toEqual([
      ['check', head, 'cancelled'],
      ['check', head, 'waiting_approval'],
    ])
  })

  test('ends older builds by cancel_previous_builds only once it is approved', async () => {
    await using services = await makeServices()
    const content = workflows.replace(
      '[pull_request] }',
      '[pull_request], cancel_previous_builds: true }',
    )
    const { git, repository } = await services.repository({ 'oore.yaml': content }, 'github')
    const first = forkCommit(git, forkRefs.github)
    const [running] = (await tellFork(services, repository, first.head)).builds
    await approve(services, running?.id ?? '', first.head)
    const second = forkCommit(git, forkRefs.github, { 'b.txt': 'b' })
    const [newer] = (await tellFork(services, repository, second.head, action('synchronize')))
      .builds
    await react(services)
    expect((await standings(services))[0]).toEqual(['check', first.head, 'pending'])
    await approve(services, newer?.id ?? '', second.head)
    await react(services)
    expect(await standings(services)).toEqual([
      ['check', first.head, 'cancelled'],
      ['check', second.head, 'pending'],
    ])
  })

  test('starts nothing where the settings say never, and nobody can approve what waited', async () => {
    await using services = await makeServices()
    const { git, repository } = await services.repository(files, 'github')
    const { head } = forkCommit(git, forkRefs.github)
    const [build] = (await tellFork(services, repository, head)).builds
    await changeRepository(services.as(admin), repository.id, { fork_builds: 'never' })
    await expect(approve(services, build?.id ?? '', head)).rejects.toMatchObject({
      trouble: 'conflict',
      message: expect.stringContaining('builds nothing of forks'),
    })
    const { delivery, builds } = await tellFork(services, repository, head, action('reopened'))
    expect([delivery.status, builds]).toEqual(['ignored', []])
    expect(delivery.reason).toMatch(/^Pull request 87 comes from a fork, .* say never\.$/)
  })

  test('starts nothing while 200 builds wait', async () => {
    await using services = await makeServices()
    const { git, repository } = await services.repository(files, 'github')
    const { head } = forkCommit(git, forkRefs.github)
    const from = { name: null, url: null, author: null, pullRequestUrl: null, configCommit: head }
    const fork = { from, approvalId: null }
    const pullRequest = { number: 1, target: 'main', mergeCommit: null, fork }
    await queueBuilds(
      services,
      repository.id,
      Array.from({ length: 200 }, () => ({ pullRequest })),
    )
    const { delivery, builds } = await tellFork(services, repository, head)
    expect([delivery.status, builds]).toEqual(['ignored', []])
    expect(delivery.reason).toContain('200 builds of forks wait for an approval already')
  })

  test('that nobody approves ends by itself after 14 days', async () => {
    await using services = await makeServices()
    const { git, repository } = await services.repository(files, 'github')
    const { head } = forkCommit(git, forkRefs.github)
    await tellFork(services, repository, head)
    const system = services.as({ is: 'system' })
    // Ids are made by the machine's clock, which the tests do not hold.
    services.advance(Date.now() - services.clock() + days(13))
    await tidy(system)
    expect(await standings(services)).toEqual([['check', head, 'waiting_approval']])
    services.advance(days(1) + 60_000)
    await tidy(system)
    const { builds } = schema
    const [row] = await services.db.read.select().from(builds).all()
    expect(row).toMatchObject({
      status: 'cancelled',
      errorMessage: expect.stringContaining('Nobody approved it within 14 days.'),
    })
  })

  test('holds the removal of its repository like every build that waits', async () => {
    await using services = await makeServices()
    const { git, repository } = await services.repository(files, 'github')
    const { head } = forkCommit(git, forkRefs.github)
    await tellFork(services, repository, head)
    const remove = (force: boolean) =>
      removeRepository(services.as(admin), repository.id, { force })
    await expect(remove(false)).rejects.toMatchObject({ trouble: 'conflict' })
    await remove(true)
    expect(await standings(services)).toEqual([['check', head, 'cancelled']])
  })
})

async function end(
  services: TestServices,
  id: string,
  status: 'success' | 'failure',
): Promise<void> {
  const { builds } = schema
  await services.db.write(async (tx) => {
    await tx.update(builds).set({ status, finishedAt: 0 }).where(eq(builds.id, id))
  })
}

/** The reaction to everything that happened, from the beginning. */
async function react(services: TestServices): Promise<void> {
  const { facts } = schema
  const rows = await services.db.read.select().from(facts).orderBy(facts.seq).all()
  for (const row of rows) {
    const fact = { ...row, kind: row.kind as Fact['kind'] }
    if (cancelPrevious.to.includes(fact.kind)) {
      await cancelPrevious.react(services.as({ is: 'system' }), fact)
    }
  }
}
