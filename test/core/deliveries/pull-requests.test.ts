import { eq } from 'drizzle-orm'
import { describe, expect, test } from 'vitest'
import { retryBuild } from '../../../src/core/builds/retry.ts'
import { cancelPrevious } from '../../../src/core/reactions/cancel-previous.ts'
import { claimBuilds } from '../../../src/core/runners/claim.ts'
import type { Fact } from '../../../src/core/events/fact.ts'
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
  labelled:
    triggering: { events: [pull_request_labeled] }
    scripts: [make]
  pushed:
    triggering: { events: [push] }
    scripts: [make]
`
const mergeRefs = { github: 'refs/pull/87/merge', gitlab: 'refs/merge-requests/31/merge' }
/** The payload with a commit that is in the repository. */
const of = (commit: string) => ({ [payloadCommits.after]: commit })

describe('a pull request', () => {
  test.each([
    ['github', 'pull_request.opened', 'pull_request', 87],
    ['gitlab', 'merge_request.open', 'merge_request', 31],
  ] as const)('of %s builds its merge and is called by its commit', async (...row) => {
    const [forge, name, triggerType, number] = row
    await using services = await makeServices()
    const { git, repository } = await services.repository({ 'oore.yaml': workflows }, forge)
    const { head, merge } = pullRequest(git, mergeRefs[forge], { branch: 'feature/rounding' })

    const { delivery, builds } = await told(services, repository, name, of(head))
    expect(delivery.status).toBe('processed')
    expect(delivery.reason).toContain(`${number} merged into "main":`)
    expect(builds).toMatchObject([
      {
        workflow: 'check',
        status: 'pending',
        triggerType,
        branch: 'feature/rounding',
        commitSha: head,
        mergeCommitSha: merge,
        commitMessage: 'Add a feature',
        pullRequestNumber: number,
        pullRequestTarget: 'main',
        priority: 2,
      },
    ])

    const runner = await makeRunner(services)
    const [claim] = await claimBuilds(runner.ctx, runner.id, 1)
    expect(claim?.checkout).toMatchObject({ commit: merge, ref: mergeRefs[forge] })
    expect(claim?.environment).toMatchObject({
      CM_BRANCH: 'feature/rounding',
      CM_COMMIT: head,
      CM_PULL_REQUEST: 'true',
      CM_PULL_REQUEST_NUMBER: String(number),
      CM_PULL_REQUEST_DEST: 'main',
    })
  })

  test('is built by the configuration of its own commit', async () => {
    await using services = await makeServices()
    const { git, repository } = await services.repository({ 'oore.yaml': workflows }, 'github')
    const files = { 'oore.yaml': workflows.replaceAll('check', 'changed') }
    const { head } = pullRequest(git, mergeRefs.github, { files })
    const { builds } = await told(services, repository, 'pull_request.opened', of(head))
    expect(builds.map(({ workflow }) => workflow)).toEqual(['changed'])
  })

  test('whose merge is not there yet waits for it, and then is built by itself', async () => {
    await using services = await makeServices()
    const { git, repository } = await services.repository({ 'oore.yaml': workflows }, 'github')
    const { head } = pullRequest(git, mergeRefs.github)
    git.git('update-ref', '-d', mergeRefs.github)
    const first = await told(services, repository, 'pull_request.opened', of(head))
    expect([first.delivery.status, first.builds]).toEqual(['received', []])
    expect(first.delivery.reason).toContain('The merge of pull request 87 is not there yet.')

    const second = await decided(services, first.delivery.id)
    expect(second.delivery.reason).toContain('no merge of it into "main"')
    expect(second.builds).toMatchObject([{ commitSha: head, mergeCommitSha: null }])
    const runner = await makeRunner(services)
    const [claim] = await claimBuilds(runner.ctx, runner.id, 1)
    expect(claim?.checkout).toMatchObject({ commit: head, ref: 'refs/heads/feature/rounding' })
  })

  test('is never built as the merge of an older commit', async () => {
    await using services = await makeServices()
    const { git, repository } = await services.repository({ 'oore.yaml': workflows }, 'github')
    pullRequest(git, mergeRefs.github)
    git.git('checkout', '--quiet', 'feature/x')
    const newest = git.commit({ 'feature.txt': 'newer\n' })
    const changes = of(newest)
    const first = await told(services, repository, 'pull_request.synchronize', changes)
    expect(first.delivery.status).toBe('received')
    const { builds } = await decided(services, first.delivery.id)
    expect(builds).toMatchObject([{ commitSha: newest, mergeCommitSha: null }])
  })

  test('that does not merge is built by itself at once', async () => {
    await using services = await makeServices()
    const { git, repository } = await services.repository({ 'oore.yaml': workflows }, 'github')
    const { builds } = await told(
      services,
      repository,
      'pull_request.opened.conflicts',
      of(git.head()),
    )
    expect(builds).toMatchObject([{ commitSha: git.head(), mergeCommitSha: null }])
  })

  test('that gets a label starts the workflows that listen for labels, and no others', async () => {
    await using services = await makeServices()
    const { git, repository } = await services.repository({ 'oore.yaml': workflows }, 'github')
    const { head } = pullRequest(git, mergeRefs.github)
    const { builds } = await told(services, repository, 'pull_request.labeled', of(head))
    expect(builds.map(({ workflow }) => workflow)).toEqual(['labelled'])
  })

  test('is held against what its target has, and conditions see what the forge sent', async () => {
    await using services = await makeServices()
    const content = `workflows:
  feature:
    triggering: { events: [pull_request] }
    when: { changeset: { includes: [feature.txt] } }
    scripts: [make]
  meanwhile:
    triggering: { events: [pull_request] }
    when: { changeset: { includes: [meanwhile.txt] } }
    scripts: [make]
  finished:
    triggering: { events: [pull_request] }
    when: { condition: not event.pull_request.draft and env.CM_PULL_REQUEST_DEST == "main" }
    scripts: [make]
`
    const { git, repository } = await services.repository({ 'oore.yaml': content }, 'github')
    const { head } = pullRequest(git, mergeRefs.github)
    const draft = await told(services, repository, 'pull_request.opened.draft', of(head))
    expect(outcomes(draft.builds)).toEqual({
      feature: 'pending',
      meanwhile: 'skipped',
      finished: 'skipped',
    })
    const ready = await told(services, repository, 'pull_request.ready_for_review', of(head))
    expect(outcomes(ready.builds)).toMatchObject({ finished: 'pending' })
  })

  test('whose newest commit says [skip ci] makes skipped builds', async () => {
    await using services = await makeServices()
    const { git, repository } = await services.repository({ 'oore.yaml': workflows }, 'github')
    const head = skipped(git)
    const { builds } = await told(services, repository, 'pull_request.opened.conflicts', of(head))
    expect(builds).toMatchObject([{ status: 'skipped' }])
  })

  test('retried is the same merge again', async () => {
    await using services = await makeServices()
    const { git, repository } = await services.repository({ 'oore.yaml': workflows }, 'github')
    const { head, merge } = pullRequest(git, mergeRefs.github)
    const { builds } = await told(services, repository, 'pull_request.opened', of(head))
    const [first] = builds
    await finish(services, first?.id ?? '')
    const retry = await retryBuild(services.as(admin), first?.id ?? '')
    expect(retry).toMatchObject({
      commitSha: head,
      mergeCommitSha: merge,
      pullRequestNumber: 87,
      pullRequestTarget: 'main',
    })
  })
})

describe('cancel_previous_builds', () => {
  test('ends the older builds of the same pull request and of nothing else', async () => {
    await using services = await makeServices()
    const content = `workflows:
  check:
    triggering: { events: [push, pull_request], cancel_previous_builds: true }
    scripts: [make]
`
    const { git, repository } = await services.repository({ 'oore.yaml': content }, 'github')
    const { head } = pullRequest(git, mergeRefs.github, { branch: 'feature/rounding' })
    const send = async (name: string, changes: Record<string, string> = {}) =>
      (await told(services, repository, name, { ...of(head), ...changes })).builds[0]?.id ?? ''
    const pushedBuild = await send('push.forced')
    const other = await send('pull_request.opened.conflicts', { '"number": 87': '"number": 88' })
    const older = await send('pull_request.opened')
    const newest = await send('pull_request.reopened')
    for (const subject of [pushedBuild, other, older, newest]) {
      await cancelPrevious.react(services.as({ is: 'system' }), await queuedFact(services, subject))
    }
    const { builds } = schema
    const rows = await services.db.read.select().from(builds).orderBy(builds.id).all()
    expect(rows.map(({ id, status }) => [id, status])).toEqual([
      [pushedBuild, 'pending'],
      [other, 'pending'],
      [older, 'cancelled'],
      [newest, 'pending'],
    ])
  })
})

describe('a push of a forge', () => {
  test.each(['github', 'gitlab'] as const)('on %s is a build of each workflow', async (forge) => {
    await using services = await makeServices()
    const content = ['android', 'ios', 'nightly']
      .map(
        (id) =>
          `  ${id}: { triggering: { events: [${id === 'nightly' ? 'tag' : 'push'}] }, scripts: [make] }`,
      )
      .join('\n')
    const files = { 'oore.yaml': `workflows:\n${content}\n` }
    const { git, repository } = await services.repository(files, forge)
    git.tag('v1.4.0')
    const push = await told(services, repository, 'push.many-commits', of(git.head()))
    expect(push.builds).toMatchObject([
      { workflow: 'android', triggerType: 'push', branch: 'main', priority: 3 },
      { workflow: 'ios', triggerType: 'push', branch: 'main', priority: 3 },
    ])
    const name = forge === 'github' ? 'push.tag' : 'tag_push'
    const tag = await told(services, repository, name, of(git.head()))
    expect(tag.builds).toMatchObject([{ workflow: 'nightly', triggerType: 'tag', tag: 'v1.4.0' }])
    const gone = await told(services, repository, 'push.branch-deleted')
    expect(gone.delivery).toMatchObject({
      status: 'ignored',
      reason: 'refs/heads/feature/old was deleted: there is nothing to build.',
    })
  })
})

const outcomes = (rows: { workflow: string; status: string }[]) =>
  Object.fromEntries(rows.map(({ workflow, status }) => [workflow, status]))

function skipped(git: TestRepo): string {
  git.branch('feature/rounding')
  return git.commit({ 'a.txt': 'a' }, 'Tidy up [skip ci]')
}

async function finish(services: TestServices, id: string): Promise<void> {
  const { builds } = schema
  await services.db.write(async (tx) => {
    await tx.update(builds).set({ status: 'success', finishedAt: 0 }).where(eq(builds.id, id))
  })
}

async function queuedFact(services: TestServices, subject: string): Promise<Fact> {
  const { facts } = schema
  const row = await services.db.read.select().from(facts).where(eq(facts.subject, subject)).get()
  if (row?.kind !== 'build.queued') throw new Error(`no fact of ${subject}`)
  return { ...row, kind: 'build.queued' }
}
