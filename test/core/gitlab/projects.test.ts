import { describe, expect, test } from 'vitest'
import { findGitlabInstances } from '../../../src/core/gitlab/find.ts'
import { syncInstance } from '../../../src/core/gitlab/sync.ts'
import { findRepositoryRow } from '../../../src/core/repositories/find.ts'
import { forgeTargetOf, sourceOf } from '../../../src/core/repositories/source.ts'
import { TestApp } from '../../support/app.ts'
import { type FakeGitlabOptions, startFakeGitlab } from '../../support/fake-forges/gitlab.ts'
import { api, connect, loopbackSettings } from '../../support/gitlab.ts'

async function connected(options: FakeGitlabOptions = {}) {
  const app = await TestApp.start(loopbackSettings)
  const gitlab = await startFakeGitlab(options)
  await connect(app, gitlab)
  const wallet = gitlab.addProject('lumen/apps/wallet', { dir: null, members: { ines: 40 } })
  const system = app.services.as({ is: 'system' })
  return {
    app,
    gitlab,
    wallet,
    system,
    enable: (id = wallet.id, body = {}) => api(app, 'POST', `/gitlab/projects/${id}/enable`, body),
    disable: (id = wallet.id) => api(app, 'POST', `/gitlab/projects/${id}/disable`, {}),
    repositories: async () => (await api(app, 'GET', '/repositories')).json.data,
    async sync() {
      const [row] = await findGitlabInstances(system)
      await syncInstance(system, row?.id ?? '', new AbortController().signal)
    },
    async [Symbol.asyncDispose]() {
      await gitlab[Symbol.asyncDispose]()
      await app[Symbol.asyncDispose]()
    },
  }
}

describe('enabling a project', () => {
  test('makes its webhook with secret and signing token, and adds the repository', async () => {
    await using it = await connected()
    const { status, json } = await it.enable()
    expect([status, json]).toMatchObject([
      200,
      {
        webhook: 'made',
        signed: true,
        repository: {
          provider: 'gitlab',
          full_name: 'lumen/apps/wallet',
          owner: 'lumen/apps',
          clone_url: `${it.gitlab.url}/lumen/apps/wallet.git`,
          state: 'active',
        },
      },
    ])
    const [hook, ...others] = it.gitlab.world.hooks
    expect(others).toEqual([])
    expect(hook).toMatchObject({
      url: `http://localhost:8080/api/webhooks/gitlab/${json.repository.id}`,
      token: expect.stringMatching(/^.{32}$/),
      signingToken: expect.stringMatching(/^whsec_/),
      events: { push_events: true, tag_push_events: true, merge_requests_events: true },
    })
    expect(Object.values(hook?.events ?? {}).filter(Boolean)).toHaveLength(3)
    expect(JSON.stringify(json)).not.toContain(hook?.token)
    expect(it.gitlab.breaches).toEqual([])
  })

  test('lets in what GitLab sends, signed, and refuses what others do', async () => {
    await using it = await connected({ now: Date.now })
    const { json } = await it.enable()
    const [hook] = it.gitlab.world.hooks
    if (!hook) throw new Error('there is no hook')
    // GitLab's clock is the machine's; the server of the test has one of its own.
    const timestamp = Math.floor(it.app.services.clock() / 1000)
    const payload = it.gitlab.payloads.testPush(it.wallet)
    const send = async (secrets: 'right' | 'wrong' | 'none') => {
      const sent = await it.gitlab.deliver(hook, 'Push Hook', payload, { secrets, timestamp })
      return it.app.asStranger(`/api/webhooks/gitlab/${json.repository.id}`, {
        headers: sent.requestHeaders,
        body: sent.requestBody,
      })
    }
    expect((await send('right')).status).toBe(202)
    expect((await send('wrong')).status).toBe(401)
    expect((await send('none')).status).toBe(401)
  })

  test('again, or of a hook that leads nowhere any more, adopts what is there', async () => {
    await using it = await connected()
    const first = await it.enable()
    const secret = it.gitlab.world.hooks[0]?.token
    const again = await it.enable()
    expect(again.json).toMatchObject({
      webhook: 'adopted',
      repository: { id: first.json.repository.id },
    })
    expect(it.gitlab.world.hooks).toMatchObject([{ token: secret }])
    const [hook] = it.gitlab.world.hooks
    if (hook) hook.url = 'http://localhost:8080/api/webhooks/gitlab/01KAFZ00000000000000000009'
    await it.enable()
    expect(it.gitlab.world.hooks).toMatchObject([
      { url: `http://localhost:8080/api/webhooks/gitlab/${first.json.repository.id}` },
    ])
  })

  test('twice at once makes one webhook and one repository', async () => {
    await using it = await connected()
    const both = await Promise.all([it.enable(), it.enable()])
    expect(both.map(({ status }) => status)).toEqual([200, 200])
    expect(it.gitlab.world.hooks).toHaveLength(1)
    expect(await it.repositories()).toHaveLength(1)
  })

  test('of an older GitLab goes without a signing token', async () => {
    await using it = await connected({ signs: false, version: '17.0.0' })
    expect((await it.enable()).json).toMatchObject({ signed: false })
    const [row] = await it.repositories()
    const kept = await findRepositoryRow(it.system, row.id)
    expect([kept.signingTokenSealed, kept.webhookSecretSealed]).toMatchObject([
      null,
      expect.stringMatching(/^v1\./),
    ])
  })

  test('takes a repository over that was added by hand, with its builds and secret', async () => {
    await using it = await connected()
    const added = await api(it.app, 'POST', '/repositories', {
      provider: 'gitlab',
      clone_url: `${it.gitlab.url}/lumen/apps/wallet.git`,
      webhook_secret: 'a-webhook-secret-by-hand',
    })
    expect(added.status).toBe(201)
    const { json } = await it.enable()
    expect(json.repository.id).toBe(added.json.id)
    expect(it.gitlab.world.hooks).toMatchObject([{ token: 'a-webhook-secret-by-hand' }])
    expect(await it.repositories()).toHaveLength(1)
  })

  test('below the role Maintainer, archived without a word, or unknown is refused', async () => {
    await using it = await connected()
    const low = it.gitlab.addProject('lumen/low', { dir: null, members: { ines: 30 } })
    const old = it.gitlab.addProject('lumen/old', {
      dir: null,
      archived: true,
      members: { ines: 40 },
    })
    const refused = await it.enable(low.id)
    expect([refused.status, refused.json.detail]).toMatchObject([
      403,
      expect.stringMatching(/is Developer of lumen\/low.*role Maintainer/),
    ])
    const archived = await it.enable(old.id)
    expect([archived.status, archived.json.detail]).toMatchObject([
      409,
      expect.stringMatching(/archived.*confirm_archived/),
    ])
    expect((await it.enable(old.id, { confirm_archived: true })).status).toBe(200)
    expect((await it.enable(999_999)).status).toBe(404)
    expect(it.gitlab.world.hooks).toHaveLength(1)
  })

  test('that fails after the webhook was made takes it back', async () => {
    await using it = await connected()
    it.app.services.db.write = () => Promise.reject(new Error('the disk is full'))
    expect((await it.enable()).status).toBe(500)
    expect(it.gitlab.world.hooks).toEqual([])
    expect(await it.repositories()).toEqual([])
  })

  test('that leaves a webhook behind says so', async () => {
    await using it = await connected()
    it.app.services.db.write = () => Promise.reject(new Error('the disk is full'))
    it.gitlab.decide(({ method }) => (method === 'DELETE' ? { status: 502 } : 'answered'))
    const { status, json } = await it.enable()
    expect([status, json.detail]).toMatchObject([
      409,
      expect.stringMatching(/disk is full.*webhook \d+ is left on GitLab/s),
    ])
  })

  test('whose webhook GitLab refuses tells how to allow it', async () => {
    await using it = await connected()
    it.gitlab.decide(({ method, endpoint }) =>
      method === 'POST' && endpoint?.endsWith('/hooks')
        ? { status: 422, json: { error: 'Invalid url given' } }
        : 'answered',
    )
    const { status, json } = await it.enable()
    expect([status, json.detail]).toMatchObject([409, expect.stringMatching(/Outbound requests/)])
    expect(await it.repositories()).toEqual([])
  })

  test('works with a token that was revoked a moment ago, as long as it can be renewed', async () => {
    await using it = await connected()
    const token = it.gitlab.world.tokens.find(({ is }) => is === 'oauth')
    if (token) token.token = 'replaced-behind-our-back'
    expect((await it.enable()).status).toBe(200)
  })
})

test('a secret that is replaced goes to GitLab too, or the sentence says that it did not', async () => {
  await using it = await connected()
  const { json } = await it.enable()
  const before = it.gitlab.world.hooks[0]?.token
  const changed = (secret: string) =>
    api(it.app, 'PATCH', `/repositories/${json.repository.id}`, { webhook_secret: secret })
  expect((await changed('a-new-secret-of-tests')).status).toBe(200)
  expect(it.gitlab.world.hooks).toMatchObject([{ token: 'a-new-secret-of-tests' }])
  expect(before).not.toBe('a-new-secret-of-tests')
  it.gitlab.decide(() => ({ status: 503 }))
  const untold = await changed('another-secret-of-tests')
  expect([untold.status, untold.json.detail]).toMatchObject([
    409,
    expect.stringMatching(/still has the one before.*within that hour/),
  ])
})

describe('disabling', () => {
  test('removes the webhook and pauses with the reason; enabled again it goes on', async () => {
    await using it = await connected()
    const { json } = await it.enable()
    const { status, json: disabled } = await it.disable()
    expect([status, disabled.repository]).toMatchObject([
      200,
      { state: 'inactive', state_reason: expect.stringMatching(/disabled/) },
    ])
    expect(it.gitlab.world.hooks).toEqual([])
    const trigger = await api(it.app, 'POST', `/repositories/${json.repository.id}/trigger`, {})
    expect([trigger.status, trigger.json.detail]).toMatchObject([
      409,
      expect.stringMatching(/is paused\. It was disabled/),
    ])
    expect((await it.enable()).json.repository).toMatchObject({
      id: json.repository.id,
      state: 'active',
      state_reason: null,
    })
  })

  test('of what is not enabled is not found; without GitLab nothing changes', async () => {
    await using it = await connected()
    expect((await it.disable()).status).toBe(404)
    await it.enable()
    it.gitlab.decide(() => ({ status: 503 }))
    expect((await it.disable()).status).toBe(503)
    expect(await it.repositories()).toMatchObject([{ state: 'active' }])
  })
})

test('disconnecting pauses the repositories, removes webhooks and gives the tokens back', async () => {
  await using it = await connected()
  await it.enable()
  const [row] = await findGitlabInstances(it.system)
  const { status, json } = await api(it.app, 'DELETE', `/gitlab/${row?.id}`)
  expect([status, json]).toMatchObject([
    200,
    { paused_repositories: 1, webhooks_left: 0, token_revoked: true },
  ])
  expect(it.gitlab.world.hooks).toEqual([])
  expect(it.gitlab.world.tokens.every(({ isRevoked }) => isRevoked)).toBe(true)
  expect(await it.repositories()).toMatchObject([
    { state: 'inactive', state_reason: expect.stringMatching(/was disconnected/) },
  ])
  expect((await api(it.app, 'GET', '/gitlab')).json.data).toEqual([])
  // Connected and enabled again it is the same repository.
  const [before] = await it.repositories()
  await connect(it.app, it.gitlab)
  expect((await it.enable()).json.repository.id).toBe(before.id)
})

describe('looking at what is enabled', () => {
  test('finds renamed and transferred projects by their number', async () => {
    await using it = await connected()
    const { json } = await it.enable()
    it.wallet.formerPaths.push(it.wallet.path)
    it.wallet.path = 'lumen/money/purse'
    await it.sync()
    expect(await it.repositories()).toMatchObject([
      {
        id: json.repository.id,
        full_name: 'lumen/money/purse',
        owner: 'lumen/money',
        name: 'purse',
        clone_url: `${it.gitlab.url}/lumen/money/purse.git`,
      },
    ])
  })

  test('gives a name to the project that has it now', async () => {
    await using it = await connected()
    const { json } = await it.enable()
    it.wallet.path = 'lumen/money/purse'
    const other = it.gitlab.addProject('lumen/apps/wallet', { dir: null, members: { ines: 40 } })
    expect((await it.enable(other.id)).status).toBe(200)
    await it.sync()
    const all = await it.repositories()
    expect(all.map(({ full_name }: { full_name: string }) => full_name).toSorted()).toEqual([
      'lumen/apps/wallet',
      'lumen/money/purse',
    ])
    const purse = all.find(({ id }: { id: string }) => id === json.repository.id)
    expect(purse.full_name).toBe('lumen/money/purse')
  })

  test('pauses what was archived, and goes on when it is not any more', async () => {
    await using it = await connected()
    await it.enable()
    it.wallet.archived = true
    await it.sync()
    expect(await it.repositories()).toMatchObject([
      { state: 'inactive', state_reason: expect.stringMatching(/archived/) },
    ])
    it.wallet.archived = false
    await it.sync()
    expect(await it.repositories()).toMatchObject([{ state: 'active', state_reason: null }])
  })

  test('says what is gone, and takes it back when it is there again', async () => {
    await using it = await connected()
    await it.enable()
    delete it.wallet.members['ines']
    await it.sync()
    expect(await it.repositories()).toMatchObject([
      { state: 'error', state_reason: expect.stringMatching(/no such project any more/) },
    ])
    it.wallet.members['ines'] = 40
    await it.sync()
    expect(await it.repositories()).toMatchObject([{ state: 'active' }])
  })
})

test('git and the API speak by the grant, to the instance alone', async () => {
  await using it = await connected({ prefix: '/gitlab' })
  const { json } = await it.enable()
  const row = await findRepositoryRow(it.system, json.repository.id)
  const source = await sourceOf(it.system, row)
  const target = await forgeTargetOf(it.system, row)
  const token = it.gitlab.world.tokens.find(({ isRevoked }) => !isRevoked)?.token
  expect(source.credential?.username).toBe('oauth2')
  expect(source.credential?.password.reveal()).toBe(token)
  expect(target).toMatchObject({ via: 'oauth', apiUrl: `${it.gitlab.url}/api/v4` })
  const elsewhere = { ...row, cloneUrl: 'https://evil.example/lumen/apps/wallet.git' }
  await expect(sourceOf(it.system, elsewhere)).rejects.toMatchObject({ trouble: 'conflict' })
})
