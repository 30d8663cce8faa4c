import { eq } from 'drizzle-orm'
import { describe, expect, test } from 'vitest'
import { listDeliveries } from '../../../src/core/deliveries/list.ts'
import { reconciledRepositories, reconcileRepository } from '../../../src/core/reconcile/compare.ts'
import { changeRepository } from '../../../src/core/repositories/change.ts'
import { schema } from '../../../src/db/client.ts'
import { admin, makeServices, type TestServices } from '../../support/ctx.ts'
import { decided, pushed } from '../../support/push.ts'
import type { TestRepo } from '../../support/repo.ts'

const workflows = `workflows:
  app:
    triggering: { events: [push, tag] }
    scripts: [make]
`

describe('after the server was away', () => {
  test('each branch and tag that was pushed meanwhile is built once, where it stands now', async () => {
    await using it = await heardOf()
    for (const text of ['1', '2', '3']) it.git.commit({ 'a.txt': text })
    it.git.tag('v1.0.0')
    it.git.branch('feature/x')
    const feature = it.git.commit({ 'b.txt': 'b' })
    const found = await it.reconcile()
    expect(
      found.map(({ builds }) =>
        builds.map(({ branch, tag, commitSha }) => [branch ?? tag, commitSha]),
      ),
    ).toEqual(
      expect.arrayContaining([
        [['main', it.git.git('rev-parse', 'main')]],
        [['feature/x', feature]],
        [['v1.0.0', it.git.git('rev-parse', 'main')]],
      ]),
    )
    expect(found.map(({ delivery }) => delivery.status)).toEqual(Array(3).fill('processed'))
    expect(await it.reconcile()).toEqual([])
  })

  test('a webhook that tells of the same after all starts nothing twice, and says which build it is', async () => {
    await using it = await heardOf()
    const head = it.git.commit({ 'a.txt': 'a' })
    const [found] = await it.reconcile()
    it.services.advance(1000)
    const { delivery, builds } = await pushed(it.services, it.repositoryId, head)
    expect(builds.map(({ id }) => id)).toEqual(found?.builds.map(({ id }) => id))
    expect(delivery.reason).toContain(`build #${found?.builds[0]?.number} is of the same commit`)
  })

  test('a webhook that tells of the same commit a second time tells of another push', async () => {
    await using it = await heardOf()
    const head = it.git.commit({ 'a.txt': 'a' })
    const first = await pushed(it.services, it.repositoryId, head)
    it.services.advance(1000)
    const again = await pushed(it.services, it.repositoryId, head, 'refs/heads/main', 'again')
    expect(again.builds).toHaveLength(1)
    expect(again.builds[0]?.id).not.toBe(first.builds[0]?.id)
  })

  test('what a webhook told of is no news', async () => {
    await using it = await heardOf()
    await pushed(it.services, it.repositoryId, it.git.commit({ 'a.txt': 'a' }))
    expect(await it.reconcile()).toEqual([])
  })

  test('a branch that is gone is forgotten, and built when it comes back elsewhere', async () => {
    await using it = await heardOf()
    it.git.git('branch', 'short', 'HEAD')
    await it.reconcile()
    it.git.git('branch', '-D', 'short')
    expect(await it.reconcile()).toEqual([])
    it.git.commit({ 'a.txt': 'a' })
    it.git.git('branch', 'short', 'HEAD')
    expect((await it.reconcile()).length).toBe(2)
  })
})

describe('the first look', () => {
  test('writes down what is there and builds none of it', async () => {
    await using services = await makeServices()
    const { git, repository } = await services.repository({ 'oore.yaml': workflows })
    git.tag('v0.9.0')
    const system = services.as({ is: 'system' })
    expect(await reconcileRepository(system, repository.id)).toEqual({ found: 0 })
    expect(await reconcileRepository(system, repository.id)).toEqual({ found: 0 })
  })

  test('is taken of repositories whose hook has proved itself, or that a connection speaks for', async () => {
    await using services = await makeServices()
    const { git, repository } = await services.repository({ 'oore.yaml': workflows })
    const system = services.as({ is: 'system' })
    expect(await reconciledRepositories(system)).toEqual([])
    await pushed(services, repository.id, git.head())
    expect(await reconciledRepositories(system)).toEqual([{ id: repository.id, isKnown: false }])
    await reconcileRepository(system, repository.id)
    expect(await reconciledRepositories(system)).toEqual([{ id: repository.id, isKnown: true }])
    await changeRepository(services.as(admin), repository.id, { state: 'inactive' })
    expect(await reconciledRepositories(system)).toEqual([])
  })
})

/** A repository whose hook works and whose refs are known. */
async function heardOf() {
  const services = await makeServices()
  const { git, repository } = await services.repository({ 'oore.yaml': workflows })
  const system = services.as({ is: 'system' })
  await pushed(services, repository.id, git.head())
  await reconcileRepository(system, repository.id)
  return {
    services,
    git,
    repositoryId: repository.id,
    reconcile: () => reconciled(services, repository.id),
    [Symbol.asyncDispose]: () => services[Symbol.asyncDispose](),
  } satisfies { git: TestRepo } & AsyncDisposable & Record<string, unknown>
}

/** What a comparison found, decided. */
async function reconciled(services: TestServices, repositoryId: string) {
  const { found } = await reconcileRepository(services.as({ is: 'system' }), repositoryId)
  const { data } = await listDeliveries(
    services.as(admin),
    { repository: repositoryId, provider: null, event: 'found', status: 'received' },
    { limit: 100, cursor: null },
  )
  expect(data.length).toBe(found)
  const all = []
  for (const { id } of data) all.push(await decided(services, id))
  const left = await services.db.read
    .select()
    .from(schema.deliveries)
    .where(eq(schema.deliveries.status, 'received'))
    .all()
  expect(left).toEqual([])
  return all
}
