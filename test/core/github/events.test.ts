import { describe, expect, test } from 'vitest'
import { processDelivery } from '../../../src/core/deliveries/process.ts'
import { listBuilds } from '../../../src/core/builds/list.ts'
import { noFilters } from '../../../src/core/builds/filters.ts'
import { addRepository } from '../../../src/core/repositories/add.ts'
import { removeRepository } from '../../../src/core/repositories/remove.ts'
import { schema } from '../../../src/db/client.ts'
import { eq } from 'drizzle-orm'
import { admin } from '../../support/ctx.ts'
import type { Repository } from '../../support/fake-forges/github/world.ts'
import { GithubWorld } from '../../support/github-app.ts'
import { workflow } from '../../support/oore.ts'

/** Tells Oore, and gives what came of it, as the worker of deliveries decides it. */
async function told(world: GithubWorld, event: string, payload: object) {
  const { status, json } = await world.tell(event, payload)
  if (status !== 202) throw new Error(`webhook: ${status} ${JSON.stringify(json)}`)
  return decided(world, json.event_id)
}

async function decided(world: GithubWorld, id: string) {
  const { deliveries: d } = schema
  const { services } = world.app
  const row = await services.db.read.select().from(d).where(eq(d.id, id)).get()
  if (row) await processDelivery(services.as({ is: 'system' }), row)
  return services.db.read.select().from(d).where(eq(d.id, id)).get()
}

/** Nothing of GitHub answers any more: what is done is done from the payload alone. */
const cutOff = (world: GithubWorld) => world.github.decide(() => ({ status: 503 }))

const idOf = async (world: GithubWorld, name: string): Promise<string> =>
  (await world.api(`/repositories?q=${name}`)).data[0].id

async function connected(...names: string[]) {
  const world = await GithubWorld.start()
  const repositories = names.map((name) => world.github.addRepository(name))
  const { installation } = await world.connect()
  return { world, installation, repositories: repositories as [Repository, ...Repository[]] }
}

describe('what GitHub tells of the App’s reach is done from the payload alone', () => {
  test('repositories are added and taken out', async () => {
    const { world, installation, repositories } = await connected('lumen/wallet')
    await using _ = world
    const site = world.github.addRepository('lumen/site')
    cutOff(world)
    const added = world.github.payloads.installationRepositories(installation, 'added', [site])
    expect(await told(world, 'installation_repositories', added)).toMatchObject({
      status: 'processed',
      reason: 'lumen: lumen/site was added.',
    })
    expect(await world.repositories()).toEqual({ 'lumen/wallet': 'active', 'lumen/site': 'active' })
    // Told twice is told once.
    await told(world, 'installation_repositories', added)
    expect(Object.keys(await world.repositories())).toHaveLength(2)
    const removed = world.github.payloads.installationRepositories(
      installation,
      'removed',
      repositories,
    )
    expect(await told(world, 'installation_repositories', removed)).toMatchObject({
      reason: 'lumen: lumen/wallet was paused: taken out of the installation.',
    })
    expect(await world.repositories()).toMatchObject({
      'lumen/wallet': expect.stringContaining('taken out of the installation'),
    })
  })

  test('a repository keeps its builds through renames and transfers', async () => {
    const { world, repositories } = await connected('lumen/wallet')
    await using _ = world
    const [wallet] = repositories
    const id = await idOf(world, 'wallet')
    cutOff(world)
    wallet.name = 'purse'
    const renamed = world.github.payloads.repository(
      wallet,
      'renamed',
      {
        repository: { name: { from: 'wallet' } },
      },
      world.github.world.apps[0],
    )
    expect(await told(world, 'repository', renamed)).toMatchObject({
      status: 'processed',
      reason: 'lumen/wallet is called lumen/purse now. Its builds stay with it.',
      repositoryId: id,
    })
    expect(await world.api(`/repositories/${id}`)).toMatchObject({
      full_name: 'lumen/purse',
      clone_url: `${world.github.url}/lumen/purse.git`,
    })
  })

  test('another may take the name that one has left, in whichever order it is told', async () => {
    const { world, repositories } = await connected('lumen/a', 'lumen/b')
    await using _ = world
    const [a, b] = repositories as unknown as [Repository, Repository]
    const [idOfA, idOfB] = [await idOf(world, 'lumen/a'), await idOf(world, 'lumen/b')]
    cutOff(world)
    const app = world.github.world.apps[0]
    b.name = 'c'
    a.name = 'b'
    // That a is b now is told first, while b is not yet known to be c.
    await told(world, 'repository', world.github.payloads.repository(a, 'renamed', {}, app))
    await told(world, 'repository', world.github.payloads.repository(b, 'renamed', {}, app))
    const names = await Promise.all(
      [idOfA, idOfB].map(async (id) => (await world.api(`/repositories/${id}`)).full_name),
    )
    expect(names).toEqual(['lumen/b', 'lumen/c'])
  })

  test('archiving pauses, and ends; what a person paused stays so', async () => {
    const { world, repositories } = await connected('lumen/wallet')
    await using _ = world
    const [wallet] = repositories
    const app = world.github.world.apps[0]
    cutOff(world)
    const tell = (archived: boolean) => {
      wallet.archived = archived
      const action = archived ? 'archived' : 'unarchived'
      return told(world, 'repository', world.github.payloads.repository(wallet, action, {}, app))
    }
    await tell(true)
    expect(await world.repositories()).toEqual({ 'lumen/wallet': 'It is archived on GitHub.' })
    await tell(false)
    expect(await world.repositories()).toEqual({ 'lumen/wallet': 'active' })
    const id = await idOf(world, 'wallet')
    await world.api(`/repositories/${id}`, { method: 'PATCH', json: { state: 'inactive' } })
    await tell(true)
    await tell(false)
    expect(await world.repositories()).toEqual({ 'lumen/wallet': 'inactive' })
  })

  test('one that is made private, or deleted, is so here', async () => {
    const { world, repositories } = await connected('lumen/wallet')
    await using _ = world
    const [wallet] = repositories
    const app = world.github.world.apps[0]
    cutOff(world)
    wallet.private = false
    await told(world, 'repository', world.github.payloads.repository(wallet, 'publicized', {}, app))
    const id = await idOf(world, 'wallet')
    expect(await world.api(`/repositories/${id}`)).toMatchObject({ is_private: false })
    await told(world, 'repository', world.github.payloads.repository(wallet, 'deleted', {}, app))
    expect(await world.repositories()).toEqual({ 'lumen/wallet': 'It was deleted on GitHub.' })
  })

  test('suspending pauses all, and its end lets them go on', async () => {
    const { world, installation } = await connected('lumen/wallet')
    await using _ = world
    cutOff(world)
    const say = (action: string) =>
      told(world, 'installation', world.github.payloads.installation(installation, action))
    installation.suspendedAt = '2026-01-01T12:00:00Z'
    await say('suspend')
    expect(await world.repositories()).toEqual({
      'lumen/wallet': 'The GitHub App is suspended on GitHub.',
    })
    installation.suspendedAt = null
    await say('unsuspend')
    expect(await world.repositories()).toEqual({ 'lumen/wallet': 'active' })
  })

  test('uninstalling pauses all for good: what was told before undoes nothing', async () => {
    const { world, installation } = await connected('lumen/wallet')
    await using _ = world
    cutOff(world)
    const created = world.github.payloads.installation(installation, 'created')
    await told(world, 'installation', world.github.payloads.installation(installation, 'deleted'))
    expect(await told(world, 'installation', created)).toMatchObject({
      status: 'ignored',
      reason: 'lumen has uninstalled the GitHub App since.',
    })
    expect(await world.repositories()).toEqual({
      'lumen/wallet': 'The GitHub App was uninstalled.',
    })
    expect((await world.api('/github')).installations).toEqual([])
  })

  test('what is older than what is known changes nothing', async () => {
    const { world, installation, repositories } = await connected('lumen/wallet')
    await using _ = world
    cutOff(world)
    const removed = world.github.payloads.installationRepositories(
      installation,
      'removed',
      repositories,
    )
    const old = { ...removed.installation, updated_at: '2020-01-01T00:00:00Z' }
    expect(
      await told(world, 'installation_repositories', { ...removed, installation: old }),
    ).toMatchObject({
      status: 'ignored',
      reason: 'GitHub has told something newer since. All of it is fetched anew.',
    })
    expect(await world.repositories()).toEqual({ 'lumen/wallet': 'active' })
  })
})

describe('a repository that was there before', () => {
  test('is taken over by its name, in any case of letters, with all that it has', async () => {
    await using world = await GithubWorld.start()
    const { services } = world.app
    const { repository } = await addRepository(services.as(admin), {
      provider: 'github',
      clone_url: `${world.github.url}/Lumen/Wallet.git`,
    })
    world.github.addRepository('lumen/wallet')
    await world.connect()
    const { data } = await world.api('/repositories')
    expect(data).toHaveLength(1)
    expect(data[0]).toMatchObject({
      id: repository.id,
      full_name: 'lumen/wallet',
      is_connected: true,
      has_webhook_secret: true,
    })
  })

  test('and was removed stays away, until somebody chooses it on GitHub again', async () => {
    const { world, installation, repositories } = await connected('lumen/wallet')
    await using _ = world
    const id = await idOf(world, 'wallet')
    await removeRepository(world.app.services.as(admin), id, { force: false })
    await world.api('/github/sync', { method: 'POST' })
    expect(await world.repositories()).toEqual({})
    const done = await world.github.push(repositories[0], {}, { told: false })
    const push = world.github.payloads.push(repositories[0], done, world.github.world.apps[0])
    expect(await told(world, 'push', push)).toMatchObject({
      status: 'ignored',
      reason: 'The repository was removed from Oore. Add it again to build it.',
    })
    const { payloads } = world.github
    const added = payloads.installationRepositories(installation, 'added', repositories)
    await told(world, 'installation_repositories', added)
    expect(await world.repositories()).toEqual({ 'lumen/wallet': 'active' })
  })
})

describe('a push that the App tells of', () => {
  async function pushed(files: Record<string, string>) {
    const { world, repositories, installation } = await connected('lumen/wallet')
    const [wallet] = repositories
    const push = await world.github.push(wallet, { files }, { told: false })
    const payload = world.github.payloads.push(wallet, push, world.github.world.apps[0])
    return { world, wallet, payload, installation }
  }

  test('is built, its code read by a token for that one repository that may only read', async () => {
    const { world, payload, wallet } = await pushed({ 'oore.yaml': workflow('true') })
    await using _ = world
    expect(await told(world, 'push', payload)).toMatchObject({ status: 'processed' })
    const { data } = await listBuilds(world.app.services.as(admin), noFilters, {
      limit: 10,
      cursor: null,
    })
    expect(data).toHaveLength(1)
    expect(data[0]).toMatchObject({ repository: 'lumen/wallet', status: 'pending' })
    const minted = world.github.world.tokens.flatMap((token) =>
      token.is === 'installation' && token.repositoryIds !== null ? [token] : [],
    )
    expect(minted).toMatchObject([
      { repositoryIds: [wallet.id], permissions: { contents: 'read', metadata: 'read' } },
    ])
    const text = JSON.stringify(await world.app.services.db.read.all('select * from builds'))
    expect(text).not.toContain(minted[0]?.token)
    expect(world.github.breaches).toEqual([])
  })

  test('and its own webhook too is built once', async () => {
    const { world, payload } = await pushed({ 'oore.yaml': workflow('true') })
    await using _ = world
    const id = await idOf(world, 'wallet')
    const secret = 'a-webhook-secret-of-tests'
    await world.api(`/repositories/${id}`, { method: 'PATCH', json: { webhook_secret: secret } })
    const own = await world.tell('push', payload, { secret, to: `/${id}` })
    expect(await decided(world, own.json.event_id)).toMatchObject({ status: 'processed' })
    world.app.services.advance(1000)
    expect(await told(world, 'push', payload)).toMatchObject({
      reason: expect.stringContaining('build #1 is of the same commit and event'),
    })
    expect((await world.api('/builds')).data).toHaveLength(1)
  })

  test('of a repository that is not known yet has it fetched first', async () => {
    const { world } = await connected('lumen/wallet')
    await using _ = world
    const site = world.github.addRepository('lumen/site')
    const push = await world.github.push(
      site,
      { files: { 'oore.yaml': workflow('true') } },
      { told: false },
    )
    const payload = world.github.payloads.push(site, push, world.github.world.apps[0])
    const id = (await world.tell('push', payload)).json.event_id
    expect(await decided(world, id)).toMatchObject({
      status: 'processed',
      repositoryId: await idOf(world, 'site'),
    })
  })

  test('of an installation that is not known is ignored, and says so', async () => {
    const { world, payload } = await pushed({ 'oore.yaml': workflow('true') })
    await using _ = world
    const other = { ...payload, installation: { id: 4711 } }
    expect(await told(world, 'push', other)).toMatchObject({
      status: 'ignored',
      reason: expect.stringMatching(/^Unknown installation 4711:/),
    })
  })

  test('is not believed with another signature, and told twice by one id is one', async () => {
    const { world, payload } = await pushed({ 'oore.yaml': workflow('true') })
    await using _ = world
    expect((await world.tell('push', payload, { secret: 'another' })).status).toBe(401)
    expect((await world.tell('push', payload, { id: 'one' })).status).toBe(202)
    expect(await world.tell('push', payload, { id: 'one' })).toMatchObject({
      status: 200,
      json: { status: 'duplicate' },
    })
    const { data } = await world.api('/webhooks/events')
    expect(data.map((each: { status: string }) => each.status)).toEqual(['received', 'rejected'])
  })

  test('waits where the repository is not known and GitHub does not answer', async () => {
    const { world } = await connected('lumen/wallet')
    await using _ = world
    const site = world.github.addRepository('lumen/site')
    const push = await world.github.push(
      site,
      { files: { 'oore.yaml': workflow('true') } },
      { told: false },
    )
    cutOff(world)
    const payload = world.github.payloads.push(site, push, world.github.world.apps[0])
    expect(await told(world, 'push', payload)).toMatchObject({ status: 'received', attempts: 1 })
  })
})

describe('the webhook of one repository', () => {
  test('tells nothing of what the App reaches', async () => {
    const { world, installation } = await connected('lumen/wallet')
    await using _ = world
    const id = await idOf(world, 'wallet')
    const secret = 'a-webhook-secret-of-tests'
    await world.api(`/repositories/${id}`, { method: 'PATCH', json: { webhook_secret: secret } })
    const deleted = world.github.payloads.installation(installation, 'deleted')
    const { status, json } = await world.tell('installation', deleted, { secret, to: `/${id}` })
    expect(status).toBe(202)
    expect(await decided(world, json.event_id)).toMatchObject({ status: 'ignored' })
    expect(await world.repositories()).toEqual({ 'lumen/wallet': 'active' })
  })
})
