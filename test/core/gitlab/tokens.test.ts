import { describe, expect, test } from 'vitest'
import { eq } from 'drizzle-orm'
import { findGitlabInstances } from '../../../src/core/gitlab/find.ts'
import { accessTokenOf, refreshInstance } from '../../../src/core/gitlab/tokens.ts'
import { workGitlab } from '../../../src/core/gitlab/worker.ts'
import { schema } from '../../../src/db/client.ts'
import { hours, minutes } from '../../../src/lib/clock.ts'
import { TestApp } from '../../support/app.ts'
import { eventually } from '../../support/eventually.ts'
import { startFakeGitlab } from '../../support/fake-forges/gitlab.ts'
import { api, authorize, connect, loopbackSettings } from '../../support/gitlab.ts'

const tokenCalls = 'POST /oauth/token'

async function connected() {
  const app = await TestApp.start(loopbackSettings)
  const { services } = app
  const gitlab = await startFakeGitlab({ now: services.clock })
  await connect(app, gitlab)
  const system = services.as({ is: 'system' })
  const [first] = await findGitlabInstances(system)
  const id = first?.id ?? ''
  return {
    app,
    services,
    gitlab,
    system,
    id,
    token: async () => (await accessTokenOf(system, id)).token.reveal(),
    row: async () => (await findGitlabInstances(system))[0],
    /** Tokens that are good at GitLab. */
    good: () => gitlab.world.tokens.filter(({ isRevoked }) => !isRevoked).map(({ token }) => token),
    async [Symbol.asyncDispose]() {
      await gitlab[Symbol.asyncDispose]()
      await app[Symbol.asyncDispose]()
    },
  }
}

describe('an access token', () => {
  test('is the same until ten minutes before its end, then a new one', async () => {
    await using it = await connected()
    const before = await it.token()
    it.services.advance(minutes(109))
    expect(await it.token()).toBe(before)
    it.services.advance(minutes(2))
    const after = await it.token()
    expect(after).not.toBe(before)
    expect(it.good()).toEqual([after])
    expect(it.gitlab.count(tokenCalls)).toBe(2)
    expect(it.gitlab.breaches).toEqual([])
  })

  test('is refreshed by one flight for all who wait', async () => {
    await using it = await connected()
    it.services.advance(hours(2))
    it.gitlab.decide(({ endpoint }) => (endpoint === tokenCalls ? 'held' : 'answered'))
    const all = Promise.all(Array.from({ length: 20 }, () => it.token()))
    await eventually(() => {
      if (it.gitlab.count(tokenCalls) < 2) throw new Error('nobody asked yet')
    }, 5000)
    it.gitlab.release()
    const tokens = new Set(await all)
    expect([...tokens]).toEqual(it.good())
    expect(it.gitlab.count(tokenCalls)).toBe(2)
  })

  test('is kept before it is used, and what is stored is sealed', async () => {
    await using it = await connected()
    it.services.advance(hours(2))
    const token = await it.token()
    const row = await it.row()
    expect(JSON.stringify(row)).not.toContain(token)
    expect(row).toMatchObject({ state: 'connected', refreshingSince: null, trouble: null })
  })

  test('that is still good is used while GitLab cannot be asked for more', async () => {
    await using it = await connected()
    const before = await it.token()
    await it.gitlab[Symbol.asyncDispose]()
    // Takes the connection that was kept open: of the next it is sure that nothing was sent.
    expect((await api(it.app, 'GET', '/gitlab/projects')).status).toBe(503)
    it.services.advance(minutes(115))
    expect(await it.token()).toBe(before)
    expect(await it.row()).toMatchObject({
      state: 'connected',
      trouble: expect.stringMatching(/refuses connections/),
    })
    it.services.advance(minutes(10))
    await expect(it.token()).rejects.toMatchObject({ trouble: 'unavailable' })
  })
})

describe('access that is lost', () => {
  test('is to be authorized again, says so on every page of an administrator, and then is well', async () => {
    await using it = await connected()
    it.services.advance(hours(2))
    it.gitlab.revokeAll()
    await expect(it.token()).rejects.toMatchObject({
      trouble: 'conflict',
      message: expect.stringMatching(/revoked.*Authorize Oore there again/),
    })
    expect(await it.row()).toMatchObject({ state: 'reauthorize', accessTokenSealed: null })
    const browser = await it.app.asBrowser()
    for (const path of ['/', '/builds', '/repositories', '/settings/gitlab']) {
      expect(await (await browser.ask(path)).text()).toContain('has no access to')
    }
    const refreshed = await api(it.app, 'POST', '/gitlab/refresh', {})
    expect([refreshed.status, refreshed.json.detail]).toMatchObject([
      409,
      expect.stringMatching(/Authorize Oore there again/),
    ])
    expect((await authorize(it.app)).status).toBe(200)
    expect(it.good()).toContain(await it.token())
    expect(await (await browser.ask('/builds')).text()).not.toContain('has no access to')
  })

  test('in the middle of a refresh is found at the next start, with the reason', async () => {
    await using it = await connected()
    // As a server leaves it that is killed between GitLab's answer and its own storing of it.
    const { gitlabInstances: g } = schema
    const before = await it.row()
    await refreshInstance(it.system, it.id)
    await it.services.db.write(async (tx) => {
      const old = {
        accessTokenSealed: before?.accessTokenSealed ?? null,
        refreshTokenSealed: before?.refreshTokenSealed ?? null,
        refreshingSince: it.services.clock(),
      }
      await tx.update(g).set(old).where(eq(g.id, it.id))
    })
    const stopping = new AbortController()
    const working = workGitlab(it.system, stopping.signal)
    await eventually(async () => {
      const row = await it.row()
      if (row?.state !== 'reauthorize') throw new Error(`it is ${row?.state}`)
    }, 5000)
    stopping.abort()
    await working
    expect((await it.row())?.trouble).toMatch(/between asking .* for new tokens and keeping them/)
  })

  test('is not lost where GitLab never heard of the refresh', async () => {
    await using it = await connected()
    it.services.advance(hours(2))
    it.gitlab.decide(({ endpoint }) => (endpoint === tokenCalls ? 'lost' : 'answered'))
    await expect(it.token()).rejects.toMatchObject({ trouble: 'unavailable' })
    expect((await it.row())?.refreshingSince).not.toBeNull()
    it.gitlab.decide(() => 'answered')
    const token = await it.token()
    expect(it.good()).toEqual([token])
    expect(await it.row()).toMatchObject({ state: 'connected', refreshingSince: null })
  })

  test('is lost where its answer got lost, and that is said', async () => {
    await using it = await connected()
    it.services.advance(hours(2))
    it.gitlab.decide(({ endpoint }) => (endpoint === tokenCalls ? 'dropped' : 'answered'))
    await expect(it.token()).rejects.toMatchObject({ trouble: 'unavailable' })
    it.gitlab.decide(() => 'answered')
    await expect(it.token()).rejects.toMatchObject({
      trouble: 'conflict',
      message: expect.stringMatching(/the connection broke, between asking/),
    })
  })

  test('by an application that was changed asks to register it again', async () => {
    await using it = await connected()
    it.services.advance(hours(2))
    for (const app of it.gitlab.world.apps) app.clientSecret = 'another-secret'
    await expect(it.token()).rejects.toMatchObject({
      message: expect.stringMatching(/Register the instance again/),
    })
  })
})

describe('the worker', () => {
  test('refreshes ahead, in a quiet moment', async () => {
    await using it = await connected()
    it.services.advance(minutes(65))
    const stopping = new AbortController()
    const working = workGitlab(it.system, stopping.signal)
    await eventually(() => {
      if (it.gitlab.count(tokenCalls) < 2) throw new Error('nothing was refreshed')
    }, 5000)
    stopping.abort()
    await working
    expect(await it.row()).toMatchObject({ state: 'connected' })
  })
})
