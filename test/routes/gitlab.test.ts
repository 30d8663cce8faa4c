import { describe, expect, test } from 'vitest'
import { minutes } from '../../src/lib/clock.ts'
import { Browser, TestApp } from '../support/app.ts'
import { rateLimited, startFakeGitlab } from '../support/fake-forges/gitlab.ts'
import {
  api,
  authorize,
  begin,
  connect,
  loopbackSettings,
  passGitlab,
  pathOf,
  register,
} from '../support/gitlab.ts'

const start = () => TestApp.start(loopbackSettings)

describe('registering an instance', () => {
  test('keeps its secret sealed and never shows it again', async () => {
    await using app = await start()
    await using gitlab = await startFakeGitlab()
    const { status, json } = await register(app, gitlab)
    expect([status, json]).toMatchObject([201, { instance: gitlab.url, state: 'registered' }])
    const secret = gitlab.world.apps[0]?.clientSecret ?? ''
    const shown = await api(app, 'GET', '/gitlab')
    expect(JSON.stringify([json, shown.json])).not.toContain(secret)
    expect(shown.json).toMatchObject({
      data: [{ state: 'registered', username: null }],
      redirect_uri: 'http://localhost:8080/setup/gitlab/callback',
      sign_in_redirect_uri: 'http://localhost:8080/login/gitlab/callback',
      scopes: ['api', 'read_user', 'read_repository'],
    })
    const { gitlabInstances } = (await import('../../src/db/client.ts')).schema
    const [row] = await app.services.db.read.select().from(gitlabInstances).all()
    expect(row?.clientSecretSealed).toMatch(/^v1\./)
    expect(row?.clientSecretSealed).not.toContain(secret)
  })

  test.each([
    ['http://gitlab.example.com', 'instance', /http:\/\//],
    ['ftp://gitlab.example.com', 'instance', /https:\/\//],
    ['https://ada:pw@gitlab.example.com', 'instance', /user name/],
    ['https://gitlab.example.com/?x=1', 'instance', /must not hold \?/],
    ['', 'instance', /missing/],
    ['https://10.1.2.3', 'allow_private_network', /confirm that/],
    ['https://[::ffff:10.1.2.3]', 'allow_private_network', /confirm that/],
  ])('refuses %s in words', async (instance, field, why) => {
    await using app = await TestApp.start()
    const body = { instance, client_id: 'a'.repeat(20), client_secret: 'b'.repeat(20) }
    const { status, json } = await api(app, 'POST', '/gitlab/register', body)
    expect([status, json]).toMatchObject([
      422,
      { errors: [{ field, message: expect.stringMatching(why) }] },
    ])
  })

  test('of a private network needs that somebody says so, or the operator’s list', async () => {
    await using gitlab = await startFakeGitlab()
    await using careful = await TestApp.start()
    const refused = await register(careful, gitlab)
    expect([refused.status, refused.json.errors]).toMatchObject([
      422,
      [{ field: 'allow_private_network' }],
    ])
    expect(gitlab.asked).toEqual([])
    expect((await register(careful, gitlab, { allow_private_network: true })).status).toBe(201)
    await using listed = await start()
    expect((await register(listed, gitlab)).status).toBe(201)
  })

  test('finds out whether a GitLab is there', async () => {
    await using app = await start()
    await using gitlab = await startFakeGitlab()
    gitlab.decide(() => ({ status: 302, headers: { location: 'https://elsewhere.example/' } }))
    const sent = await register(app, gitlab)
    expect([sent.status, sent.json.detail]).toMatchObject([
      422,
      expect.stringMatching(/sends on to https:\/\/elsewhere.example/),
    ])
    gitlab.decide(() => ({ status: 502 }))
    const away = await register(app, gitlab)
    expect([away.status, away.json.detail]).toMatchObject([
      503,
      expect.stringMatching(/Nothing was registered; try again later/),
    ])
    expect((await api(app, 'GET', '/gitlab')).json.data).toEqual([])
  })
})

describe('authorizing', () => {
  test('goes by PKCE and a state, in one browser, and says who it was', async () => {
    await using app = await start()
    await using gitlab = await startFakeGitlab()
    gitlab.addPerson('ines')
    gitlab.signIn('ines')
    await register(app, gitlab)
    const { id, browser, address } = await begin(app)
    const asked = new URL(address).searchParams
    expect(asked.get('scope')).toBe('api read_user read_repository')
    expect(asked.get('code_challenge_method')).toBe('S256')
    const waiting = await api(app, 'GET', `/gitlab/setup/status?id=${id}`)
    expect(waiting.json).toMatchObject({ status: 'pending', message: null })

    const back = await passGitlab(address)
    const stranger = await app.asStranger(pathOf(back))
    expect(stranger.status).toBe(400)
    const page = await browser.ask(pathOf(back))
    expect([page.status, await page.text()]).toMatchObject([
      200,
      expect.stringContaining('connected as @ines'),
    ])
    expect((await api(app, 'GET', `/gitlab/setup/status?id=${id}`)).json).toMatchObject({
      status: 'connected',
      message: expect.stringContaining('@ines'),
    })
    expect((await api(app, 'GET', '/gitlab')).json.data).toMatchObject([
      { state: 'connected', username: 'ines', missing_scopes: [], version: '18.5.0' },
    ])
    expect((await api(app, 'GET', '/setup/status')).json.gitlab).toEqual([
      { instance: gitlab.url, username: 'ines' },
    ])
    // The same state is not taken twice.
    expect((await browser.ask(pathOf(back))).status).toBe(400)
    expect(gitlab.breaches).toEqual([])
  })

  test('with a code of one GitLab and the state of another is refused', async () => {
    await using app = await start()
    await using one = await startFakeGitlab()
    await using other = await startFakeGitlab()
    for (const gitlab of [one, other]) {
      gitlab.addPerson('ines')
      gitlab.signIn('ines')
      await register(app, gitlab)
    }
    const there = await begin(app, other.url)
    const here = await begin(app, one.url)
    const code = new URL(await passGitlab(there.address)).searchParams.get('code') ?? ''
    const state = new URL(here.address).searchParams.get('state') ?? ''
    const page = await here.browser.ask(`/setup/gitlab/callback?code=${code}&state=${state}`)
    expect([page.status, await page.text()]).toMatchObject([
      400,
      expect.stringMatching(/is of another GitLab\. Begin again.*href="\/settings\/gitlab"/s),
    ])
    const { data } = (await api(app, 'GET', '/gitlab')).json
    expect(data.map(({ state: is }: { state: string }) => is)).toEqual(['registered', 'registered'])
  })

  test('that was denied is told as a page and to who waits, and may be tried again', async () => {
    await using app = await start()
    await using gitlab = await startFakeGitlab()
    gitlab.addPerson('ines')
    await register(app, gitlab)
    gitlab.signIn(null)
    const { id, browser, address } = await begin(app)
    const page = await browser.ask(pathOf(await passGitlab(address)))
    expect([page.status, await page.text()]).toMatchObject([
      200,
      expect.stringMatching(/was denied there.*Begin again/s),
    ])
    const { json } = await api(app, 'GET', `/gitlab/setup/status?id=${id}`)
    expect(json).toMatchObject({ status: 'failed', message: expect.stringMatching(/denied/) })
    gitlab.signIn('ines')
    expect((await authorize(app)).status).toBe(200)
  })

  test.each([
    ['unauthorized_client', 'Application not approved', /not approved on .* an administrator/],
    [
      'invalid_scope',
      'The scope is invalid',
      /lacks scopes\. Tick api, read_user, read_repository/,
    ],
  ])('that ends with %s says what to do', async (error, description, why) => {
    await using app = await start()
    await using gitlab = await startFakeGitlab()
    await register(app, gitlab)
    const { browser, address } = await begin(app)
    const state = new URL(address).searchParams.get('state') ?? ''
    const query = new URLSearchParams({ error, error_description: description, state })
    const page = await browser.ask(`/setup/gitlab/callback?${query}`)
    expect(await page.text()).toMatch(why)
  })

  test('does not begin without a state, nor after ten minutes', async () => {
    await using app = await start()
    await using gitlab = await startFakeGitlab()
    gitlab.addPerson('ines')
    gitlab.signIn('ines')
    await register(app, gitlab)
    const browser = new Browser(app.asStranger)
    expect((await browser.ask('/setup/gitlab/callback?code=x')).status).toBe(400)
    const late = await begin(app)
    app.services.advance(minutes(11))
    const page = await late.browser.ask(pathOf(await passGitlab(late.address)))
    expect([page.status, await page.text()]).toMatchObject([
      400,
      expect.stringMatching(/longer than ten minutes/),
    ])
    expect((await browser.ask(pathOf(late.start))).status).toBe(410)
  })
})

describe('projects', () => {
  test('are listed by page and search, with what one may do', async () => {
    await using app = await start()
    await using gitlab = await startFakeGitlab()
    gitlab.addPerson('ines')
    for (let n = 0; n < 25; n += 1) {
      gitlab.addProject(`lumen/app-${n}`, { dir: null, members: { ines: n === 3 ? 30 : 40 } })
    }
    gitlab.addProject('others/secret', { dir: null })
    await connect(app, gitlab)
    const first = await api(app, 'GET', '/gitlab/projects?per_page=10')
    expect(first.json).toMatchObject({ page: 1, per_page: 10, total: 25, next_page: 2 })
    expect(first.json.data).toHaveLength(10)
    const last = await api(app, 'GET', '/gitlab/projects?per_page=10&page=3')
    expect([last.json.data.length, last.json.next_page]).toEqual([5, null])
    const found = await api(app, 'GET', '/gitlab/projects?q=app-3')
    expect(found.json.data).toMatchObject([
      { full_name: 'lumen/app-3', role: 'Developer', may_enable: false, enabled: false },
    ])
    expect(gitlab.breaches).toEqual([])
  })

  test('of several instances need to be told which', async () => {
    await using app = await start()
    await using one = await startFakeGitlab()
    await using other = await startFakeGitlab()
    await connect(app, one)
    await connect(app, other)
    const { status, json } = await api(app, 'GET', '/gitlab/projects')
    const names = [one, other].map(({ url }) => new URL(url).host)
    expect([status, json.errors[0].field]).toEqual([422, 'instance'])
    for (const name of names) expect(json.detail).toContain(name)
    const named = `/gitlab/projects?instance=${new URL(other.url).host}`
    expect((await api(app, 'GET', named)).status).toBe(200)
    expect((await api(app, 'GET', '/gitlab/projects?instance=nowhere.example')).status).toBe(404)
  })

  test('wait where GitLab asks for fewer calls, and say until when', async () => {
    await using app = await start()
    await using gitlab = await startFakeGitlab()
    await connect(app, gitlab)
    gitlab.decide(() => rateLimited(30))
    const answer = await app.asAdmin('/api/gitlab/projects')
    const { detail } = (await answer.json()) as { detail: string }
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '30'])
    expect(detail).toMatch(/rate limited until \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/)
  })
})
