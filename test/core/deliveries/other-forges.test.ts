import { describe, expect, test } from 'vitest'
import { redeliver } from '../../../src/core/deliveries/redeliver.ts'
import { claimBuilds } from '../../../src/core/runners/claim.ts'
import { addRepository } from '../../../src/core/repositories/add.ts'
import { changeRepository } from '../../../src/core/repositories/change.ts'
import { findRepositoryRow } from '../../../src/core/repositories/find.ts'
import { accessOf } from '../../../src/core/repositories/source.ts'
import { schema } from '../../../src/db/client.ts'
import { admin, makeServices, type TestServices } from '../../support/ctx.ts'
import { payloadCommits } from '../../support/payloads.ts'
import { decided, told } from '../../support/push.ts'
import { makeRunner } from '../../support/runner.ts'
import { pullRequest, type TestRepo } from '../../support/repo.ts'

const workflows = `workflows:
  check:
    triggering: { events: [pull_request] }
    scripts: [make]
  finished:
    triggering: { events: [pull_request] }
    when: { condition: not event.pullrequest.draft }
    scripts: [make]
  labelled:
    triggering: { events: [pull_request_labeled] }
    scripts: [make]
`

/** A pull request of a forge that keeps no merge of it; gives its newest commit. */
function proposed(git: TestRepo): string {
  return pullRequest(git, 'refs/pull/99/merge', { branch: 'feature/rounding' }).head
}

const short = (commit: string) => ({ [payloadCommits.shortAfter]: commit.slice(0, 12) })

describe('a pull request of Gitea', () => {
  test('is built by its newest commit, since there is no merge, and changes against its target', async () => {
    await using services = await makeServices()
    const { git, repository } = await services.repository({ 'oore.yaml': workflows }, 'gitea')
    const head = proposed(git)
    const of = { [payloadCommits.after]: head }
    const opened = await told(services, repository, 'pull_request.opened', of)
    expect(opened.delivery.reason).toContain('of pull request 87 by itself')
    expect(opened.builds).toMatchObject([
      {
        workflow: 'check',
        triggerType: 'pull_request',
        branch: 'feature/rounding',
        commitSha: head,
        mergeCommitSha: null,
        pullRequestNumber: 87,
        pullRequestTarget: 'main',
      },
      { workflow: 'finished' },
    ])
    const runner = await makeRunner(services)
    const [claim] = await claimBuilds(runner.ctx, runner.id, 1)
    expect(claim?.checkout).toMatchObject({ commit: head, ref: 'refs/heads/feature/rounding' })
    const labeled = await told(services, repository, 'pull_request.label_updated', of)
    expect(labeled.builds.map(({ workflow }) => workflow)).toEqual(['labelled'])
  })

  test.each(['pull_request.opened.fork', 'pull_request.opened.agit'])(
    '%s waits for an approval: anybody may have written it',
    async (name) => {
      await using services = await makeServices()
      const { git, repository } = await services.repository({ 'oore.yaml': workflows }, 'gitea')
      const head = proposed(git)
      git.git('update-ref', 'refs/pull/87/head', head)
      const { delivery, builds } = await told(services, repository, name, {
        [payloadCommits.after]: head,
      })
      expect(delivery.status).toBe('processed')
      expect(builds.map(({ status }) => status)).toEqual(['waiting_approval', 'waiting_approval'])
    },
  )
})

describe('a pull request of Bitbucket', () => {
  test('is built by the commit that it names by its beginning', async () => {
    await using services = await makeServices()
    const { git, repository } = await services.repository({ 'oore.yaml': workflows }, 'bitbucket')
    const head = proposed(git)
    const { builds } = await told(services, repository, 'pullrequest_created', short(head))
    expect(builds).toMatchObject([
      { workflow: 'check', commitSha: head, pullRequestNumber: 87 },
      { workflow: 'finished', commitSha: head },
    ])
  })

  test('from a fork starts nothing, since its commits are there alone', async () => {
    await using services = await makeServices()
    const { git, repository } = await services.repository({ 'oore.yaml': workflows }, 'bitbucket')
    const { delivery, builds } = await told(
      services,
      repository,
      'pullrequest_created.fork',
      short(proposed(git)),
    )
    expect([delivery.status, builds]).toEqual(['ignored', []])
    expect(delivery.reason).toMatch(/comes from a fork, and Bitbucket.* keeps its commits/)
  })

  test('is built once, however often its title is edited, and anew by each commit', async () => {
    await using services = await makeServices()
    const { git, repository } = await services.repository({ 'oore.yaml': workflows }, 'bitbucket')
    const head = proposed(git)
    await told(services, repository, 'pullrequest_created', short(head))
    const edited = await told(services, repository, 'pullrequest_updated', short(head))
    expect([edited.delivery.status, edited.builds]).toEqual(['ignored', []])
    expect(edited.delivery.reason).toContain(
      'check was not started: This commit of the pull request was built already.',
    )
    git.git('checkout', '--quiet', 'feature/rounding')
    const next = git.commit({ 'more.txt': 'more\n' })
    const pushed = await told(services, repository, 'pullrequest_updated', short(next))
    expect(pushed.builds.map(({ commitSha }) => commitSha)).toEqual([next, next])

    await redeliver(services.as(admin), edited.delivery.id)
    const { builds } = await decided(services, edited.delivery.id)
    expect(builds.map(({ commitSha }) => commitSha)).toEqual([head, head])
  })

  test('that was a draft is built by the workflows that waited for it to be ready', async () => {
    await using services = await makeServices()
    const { git, repository } = await services.repository({ 'oore.yaml': workflows }, 'bitbucket')
    const head = proposed(git)
    const draft = await told(services, repository, 'pullrequest_created.draft', short(head))
    expect(statuses(draft.builds)).toEqual([
      ['check', 'pending'],
      ['finished', 'skipped'],
    ])
    const still = await told(services, repository, 'pullrequest_updated', {
      ...short(head),
      '"draft": false': '"draft": true',
    })
    expect(still.builds).toEqual([])
    const ready = await told(services, repository, 'pullrequest_updated.ready', short(head))
    expect(statuses(ready.builds)).toEqual([['finished', 'pending']])
  })

  test('whose configuration cannot be used says so once', async () => {
    await using services = await makeServices()
    const { git, repository } = await services.repository({ 'oore.yaml': '{' }, 'bitbucket')
    const head = proposed(git)
    const created = await told(services, repository, 'pullrequest_created', short(head))
    expect(statuses(created.builds)).toEqual([['configuration', 'failure']])
    const edited = await told(services, repository, 'pullrequest_updated', short(head))
    expect([edited.delivery.status, edited.builds]).toEqual(['ignored', []])
    expect(await services.db.read.select().from(schema.builds).all()).toHaveLength(1)
  })
})

describe('a token without a user name', () => {
  test.each([
    ['bitbucket', 'x-token-auth'],
    ['gitea', 'git'],
    ['github', 'git'],
    ['gitlab', 'git'],
  ] as const)('of %s goes with the name %s', async (provider, username) => {
    await using services = await makeServices()
    const { repository } = await addRepository(services.as(admin), {
      provider,
      owner: 'lumen',
      name: 'wallet',
      clone_password: 'a-token',
    })
    expect(await usernameOf(services, repository.id)).toBe(username)
    const change = (clone_username: string) =>
      changeRepository(services.as(admin), repository.id, { clone_username })
    await change('ci')
    expect(await usernameOf(services, repository.id)).toBe('ci')
    await change('')
    expect(await usernameOf(services, repository.id)).toBe(username)
  })
})

async function usernameOf(services: TestServices, id: string) {
  const ctx = services.as(admin)
  return (await accessOf(ctx, await findRepositoryRow(ctx, id), 'clone'))?.credential?.username
}

const statuses = (builds: readonly { workflow: string; status: string }[]) =>
  builds.map(({ workflow, status }) => [workflow, status])
