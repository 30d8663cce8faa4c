import { describe, expect, test } from 'vitest'
import { minutes } from '../../src/lib/clock.ts'
import { Browser } from '../support/app.ts'
import { GithubWorld, pathOf } from '../support/github-app.ts'

describe('connecting GitHub', () => {
  test('makes the App, installs it, and has its repositories', async () => {
    await using world = await GithubWorld.start()
    const { github } = world
    github.addRepository('lumen/wallet', { defaultBranch: 'trunk' })
    github.addRepository('lumen/site', { private: false, archived: true })
    await world.connect()
    expect(github.breaches).toEqual([])
    expect(await world.repositories()).toEqual({
      'lumen/wallet': 'active',
      'lumen/site': 'It is archived on GitHub.',
    })
    const { data } = await world.api('/repositories?provider=github&q=wallet')
    expect(data[0]).toMatchObject({
      clone_url: `${github.url}/lumen/wallet.git`,
      default_branch: 'trunk',
      is_private: true,
      is_connected: true,
    })
    const shown = await world.api('/github')
    expect(shown).toMatchObject({
      configured: true,
      app: {
        owner: 'lumen',
        trouble: null,
        missing_permissions: [],
        missing_events: [],
        webhook: { url: 'http://localhost:8080/api/webhooks/github', trouble: null },
      },
      installations: [
        { account: 'lumen', repository_selection: 'all', repositories: 1, missing_permissions: [] },
      ],
    })
    expect(await world.api('/setup/status')).toMatchObject({
      github: { configured: true, app_name: shown.app.name },
    })
    expect(await world.api('/github/setup/status')).toMatchObject({
      status: 'done',
      app_name: shown.app.name,
    })
  })

  test('asks GitHub for no more than it uses, by the address it was given', async () => {
    await using world = await GithubWorld.start({ OORE_BASE_URL: 'https://ci.lumen.example' })
    const { url } = await world.begin({})
    expect(url).toMatch(/^https:\/\/ci\.lumen\.example\/setup\/github\/new\?state=/)
    const page = await world.browser.ask(pathOf(url))
    expect(page.headers.get('content-security-policy')).toContain(
      `form-action 'self' ${world.github.url};`,
    )
    const text = await page.text()
    const manifest = JSON.parse(
      (/name="manifest" value="([^"]*)"/.exec(text)?.[1] ?? '').replaceAll('&quot;', '"'),
    )
    expect(manifest).toEqual({
      name: expect.stringMatching(/^Oore ci\.lumen\.example [0-9a-f]{4}$/),
      url: 'https://ci.lumen.example/',
      description: expect.any(String),
      hook_attributes: { url: 'https://ci.lumen.example/api/webhooks/github', active: true },
      redirect_url: 'https://ci.lumen.example/setup/github/callback',
      callback_urls: ['https://ci.lumen.example/login/github/callback'],
      setup_url: 'https://ci.lumen.example/setup/github/installed',
      setup_on_update: true,
      public: false,
      default_permissions: {
        contents: 'read',
        metadata: 'read',
        checks: 'write',
        statuses: 'write',
        pull_requests: 'write',
        members: 'read',
        emails: 'read',
      },
      default_events: ['push', 'pull_request', 'check_run', 'check_suite', 'repository'],
    })
    const others = await world.browser.ask('/login')
    expect(others.headers.get('content-security-policy')).toContain("form-action 'self';")
  })

  test('takes the browser back once, with its own state, within ten minutes', async () => {
    await using world = await GithubWorld.start()
    const back = pathOf(await world.create((await world.begin()).url))
    const stranger = new Browser(world.app.asStranger)
    expect((await stranger.ask(back)).status).toBe(400)
    expect((await world.browser.ask(back, { method: 'HEAD' })).status).toBe(405)
    expect((await world.browser.ask('/setup/github/callback?code=x')).status).toBe(400)
    const other = back.replace(/state=[^&]+/, 'state=abc')
    const refused = await world.browser.ask(other)
    expect([refused.status, await refused.text()]).toEqual([
      400,
      expect.stringContaining('href="/settings/github"'),
    ])
    expect((await world.browser.ask(back)).status).toBe(303)
    expect((await world.browser.ask(back)).status).toBe(400)

    const late = pathOf(await world.create((await world.begin({ replace: true })).url))
    world.app.services.advance(minutes(11))
    expect((await world.browser.ask(late)).status).toBe(400)
    expect(world.github.world.apps).toHaveLength(2)
    expect((await world.api('/github')).app.name).toBe(world.github.world.apps[0]?.name)
  })

  test('sets out in one browser only, which may load the page again', async () => {
    await using world = await GithubWorld.start()
    const { url } = await world.begin()
    expect((await world.browser.ask(pathOf(url), { method: 'HEAD' })).status).toBe(405)
    expect((await world.browser.ask(pathOf(url))).status).toBe(200)
    expect((await world.browser.ask(pathOf(url))).status).toBe(200)
    expect((await new Browser(world.app.asStranger).ask(pathOf(url))).status).toBe(410)
  })

  test('ends in words where GitHub said no, and whoever waits hears it', async () => {
    await using world = await GithubWorld.start()
    const begun = await world.begin()
    await world.browser.ask(pathOf(begun.url))
    const state = new URL(begun.url).searchParams.get('state') ?? ''
    const answer = await world.browser.ask(
      `/setup/github/callback?error=access_denied&state=${state}`,
    )
    expect(answer.status).toBe(409)
    expect(await answer.text()).toContain('access was denied')
    expect(await world.api(`/github/setup/status?id=${begun.id}`)).toMatchObject({
      status: 'failed',
      message: expect.stringContaining('access was denied'),
      app_name: null,
    })
  })

  test('uses a code once: a second time GitHub does not know it', async () => {
    await using world = await GithubWorld.start()
    const back = new URL(await world.create((await world.begin()).url))
    await fetch(
      `${world.github.apiUrl}/app-manifests/${back.searchParams.get('code')}/conversions`,
      {
        method: 'POST',
        headers: { accept: 'application/vnd.github+json', 'x-github-api-version': '2022-11-28' },
      },
    )
    const answer = await world.browser.ask(pathOf(back.href))
    expect([answer.status, await answer.text()]).toEqual([
      409,
      expect.stringContaining('used already'),
    ])
    expect((await world.api('/github')).configured).toBe(false)
  })

  test('waits out a moment in which GitHub is down', async () => {
    await using world = await GithubWorld.start()
    const back = pathOf(await world.create((await world.begin()).url))
    let failed = 0
    world.github.decide(({ path }) =>
      path.includes('/conversions') && ++failed === 1 ? { status: 503 } : 'answered',
    )
    expect((await world.browser.ask(back)).status).toBe(303)
    expect(failed).toBe(2)
  })

  test('is refused where it is connected, unless another is asked for', async () => {
    await using world = await GithubWorld.start()
    world.github.addRepository('lumen/wallet')
    await world.connect()
    const again = await world.api('/github/setup', { json: { organization: 'lumen' } })
    expect(again).toMatchObject({
      status: 409,
      detail: expect.stringMatching(
        /connected already, by the App “Oore .*” of lumen, installed on 1 account/,
      ),
    })
    const back = await world.create(
      (await world.begin({ organization: 'lumen', replace: true })).url,
    )
    expect((await world.browser.ask(pathOf(back))).status).toBe(303)
    expect((await world.api('/github')).installations).toEqual([])
    expect(await world.repositories()).toEqual({
      'lumen/wallet': 'GitHub was disconnected from Oore.',
    })
  })

  test('names the field of what is no organization', async () => {
    await using world = await GithubWorld.start()
    expect(await world.api('/github/setup', { json: { organization: '../x' } })).toMatchObject({
      status: 422,
      errors: [{ field: 'organization' }],
    })
  })

  test('believes nothing of an installation that it did not send for', async () => {
    await using world = await GithubWorld.start()
    const { installation } = await world.connect()
    const asked = world.github.asked.length
    const answer = await world.browser.ask(
      `/setup/github/installed?installation_id=${installation.id}&setup_action=install`,
    )
    expect(answer.status).toBe(200)
    expect(world.github.asked).toHaveLength(asked)
  })

  test('keeps no secret in the clear, and shows none', async () => {
    await using world = await GithubWorld.start()
    const { app } = await world.connect()
    const rows = await world.app.services.db.read.all('select * from github_apps')
    const text = JSON.stringify([rows, await world.api('/github')])
    for (const secret of [app.clientSecret, app.webhookSecret, app.privateKeyPem.slice(40, 90)]) {
      expect(text).not.toContain(secret)
    }
    expect(JSON.stringify(world.app.logged)).not.toContain('PRIVATE KEY')
  })
})

describe('disconnecting', () => {
  test('pauses the repositories, keeps them, and forgets the keys', async () => {
    await using world = await GithubWorld.start()
    world.github.addRepository('lumen/wallet')
    await world.connect()
    const browser = await world.app.asBrowser()
    const page = await (await browser.ask('/settings/github/disconnect')).text()
    expect(page).toContain('1 repository is paused')
    expect(await world.api('/github', { method: 'DELETE' })).toEqual({ status: 204 })
    expect(await world.api('/github')).toMatchObject({ configured: false, app: null })
    expect(await world.repositories()).toEqual({
      'lumen/wallet': 'GitHub was disconnected from Oore.',
    })
    const [row] = await world.app.services.db.read.all<{ private_key_sealed: string }>(
      'select * from github_apps',
    )
    expect(row?.private_key_sealed).toBe('')
    expect(await world.api('/github', { method: 'DELETE' })).toMatchObject({ status: 404 })
    expect(await world.tell('push', {})).toMatchObject({ status: 404 })
  })
})

describe('the webhook’s settings at GitHub', () => {
  test('are seen to be wrong, and are set right with a new secret; the old one is good for an hour', async () => {
    await using world = await GithubWorld.start()
    const { app } = await world.connect()
    const old = app.webhookSecret ?? ''
    app.hookUrl = 'https://old.example/hook'
    await world.api('/github/sync', { method: 'POST' })
    expect((await world.api('/github')).app.webhook.trouble).toBe(
      'GitHub sends events to https://old.example/hook, and not to http://localhost:8080/api/webhooks/github.',
    )
    expect(await world.api('/github/webhook/reset', { method: 'POST' })).toMatchObject({
      status: 200,
      app: { webhook: { trouble: null } },
    })
    expect(app.hookUrl).toBe('http://localhost:8080/api/webhooks/github')
    expect(app.webhookSecret).not.toBe(old)
    const ping = world.github.payloads.ping(app)
    expect((await world.tell('ping', ping)).status).toBe(200)
    expect((await world.tell('ping', ping, { secret: old })).status).toBe(200)
    world.app.services.advance(minutes(61))
    expect((await world.tell('ping', ping, { secret: old })).status).toBe(401)
    expect((await world.tell('ping', ping)).status).toBe(200)
  })

  test('stay as they were where GitHub refuses', async () => {
    await using world = await GithubWorld.start()
    const { app } = await world.connect()
    const ping = world.github.payloads.ping(app)
    world.github.decide(({ method, path }) =>
      method === 'PATCH' && path.endsWith('/app/hook/config') ? { status: 422 } : 'answered',
    )
    expect(await world.api('/github/webhook/reset', { method: 'POST' })).toMatchObject({
      status: 409,
    })
    expect((await world.tell('ping', ping)).status).toBe(200)
  })
})

describe('a sync', () => {
  test('says until when GitHub wants to be left alone', async () => {
    await using world = await GithubWorld.start()
    await world.connect()
    world.github.limitTo(0)
    expect(await world.api('/github/sync', { method: 'POST' })).toMatchObject({
      status: 503,
      detail: expect.stringMatching(/rate limited until \d{4}-\d\d-\d\dT/),
    })
  })

  test('asks for all pages, and costs nothing of the limit while nothing changes', async () => {
    await using world = await GithubWorld.start()
    for (let n = 0; n < 130; n += 1) {
      world.github.addRepository(`lumen/app-${n}`, { dir: null })
    }
    await world.connect()
    expect(await world.api('/github/sync', { method: 'POST' })).toMatchObject({
      status: 200,
      installations: 1,
      repositories: 130,
      added: 0,
      paused: 0,
      troubles: [],
    })
    const lists = world.github.asked.filter(({ path }) =>
      path.includes('/installation/repositories'),
    )
    expect(lists).toHaveLength(4)
    expect(lists.slice(2).every(({ headers }) => headers['if-none-match'])).toBe(true)
  })

  test('makes a new token where the one it has is refused', async () => {
    await using world = await GithubWorld.start()
    world.github.addRepository('lumen/wallet')
    await world.connect()
    world.github.world.tokens.length = 0
    world.github.addRepository('lumen/site')
    expect(await world.api('/github/sync', { method: 'POST' })).toMatchObject({
      added: 1,
      troubles: [],
    })
  })

  test('names what an account has not agreed to, and where it does', async () => {
    await using world = await GithubWorld.start()
    const { installation } = await world.connect()
    installation.permissions = { metadata: 'read', contents: 'read', checks: 'read' }
    await world.api('/github/sync', { method: 'POST' })
    const { data } = await world.api('/github/installations')
    expect(data[0].missing_permissions).toEqual([
      'checks: write',
      'statuses: write',
      'pull_requests: write',
      'members: read',
    ])
    expect(data[0].permissions_url).toContain(`/${installation.id}/permissions/update`)
    const browser = await world.app.asBrowser()
    expect(await (await browser.ask('/settings/github')).text()).toContain('checks: write')
  })
})
