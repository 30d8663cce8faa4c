import { afterEach, describe, expect, test } from 'vitest'
import { showBuild } from '../../../src/core/builds/show.ts'
import { retryBuild } from '../../../src/core/builds/retry.ts'
import { changeRepository } from '../../../src/core/repositories/change.ts'
import { resendComment } from '../../../src/core/comments/resend.ts'
import { schema } from '../../../src/db/client.ts'
import { newId } from '../../../src/lib/ids.ts'
import { hours, minutes, seconds } from '../../../src/lib/clock.ts'
import { admin, makeServices, type TestServices } from '../../support/ctx.ts'
import { eventually } from '../../support/eventually.ts'
import type { Fate } from '../../support/fake-forges/forge.ts'
import { type FakeGithub, startFakeGithub } from '../../support/fake-forges/github.ts'
import { startFakeGitlab } from '../../support/fake-forges/gitlab.ts'
import {
  appRepository,
  commentRows,
  forgeRepository,
  forgeToken,
  makeRunner,
  queueBuilds,
  restoreConnection,
  sha,
  startReporting,
} from '../../support/forge-builds.ts'

afterEach(restoreConnection)

const settings = { OORE_BASE_URL: 'https://oore.example.com' }
const ofPull = (commit: string, name = 'Main') => ({
  workflow: { id: name.toLowerCase(), name },
  commit,
  triggerType: 'pull_request' as const,
  branch: 'feature/x',
  pullRequest: { number: 7, target: 'main', mergeCommit: null, fork: null },
})

/** A pull request of the repository that the App is installed on. */
async function start(services: TestServices) {
  const forge = await startFakeGithub({ now: services.clock })
  const { id, repository, installation } = await appRepository(services, forge)
  forge.world.pulls.push({
    id: 70,
    number: 7,
    repositoryId: repository.id,
    headRepositoryId: repository.id,
    headOwner: 'lumen',
    headRef: 'feature/x',
    headSha: sha(1),
    baseRef: 'main',
    baseSha: sha(0),
    mergeSha: null,
    title: 'Add a feature',
    body: null,
    author: 'lumen',
    draft: false,
    state: 'open',
    merged: false,
    labels: [],
    createdAt: '2026-11-20T16:00:00Z',
  })
  return { forge, id, installation }
}

const bodies = ({ world }: FakeGithub) => world.comments.map(({ body }) => body)

describe('a pull request', () => {
  test('has one comment, made with the first result and edited in its place', async () => {
    await using services = await makeServices(settings)
    const { forge, id: repository } = await start(services)
    await using _ = forge
    await using reporting = startReporting(services)
    const runner = await makeRunner(services)
    const [ios = '', web = ''] = await queueBuilds(services, repository, [
      ofPull(sha(1), 'iOS'),
      ofPull(sha(1), 'Web'),
    ])
    await runner.start()
    await reporting.settled()
    expect(bodies(forge)).toEqual([])
    services.advance(seconds(61))
    await runner.say(ios, [testsFound])
    await runner.failStep(ios, 0, 'Step “`Tests` <b>” ended with exit code 1.')
    await reporting.settled()
    expect(bodies(forge)).toHaveLength(1)
    expect(bodies(forge)[0]).toMatch(/^<!-- oore:/)
    expect(bodies(forge)[0]).toContain('### Oore: 1 failed, 1 not done yet')
    expect(bodies(forge)[0]).toContain('| <code>iOS</code> | ❌ Failed')
    expect(bodies(forge)[0]).toContain(`[#1](https://oore.example.com/builds/${ios})`)
    expect(bodies(forge)[0]).toContain(`Of commit ${sha(1)}.`)
    expect(bodies(forge)[0]).not.toMatch(/<b>|`Tests`/)
    expect(bodies(forge)[0]).toContain(
      '<code>cart › adds &#91;one&#93;</code>: <code>Expected 2</code>',
    )

    await runner.finish(web)
    await reporting.settled()
    expect(bodies(forge)).toHaveLength(1)
    expect(bodies(forge)[0]).toContain('### Oore: 1 failed, 1 succeeded')
    expect(forge.breaches).toEqual([])

    // A new push is told in the same place.
    await queueBuilds(services, repository, [ofPull(sha(2), 'iOS')])
    await reporting.later(seconds(15))
    expect(bodies(forge)).toHaveLength(1)
    expect(bodies(forge)[0]).toContain(`Of commit ${sha(2)}.`)
    // Starting an old one again is no news of the new one.
    await retryBuild(services.as(admin), ios)
    await reporting.later(seconds(15))
    expect(bodies(forge)[0]).toContain(`Of commit ${sha(2)}.`)
    const { comment } = await showBuild(services.as(admin), ios)
    expect(comment).toMatchObject({ number: 7, telling: 'told', commitSha: sha(2) })
  })

  test('tells of artifacts with their sizes, and how apps are installed', async () => {
    await using services = await makeServices(settings)
    const { forge, id: repository } = await start(services)
    await using _ = forge
    await using reporting = startReporting(services)
    const runner = await makeRunner(services)
    const [id = ''] = await queueBuilds(services, repository, [ofPull(sha(1))])
    await runner.start()
    await services.db.write(async (tx) => {
      for (const [index, name] of ['app-release.apk', 'notes|`x`.txt'].entries()) {
        await tx.insert(schema.artifacts).values({
          id: newId(),
          buildId: id,
          index,
          name,
          path: name,
          sizeBytes: 48_200_000,
          sha256: 'a'.repeat(64),
          contentType: 'application/octet-stream',
          kind: index === 0 ? 'apk' : 'file',
          storedAt: services.clock(),
          createdAt: services.clock(),
        })
      }
    })
    await runner.finish(id)
    await reporting.settled()
    const [body = ''] = bodies(forge)
    const link = String.raw`https://oore\.example\.com/install/[\w.-]+`
    expect(body).toContain(
      `- [<code>app-release.apk</code>](https://oore.example.com/builds/${id}#artifact-list), 48.2 MB`,
    )
    expect(body).toMatch(new RegExp(`\\*\\*\\[Install\\]\\(${link}\\)\\*\\*`))
    expect(body).toMatch(new RegExp(`<img src="${link}/qr\\.png" width="160"`))
    expect(body.match(/Install/g)).toHaveLength(1)
    expect(body).toContain('<code>notes&#124;&#96;x&#96;.txt</code>')
  })

  test('whose comment somebody deleted gets another with the next push, and not before', async () => {
    await using services = await makeServices(settings)
    const { forge, id: repository } = await start(services)
    await using _ = forge
    await using reporting = startReporting(services)
    const runner = await makeRunner(services)
    const finish = async (commit: string) => {
      const [id = ''] = await queueBuilds(services, repository, [ofPull(commit)])
      await runner.start()
      await runner.finish(id)
      await reporting.later(minutes(1))
      return id
    }
    await finish(sha(1))
    expect(bodies(forge)).toHaveLength(1)
    forge.world.comments.length = 0
    await finish(sha(1))
    const id = await finish(sha(1))
    expect(bodies(forge)).toEqual([])
    expect((await showBuild(services.as(admin), id)).comment).toMatchObject({
      isGone: true,
      telling: 'given_up',
      lastError: 'Somebody deleted the comment. The next push makes a new one.',
    })
    await finish(sha(2))
    expect(bodies(forge)).toHaveLength(1)
    // Whoever asks for it by hand has it at once.
    forge.world.comments.length = 0
    await finish(sha(2))
    expect(bodies(forge)).toEqual([])
    await resendComment(services.as(admin), id)
    await reporting.settled()
    expect(bodies(forge)).toHaveLength(1)
  })

  test('finds its comment by the marker, and takes nobody else’s for it', async () => {
    await using services = await makeServices(settings)
    const { forge, id: repository } = await start(services)
    await using _ = forge
    await using reporting = startReporting(services)
    const runner = await makeRunner(services)
    const finish = async (commit: string) => {
      const [id = ''] = await queueBuilds(services, repository, [ofPull(commit)])
      await runner.start()
      await runner.finish(id)
      await reporting.later(minutes(1))
    }
    await finish(sha(1))
    const [own] = forge.world.comments
    if (!own) throw new Error('there is no comment')
    forge.world.comments.unshift({ ...own, id: 1, author: 'mallory', appId: null })
    await services.db.write(async (tx) => {
      await tx.update(schema.pullRequestComments).set({ handle: null })
    })
    await finish(sha(2))
    expect(forge.world.comments).toHaveLength(2)
    expect(forge.world.comments.find(({ id }) => id === 1)?.body).toContain(sha(1))
    expect(forge.world.comments.find(({ id }) => id === own.id)?.body).toContain(sha(2))
  })

  test.each([
    ['after it was made', 'dropped'],
    ['before it arrived', 'lost'],
  ] as const)('has one comment where an answer got lost %s', async (_name, fate) => {
    await using services = await makeServices(settings)
    const { forge, id: repository } = await start(services)
    await using _ = forge
    await using reporting = startReporting(services)
    const runner = await makeRunner(services)
    const [id = ''] = await queueBuilds(services, repository, [ofPull(sha(1))])
    await runner.start()
    await reporting.settled()
    forge.decide(({ method, path }) =>
      method === 'POST' && path.includes('/comments') ? fate : 'answered',
    )
    await runner.finish(id)
    await reporting.settled()
    forge.decide(() => 'answered')
    await reporting.later(seconds(5))
    await reporting.later(minutes(1))
    expect(bodies(forge)).toHaveLength(1)
    expect(await commentRows(services)).toMatchObject([{ telling: 'told', isUnsure: false }])
  })

  test('has one comment though what a killed server sent arrives late', async () => {
    await using services = await makeServices(settings)
    const { forge, id: repository } = await start(services)
    await using _ = forge
    const runner = await makeRunner(services)
    const isComment = ({ method, path }: { method: string; path: string }) =>
      method === 'POST' && path.includes('/comments')
    {
      await using reporting = startReporting(services)
      const [id = ''] = await queueBuilds(services, repository, [ofPull(sha(1))])
      await runner.start()
      await reporting.settled()
      forge.decide((asked) => (isComment(asked) ? 'held' : 'answered'))
      await runner.finish(id)
      await eventually(() => expect(forge.asked.filter(isComment)).toHaveLength(1))
    }
    forge.decide(() => 'answered')
    await using reporting = startReporting(services)
    await reporting.settled()
    expect(bodies(forge)).toHaveLength(1)
    forge.release()
    await eventually(() => expect(bodies(forge)).toHaveLength(2))
    await reporting.later(minutes(1))
    expect(bodies(forge)).toHaveLength(1)
  })

  test('of a forge that fails for an hour is commented then, as things are', async () => {
    await using services = await makeServices(settings)
    const { forge, id: repository } = await start(services)
    await using _ = forge
    await using reporting = startReporting(services)
    const runner = await makeRunner(services)
    const down: Fate = { status: 503, json: { message: 'Unavailable' } }
    forge.decide(() => down)
    const [id = ''] = await queueBuilds(services, repository, [ofPull(sha(1))])
    await runner.start()
    await runner.finish(id)
    for (let minute = 0; minute < 60; minute += 1) await reporting.later(minutes(1))
    expect(forge.asked.length).toBeLessThan(60)
    expect(await commentRows(services)).toMatchObject([{ telling: 'waiting' }])
    forge.decide(() => 'answered')
    await reporting.later(minutes(15))
    expect(bodies(forge)).toHaveLength(1)
    expect(bodies(forge)[0]).toContain('1 succeeded')
  })

  test('is not commented where that was turned off, nor in the name of a token', async () => {
    await using services = await makeServices(settings)
    const { forge, id: repository } = await start(services)
    await using _ = forge
    await using reporting = startReporting(services)
    const runner = await makeRunner(services)
    await changeRepository(services.as(admin), repository, { pull_request_comments: false })
    forge.addToken(forgeToken, 'ada')
    forge.addRepository('lumen/other', { dir: null })
    const byToken = await forgeRepository(services, 'github', `${forge.url}/lumen/other.git`)
    const ids = [
      ...(await queueBuilds(services, repository, [ofPull(sha(1))])),
      ...(await queueBuilds(services, byToken, [ofPull(sha(1))])),
    ]
    await runner.start()
    for (const id of ids) await runner.finish(id)
    await reporting.settled()
    expect(await commentRows(services)).toEqual([])
    expect(bodies(forge)).toEqual([])
  })

  test('that Oore may not write on is given up in words', async () => {
    await using services = await makeServices(settings)
    const { forge, id: repository, installation } = await start(services)
    await using _ = forge
    await using reporting = startReporting(services)
    const runner = await makeRunner(services)
    installation.permissions = { checks: 'write' }
    const [id = ''] = await queueBuilds(services, repository, [ofPull(sha(1))])
    await runner.start()
    await runner.finish(id)
    await reporting.settled()
    await reporting.later(hours(1))
    const [row] = await commentRows(services)
    expect(row).toMatchObject({ telling: 'given_up' })
    expect(row?.lastError).toMatch(/^GitHub does not let Oore comment there\./)
  })
})

test('a merge request on GitLab has one note, where the repository says so', async () => {
  await using services = await makeServices(settings)
  await using forge = await startFakeGitlab({ token: forgeToken, projects: ['lumen/wallet'] })
  await using reporting = startReporting(services)
  const address = `${forge.url}/lumen/wallet.git`
  const repository = await forgeRepository(services, 'gitlab', address)
  await changeRepository(services.as(admin), repository, { pull_request_comments: true })
  const [project] = forge.world.projects
  if (!project) throw new Error('there is no project')
  forge.world.mergeRequests.push({ ...mergeRequest, projectId: project.id })
  const runner = await makeRunner(services)
  for (const commit of [sha(1), sha(2)]) {
    const [id = ''] = await queueBuilds(services, repository, [
      { ...ofPull(commit), triggerType: 'merge_request' },
    ])
    await runner.start()
    await runner.finish(id)
    await reporting.later(minutes(1))
  }
  expect(forge.world.notes).toHaveLength(1)
  expect(forge.world.notes[0]?.body).toContain(`Of commit ${sha(2)}.`)
  // GitLab carries out lines that begin with a slash.
  expect(forge.world.notes[0]?.body).not.toMatch(/^\s*\//m)
  expect(forge.breaches).toEqual([])
})

const mergeRequest = {
  id: 70,
  iid: 7,
  sourceProjectId: null,
  sourceBranch: 'feature/x',
  targetBranch: 'main',
  headSha: sha(1),
  mergeSha: null,
  title: 'Add a feature',
  description: '',
  author: 'ines',
  draft: false,
  state: 'opened' as const,
  labels: [],
  createdAt: '2026-11-20T16:00:00Z',
}

const testsFound = {
  type: 'tests.found' as const,
  position: 0,
  first: 0,
  tests: [
    {
      suite: 'cart',
      name: 'adds [one]',
      status: 'failed' as const,
      duration_ms: 12,
      message: 'Expected 2\nbut was 1',
      details: null,
      file: null,
      line: null,
    },
  ],
}
