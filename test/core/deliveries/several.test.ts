import { eq } from 'drizzle-orm'
import { describe, expect, test } from 'vitest'
import type { Ctx } from '../../../src/core/ctx.ts'
import { showDelivery } from '../../../src/core/deliveries/find.ts'
import { processDelivery } from '../../../src/core/deliveries/process.ts'
import { redeliver } from '../../../src/core/deliveries/redeliver.ts'
import { schema } from '../../../src/db/client.ts'
import { OoreError } from '../../../src/lib/errors.ts'
import { scmFor } from '../../../src/scm/index.ts'
import { admin, makeServices, type TestServices } from '../../support/ctx.ts'
import { payloadCommits } from '../../support/payloads.ts'
import { decided, told } from '../../support/push.ts'
import type { TestRepo } from '../../support/repo.ts'

const content = JSON.stringify({
  workflows: {
    check: { triggering: { events: ['push'] }, scripts: ['make'] },
    release: { triggering: { events: ['tag'] }, scripts: ['make'] },
  },
})
const several = 'push.several'

/** What `push.several` tells of: two branches and a tag at one commit, and a branch that is gone. */
function pushSeveral(git: TestRepo): Record<string, string> {
  git.branch('feature/rounding')
  git.tag('v1.4.0')
  return { [payloadCommits.after]: git.head() }
}

const described = (builds: readonly Record<string, unknown>[]) =>
  builds.map(({ workflow, branch, tag }) => [workflow, branch ?? tag])

describe('a push that moved several branches and tags', () => {
  test('starts the builds of each, and says of each what became of it', async () => {
    await using services = await makeServices()
    const { git, repository } = await services.repository({ 'oore.yaml': content }, 'bitbucket')
    const { delivery, builds } = await told(services, repository, several, pushSeveral(git))
    expect(described(builds)).toEqual([
      ['check', 'main'],
      ['check', 'feature/rounding'],
      ['release', 'v1.4.0'],
    ])
    expect(delivery.status).toBe('processed')
    expect(delivery.reason.split('\n').filter((line) => !/was (not )?started/.test(line))).toEqual([
      'main: By oore.yaml:',
      'feature/rounding: By oore.yaml:',
      'v1.4.0: By oore.yaml:',
      'refs/heads/feature/old was deleted: there is nothing to build.',
    ])
  })

  test('starts nothing twice when it is decided twice, and all anew when it is redelivered', async () => {
    await using services = await makeServices()
    const { git, repository } = await services.repository({ 'oore.yaml': content }, 'bitbucket')
    const first = await told(services, repository, several, pushSeveral(git))
    await setReceived(services, first.delivery.id)
    const again = await decided(services, first.delivery.id)
    expect(again.builds.map(({ id }) => id)).toEqual(first.builds.map(({ id }) => id))
    await redeliver(services.as(admin), first.delivery.id)
    const anew = await decided(services, first.delivery.id)
    expect(anew.builds).toHaveLength(3)
    expect(anew.builds.some(({ id }) => first.builds.some((old) => old.id === id))).toBe(false)
  })

  test('builds the others where one cannot be built, and has failed with its reason', async () => {
    await using services = await makeServices()
    const { git, repository } = await services.repository({ 'oore.yaml': content }, 'bitbucket')
    // There is no such tag.
    git.branch('feature/rounding')
    const changes = { [payloadCommits.after]: git.head() }
    const { delivery, builds } = await told(services, repository, several, changes)
    expect(described(builds)).toEqual([
      ['check', 'main'],
      ['check', 'feature/rounding'],
    ])
    expect(delivery.status).toBe('failed')
    expect(delivery.reason).toMatch(/^v1\.4\.0: .*v1\.4\.0/m)
  })

  test('builds the others at once where one has to wait, and that one later', async () => {
    await using services = await makeServices()
    const { git, repository } = await services.repository({ 'oore.yaml': content }, 'bitbucket')
    const changes = pushSeveral(git)
    const away = serverAwayForTags(services)
    const { delivery } = await told(away, repository, several, changes)
    expect(delivery).toMatchObject({
      status: 'received',
      reason: expect.stringContaining('is away'),
    })
    expect(described(await allBuilds(services))).toEqual([
      ['check', 'main'],
      ['check', 'feature/rounding'],
    ])
    const { builds } = await decided(services, delivery.id)
    expect(described(builds)).toHaveLength(3)
    expect(await allBuilds(services)).toHaveLength(3)
  })

  test('asks a git server that is away a few times, and not for every branch', async () => {
    await using services = await makeServices()
    const { git, repository } = await services.repository({ 'oore.yaml': content }, 'bitbucket')
    const first = await told(services, repository, several, pushSeveral(git))
    const commit = git.head()
    const events = Array.from({ length: 100 }, (_, n) => ({ is: 'tag', tag: `v${n}`, commit }))
    const { deliveries } = schema
    await services.db.write(async (tx) => {
      const happened = { is: 'several', events }
      await tx.update(deliveries).set({ happened, status: 'received', attempts: 0 })
    })
    const asked: string[] = []
    const away = serverAwayForTags(services, (tag) => asked.push(tag))
    const row = await rowOf(services, first.delivery.id)
    await processDelivery(away.as({ is: 'system' }), row)
    expect(asked).toEqual(['v0', 'v1', 'v2'])
    expect(await rowOf(services, row.id)).toMatchObject({ status: 'received', attempts: 1 })
  })

  test('keeps the builds of the others where one was away to the end', async () => {
    await using services = await makeServices()
    const { git, repository } = await services.repository({ 'oore.yaml': content }, 'bitbucket')
    const changes = pushSeveral(git)
    const away = serverAwayForTags(services)
    const { delivery } = await told(away, repository, several, changes)
    for (let attempt = 1; attempt < 5; attempt += 1) {
      await processDelivery(away.as({ is: 'system' }), await rowOf(services, delivery.id))
    }
    const ended = await showDelivery(services.as(admin), delivery.id)
    expect(ended).toMatchObject({ status: 'failed', reason: expect.stringContaining('is away') })
    expect(ended.buildIds).toHaveLength(2)
  })
})

/** The same services, whose git server does not answer for tags. */
function serverAwayForTags(
  services: TestServices,
  onLook: (tag: string) => void = () => {},
): TestServices {
  const scm: Ctx['scm'] = (provider) => {
    const real = scmFor(provider)
    return {
      ...real,
      look: async (source, want, ...more) => {
        if (!('tag' in want)) return real.look(source, want, ...more)
        onLook(want.tag)
        throw new OoreError('unavailable', 'The git server is away.')
      },
    }
  }
  return { ...services, as: (actor) => ({ ...services.as(actor), scm }) }
}

const allBuilds = ({ db }: TestServices) =>
  db.read.select().from(schema.builds).orderBy(schema.builds.id).all()

async function rowOf({ db }: TestServices, id: string) {
  const { deliveries } = schema
  const row = await db.read.select().from(deliveries).where(eq(deliveries.id, id)).get()
  if (!row) throw new Error('the delivery is gone')
  return row
}

/** As after a server that was killed between starting the builds and writing that down. */
async function setReceived({ db }: TestServices, id: string): Promise<void> {
  const { deliveries } = schema
  await db.write(async (tx) => {
    await tx.update(deliveries).set({ status: 'received' }).where(eq(deliveries.id, id))
  })
}
