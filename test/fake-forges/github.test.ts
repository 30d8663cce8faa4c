import { createHash, createHmac, generateKeyPairSync } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { eventually } from '../support/eventually.ts'
import { type FakeGithub, secondaryLimit, startFakeGithub } from '../support/fake-forges/github.ts'
import type { Manifest } from '../support/fake-forges/github/apps.ts'
import { ask, jwtOf, startReceiver } from './asking.ts'
import { gitClone, withLogin } from './cloning.ts'

const manifest = (hookUrl = 'http://127.0.0.1:1/hook'): Manifest => ({
  name: 'Oore of Lumen',
  url: 'http://127.0.0.1:8080',
  hook_attributes: { url: hookUrl },
  redirect_url: 'http://127.0.0.1:8080/github/created',
  callback_urls: ['http://127.0.0.1:8080/sign-in/github/callback'],
  setup_url: 'http://127.0.0.1:8080/github/installed',
  public: false,
  default_permissions: {
    checks: 'write',
    contents: 'read',
    email_addresses: 'read',
    members: 'read',
    pull_requests: 'write',
    statuses: 'write',
  },
  default_events: ['push', 'pull_request', 'repository', 'check_run', 'check_suite'],
})

async function company(hookUrl?: string) {
  const github = await startFakeGithub()
  github.addPerson('ines', { name: 'Inês Ferro' })
  github.addPerson('passer-by')
  github.addOrg('lumen', { ines: 'admin' })
  const wallet = github.addRepository('lumen/wallet')
  const site = github.addRepository('lumen/site', { private: false })
  github.signIn('ines')
  const app = github.addApp(manifest(hookUrl), 'lumen')
  const installation = github.install(app, 'lumen')
  return { github, app, installation, wallet, site, jwt: jwtOf(app) }
}

const api = (github: FakeGithub, path: string) => `${github.apiUrl}${path}`

describe('the manifest flow', () => {
  const begin = (
    github: FakeGithub,
    made: object,
    path = '/organizations/lumen/settings/apps/new',
  ) => ask('POST', `${github.url}${path}?state=abc`, { form: { manifest: JSON.stringify(made) } })

  test('makes an App for its code, once, and gives a key that signs', async () => {
    const { github } = await company()
    await using _ = github
    const sent = await begin(github, { ...manifest(), name: 'Oore two' })
    const to = new URL(sent.headers.get('location') ?? '')
    expect(to.searchParams.get('state')).toBe('abc')
    const path = `/app-manifests/${to.searchParams.get('code')}/conversions`
    const { status, json } = await ask('POST', api(github, path))
    expect(status).toBe(201)
    expect(json).toMatchObject({
      slug: 'oore-two',
      owner: { login: 'lumen', type: 'Organization' },
      permissions: { checks: 'write', metadata: 'read' },
      pem: expect.stringContaining('BEGIN RSA PRIVATE KEY'),
      webhook_secret: expect.stringMatching(/^[0-9a-f]{40}$/),
    })
    expect((await ask('POST', api(github, path))).status).toBe(404)
    const app = github.world.apps.find((one) => one.id === json.id)!
    const shown = await ask('GET', api(github, '/app'), { token: jwtOf(app, {}, json.pem) })
    expect(shown.json).toMatchObject({ id: json.id, slug: 'oore-two' })
    expect(github.breaches).toEqual([])
  })

  test('is over after an hour', async () => {
    const clock = { now: 1_800_000_000_000 }
    await using github = await startFakeGithub({ now: () => clock.now })
    github.addPerson('ines')
    github.signIn('ines')
    const sent = await begin(github, manifest(), '/settings/apps/new')
    const code = new URL(sent.headers.get('location') ?? '').searchParams.get('code')
    clock.now += 3_600_000
    const { status } = await ask('POST', api(github, `/app-manifests/${code}/conversions`))
    expect(status).toBe(404)
  })

  test.each([
    [{ hook_attributes: { url: 'ftp://x' } }, 'hook_attributes.url must be a valid URL'],
    [{ default_events: ['installation'] }, 'Default events unsupported: installation'],
    [{ default_events: ['merge_group'] }, 'Default events unsupported: merge_group'],
    [{ default_permissions: { everything: 'write' } }, 'not included in the list: everything'],
    [{ webhook_url: 'http://x' }, 'webhook_url is no field'],
    [{ name: 'x'.repeat(35) }, 'longer than 34'],
  ])('refuses %j', async (changes, words) => {
    const { github } = await company()
    await using _ = github
    const { status, json } = await begin(github, { ...manifest(), name: 'New', ...changes })
    expect(status).toBe(422)
    expect(json).toContain(words)
    expect(github.breaches.join()).toContain(words)
  })

  test('an organization is hidden from who does not own it', async () => {
    const { github } = await company()
    await using _ = github
    github.signIn('passer-by')
    expect((await begin(github, { ...manifest(), name: 'New' })).status).toBe(404)
  })
})

describe('a JWT', () => {
  test.each([
    ['too far in the future', { exp: Math.floor(Date.now() / 1000) + 700 }, 401],
    ['in the past', { exp: Math.floor(Date.now() / 1000) - 1 }, 401],
    ['made in the future', { iat: Math.floor(Date.now() / 1000) + 300 }, 401],
    ['of nobody', { iss: 'Iv23nobody' }, 404],
  ])('%s is refused', async (_why, claims, status) => {
    const { github, app } = await company()
    await using _ = github
    const answer = await ask('GET', api(github, '/app'), { token: jwtOf(app, claims) })
    expect(answer.status).toBe(status)
  })

  test('by another key is refused, and by the id of the App taken', async () => {
    const { github, app } = await company()
    await using _ = github
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const other = privateKey.export({ type: 'pkcs1', format: 'pem' }).toString()
    expect((await ask('GET', api(github, '/app'), { token: jwtOf(app, {}, other) })).status).toBe(
      401,
    )
    const byId = await ask('GET', api(github, '/app'), { token: jwtOf(app, { iss: app.id }) })
    expect(byId.status).toBe(200)
  })
})

describe('an installation token', () => {
  test('reaches what it was limited to, with what it was limited to', async () => {
    const { github, installation, wallet, site, jwt } = await company()
    await using _ = github
    const path = `/app/installations/${installation.id}/access_tokens`
    const body = { repository_ids: [wallet.id], permissions: { contents: 'read' } }
    const made = await ask('POST', api(github, path), { token: jwt, body })
    expect(made.json).toMatchObject({
      token: expect.stringMatching(/^ghs_/),
      permissions: { contents: 'read', metadata: 'read' },
      repository_selection: 'selected',
      repositories: [{ id: wallet.id }],
    })
    const { token } = made.json
    const get = (to: string) => ask('GET', api(github, to), { token })
    expect((await get('/installation/repositories')).json.total_count).toBe(1)
    expect((await get('/repos/lumen/wallet/branches')).json).toMatchObject([{ name: 'main' }])
    expect((await get(`/repositories/${site.id}`)).status).toBe(403)
    const other = github.addRepository('lumen/secret')
    expect((await get(`/repositories/${other.id}`)).status).toBe(404)
    const check = { name: 'oore', head_sha: 'a'.repeat(40) }
    const refused = await ask('POST', api(github, '/repos/lumen/wallet/check-runs'), {
      token,
      body: check,
    })
    expect(refused).toMatchObject({
      status: 403,
      json: { message: 'Resource not accessible by integration' },
    })
  })

  test.each([
    [{ repository_ids: [1] }, 'not accessible to the parent installation'],
    [{ permissions: { contents: 'write' } }, 'not granted to this installation'],
    [{ permissions: { issues: 'read' } }, 'not granted to this installation'],
  ])('is not made for more than the installation has: %j', async (body, words) => {
    const { github, installation, jwt } = await company()
    await using _ = github
    const path = `/app/installations/${installation.id}/access_tokens`
    const { status, json } = await ask('POST', api(github, path), { token: jwt, body })
    expect(status).toBe(422)
    expect(json.message).toContain(words)
  })

  test('ends after an hour, by suspension and with the installation', async () => {
    const clock = { now: 1_800_000_000_000 }
    await using github = await startFakeGithub({ now: () => clock.now })
    github.addOrg('lumen')
    github.addRepository('lumen/wallet', { dir: null })
    const app = github.addApp({ ...manifest(), hook_attributes: undefined } as never, 'lumen')
    const installation = github.install(app, 'lumen')
    const token = github.token(installation)
    const get = () => ask('GET', api(github, '/repos/lumen/wallet'), { token })
    expect((await get()).status).toBe(200)
    await github.changeInstallation(installation, 'suspend')
    expect((await get()).status).toBe(403)
    await github.changeInstallation(installation, 'unsuspend')
    clock.now += 3_600_000
    expect((await get()).status).toBe(401)
    clock.now -= 3_600_000
    await github.changeInstallation(installation, 'deleted')
    expect((await get()).status).toBe(401)
  })

  test('lists come in pages, by Link', async () => {
    const { github, installation } = await company()
    await using _ = github
    for (let n = 0; n < 3; n += 1) github.addRepository(`lumen/app-${n}`, { dir: null })
    const token = github.token(installation)
    const names: string[] = []
    let next: string | null = api(github, '/installation/repositories?per_page=2')
    while (next !== null) {
      const { json, headers } = await ask('GET', next, { token })
      names.push(...json.repositories.map((one: { name: string }) => one.name))
      next = /<([^>]+)>; rel="next"/.exec(headers.get('link') ?? '')?.[1] ?? null
    }
    expect(names).toEqual(['wallet', 'site', 'app-0', 'app-1', 'app-2'])
    expect(github.count('GET /installation/repositories')).toBe(3)
  })

  test('a renamed repository is sent on, and found by its id', async () => {
    const { github, installation, wallet } = await company()
    await using _ = github
    await github.changeRepository(wallet, { name: 'purse' }, { told: false })
    const token = github.token(installation)
    const moved = await ask('GET', api(github, '/repos/lumen/wallet'), { token })
    expect(moved.status).toBe(301)
    const { json } = await ask('GET', moved.headers.get('location') ?? '', { token })
    expect(json).toMatchObject({ id: wallet.id, full_name: 'lumen/purse' })
  })
})

describe('checks and comments', () => {
  test('a run goes from queued to its conclusion, and is found by its commit', async () => {
    const { github, installation, wallet, app } = await company()
    await using _ = github
    const token = github.token(installation)
    const { after } = await github.push(wallet, { files: { a: '1' } }, { told: false })
    const path = api(github, '/repos/lumen/wallet/check-runs')
    const body = { name: 'oore/Main', head_sha: after, status: 'in_progress' }
    const made = await ask('POST', path, { token, body })
    expect(made).toMatchObject({ status: 201, json: { status: 'in_progress', conclusion: null } })
    const output = { title: 'Done', summary: 'All is well', text: 'Log' }
    const ended = { conclusion: 'success', output }
    expect(
      (await ask('PATCH', `${path}/${made.json.id}`, { token, body: ended })).json,
    ).toMatchObject({ status: 'completed', conclusion: 'success', output: { title: 'Done' } })
    const query = `check_name=${encodeURIComponent('oore/Main')}&app_id=${app.id}`
    const list = api(github, `/repos/lumen/wallet/commits/${after}/check-runs?${query}`)
    expect((await ask('GET', list, { token })).json).toMatchObject({ total_count: 1 })
    expect(github.breaches).toEqual([])
  })

  test.each([
    ['status is done', { status: 'done' }],
    ['needs a conclusion', { status: 'completed' }],
    ['status is pending', { status: 'pending' }],
    ['conclusion is fine', { conclusion: 'fine' }],
    ['conclusion is stale', { conclusion: 'stale' }],
    ['completed_at needs a conclusion', { completed_at: '2026-01-01T00:00:00Z' }],
    ['output.summary is missing', { output: { title: 'x' } }],
    ['output.summary is longer', { output: { title: 'x', summary: 'y'.repeat(65_536) } }],
    ['details_url is no', { details_url: '/builds/1' }],
    ['started_at is no time', { started_at: '2026-01-01' }],
    ['over 20', { actions: [{ label: 'x'.repeat(21), description: 'x', identifier: 'x' }] }],
  ])('refuses a run: %s', async (words, changes) => {
    const { github, installation, wallet } = await company()
    await using _ = github
    const token = github.token(installation)
    const { after } = await github.push(wallet, {}, { told: false })
    const body = { name: 'oore', head_sha: after, ...changes }
    const path = api(github, '/repos/lumen/wallet/check-runs')
    const { status, json } = await ask('POST', path, { token, body })
    expect(status).toBe(422)
    expect(json.message).toContain(words)
    expect(github.breaches.join()).toContain(words)
  })

  test('a comment is made, changed and listed on its pull request', async () => {
    const { github, installation, wallet } = await company()
    await using _ = github
    const token = github.token(installation)
    const { pull } = await github.openPull(wallet, { branch: 'x' }, { told: false })
    const path = api(github, `/repos/lumen/wallet/issues/${pull.number}/comments`)
    const made = await ask('POST', path, { token, body: { body: 'Building' } })
    const edit = api(github, `/repos/lumen/wallet/issues/comments/${made.json.id}`)
    await ask('PATCH', edit, { token, body: { body: 'Done' } })
    expect((await ask('GET', path, { token })).json).toMatchObject([
      { body: 'Done', user: { login: 'oore-of-lumen[bot]', type: 'Bot' } },
    ])
    expect((await ask('POST', path, { token, body: { body: '' } })).status).toBe(422)
  })
})

describe('signing in', () => {
  const verifier = 'v'.repeat(43)
  const challenge = createHash('sha256').update(verifier).digest('base64url')
  const authorize = (github: FakeGithub, clientId: string, more: Record<string, string> = {}) => {
    const query = new URLSearchParams({
      client_id: clientId,
      redirect_uri: 'http://127.0.0.1:8080/sign-in/github/callback',
      state: 'abc',
      code_challenge: challenge,
      code_challenge_method: 'S256',
      ...more,
    })
    return ask('GET', `${github.url}/login/oauth/authorize?${query}`)
  }
  const exchange = (github: FakeGithub, form: Record<string, string>) =>
    ask('POST', `${github.url}/login/oauth/access_token`, {
      form,
      headers: { accept: 'application/json' },
    })

  test('gives a token for the code, its verifier and the secret, once', async () => {
    const { github, app } = await company()
    await using _ = github
    const to = new URL((await authorize(github, app.clientId)).headers.get('location') ?? '')
    const form = {
      client_id: app.clientId,
      client_secret: app.clientSecret,
      code: to.searchParams.get('code') ?? '',
      code_verifier: verifier,
    }
    const { json } = await exchange(github, form)
    expect(json).toMatchObject({
      access_token: expect.stringMatching(/^ghu_/),
      token_type: 'bearer',
    })
    const get = (path: string) => ask('GET', api(github, path), { token: json.access_token })
    expect((await get('/user')).json).toMatchObject({ login: 'ines', email: null })
    expect((await get('/user/emails')).json).toMatchObject([{ primary: true, verified: true }])
    expect((await get('/user/orgs')).json).toMatchObject([{ login: 'lumen' }])
    expect((await get('/user/memberships/orgs/lumen')).json).toMatchObject({ role: 'admin' })
    expect(github.breaches).toEqual([])
    expect((await exchange(github, form)).json.error).toBe('bad_verification_code')
  })

  test.each([
    [{ code_verifier: 'w'.repeat(43) }, 'bad_verification_code'],
    [{ client_secret: 'x' }, 'incorrect_client_credentials'],
    [{ redirect_uri: 'http://127.0.0.1:8080/other' }, 'redirect_uri_mismatch'],
  ])('refuses an exchange with %j, with status 200', async (changes, error) => {
    const { github, app } = await company()
    await using _ = github
    const to = new URL((await authorize(github, app.clientId)).headers.get('location') ?? '')
    const { status, json } = await exchange(github, {
      client_id: app.clientId,
      client_secret: app.clientSecret,
      code: to.searchParams.get('code') ?? '',
      code_verifier: verifier,
      ...changes,
    })
    expect([status, json.error]).toEqual([200, error])
  })

  test('sends to no address but the callback', async () => {
    const { github, app } = await company()
    await using _ = github
    const sent = await authorize(github, app.clientId, { redirect_uri: 'http://evil.example/x' })
    const to = new URL(sent.headers.get('location') ?? '')
    expect(to.host).toBe('127.0.0.1:8080')
    expect(to.searchParams.get('error')).toBe('redirect_uri_mismatch')
    github.signIn(null)
    const denied = await authorize(github, app.clientId)
    expect(denied.headers.get('location')).toContain('error=access_denied')
  })
})

describe('limits and conditions', () => {
  test('what has not changed is 304 and costs nothing', async () => {
    const { github, installation } = await company()
    await using _ = github
    const token = github.token(installation)
    const first = await ask('GET', api(github, '/repos/lumen/wallet'), { token })
    const headers = { 'if-none-match': first.headers.get('etag') ?? '' }
    const again = await ask('GET', api(github, '/repos/lumen/wallet'), { token, headers })
    expect(again.status).toBe(304)
    expect(again.headers.get('x-ratelimit-used')).toBe(first.headers.get('x-ratelimit-used'))
  })

  test('beyond the limit all is refused until its end', async () => {
    const { github, installation } = await company()
    await using _ = github
    const token = github.token(installation)
    github.limitTo(1)
    const get = () => ask('GET', api(github, '/repos/lumen/wallet'), { token })
    expect((await get()).headers.get('x-ratelimit-remaining')).toBe('0')
    const refused = await get()
    expect(refused.status).toBe(403)
    expect(Number(refused.headers.get('x-ratelimit-reset'))).toBeGreaterThan(Date.now() / 1000)
    github.decide(() => secondaryLimit(30, 429))
    const slowed = await get()
    expect([slowed.status, slowed.headers.get('retry-after')]).toEqual([429, '30'])
  })

  test('a request that is not as documented is a breach', async () => {
    const { github, jwt } = await company()
    await using _ = github
    await ask('GET', api(github, '/app'), { token: jwt, headers: { accept: 'text/html' } })
    await ask('GET', api(github, '/application'), { token: jwt })
    expect(github.breaches).toEqual([
      'GET /api/v3/app: accept is text/html',
      'there is no endpoint GET /api/v3/application',
    ])
    const bad = { 'x-github-api-version': '2020-01-01' }
    expect((await ask('GET', api(github, '/app'), { token: jwt, headers: bad })).status).toBe(400)
  })
})

describe('webhooks', () => {
  test('are signed, listed, and sent again with the same id', async () => {
    await using receiver = await startReceiver()
    const { github, app, wallet, jwt } = await company(receiver.url)
    await using _ = github
    receiver.answer.status = 503
    const { deliveries } = await github.push(wallet, { files: { 'a.txt': 'a' } })
    const [sent] = deliveries
    const [taken] = receiver.taken
    const signature = createHmac('sha256', app.webhookSecret ?? '')
      .update(taken?.body ?? '')
      .digest('hex')
    expect(taken?.headers).toMatchObject({
      'x-github-event': 'push',
      'x-github-delivery': sent?.guid,
      'x-hub-signature-256': `sha256=${signature}`,
      'x-github-hook-installation-target-type': 'integration',
    })
    const list = await ask('GET', api(github, '/app/hook/deliveries?status=failure'), {
      token: jwt,
    })
    expect(list.json).toMatchObject([
      {
        guid: sent?.guid,
        status: 'Invalid HTTP Response: 503',
        status_code: 503,
        redelivery: false,
      },
    ])
    receiver.answer.status = 202
    const path = api(github, `/app/hook/deliveries/${sent?.id}/attempts`)
    expect((await ask('POST', path, { token: jwt })).status).toBe(202)
    await eventually(() => expect(receiver.taken).toHaveLength(2))
    expect(receiver.taken[1]?.headers['x-github-delivery']).toBe(sent?.guid)
    expect(receiver.taken[1]?.body).toBe(taken?.body)
  })

  test('are forgotten after three days', async () => {
    const clock = { now: Date.now() }
    await using github = await startFakeGithub({ now: () => clock.now })
    const app = github.addApp(manifest(), 'lumen')
    const sent = await github.deliver('ping', github.payloads.ping(app), { isLost: true })
    const at = (path: string) => {
      const seconds = Math.floor(clock.now / 1000)
      const token = jwtOf(app, { iat: seconds - 60, exp: seconds + 540 })
      return ask('GET', api(github, `/app/hook/deliveries${path}`), { token })
    }
    expect((await at('')).json).toMatchObject([{ status: 'failed to connect to host' }])
    clock.now += 3 * 86_400_000
    expect((await at('')).json).toEqual([])
    expect((await at(`/${sent.id}`)).status).toBe(404)
  })

  test('an App hears of nothing it has not asked for, nor of others’ repositories', async () => {
    await using receiver = await startReceiver()
    const { github, app } = await company(receiver.url)
    await using _ = github
    github.addOrg('other')
    await github.push(github.addRepository('other/app'))
    app.events = []
    expect(receiver.taken).toEqual([])
    expect((await github.deliver('ping', github.payloads.ping(app))).status).toBe('OK')
    const wrong = await github.deliver('ping', github.payloads.ping(app), { signature: 'wrong' })
    expect(wrong.requestHeaders['x-hub-signature-256']).not.toBe(
      receiver.taken[0]?.headers['x-hub-signature-256'],
    )
  })

  test('a pull request of a fork is told with its head, and without once that is gone', async () => {
    await using receiver = await startReceiver()
    const { github, wallet } = await company(receiver.url)
    await using _ = github
    const { pull } = await github.openPull(wallet, { branch: 'patch', fork: 'passer-by' })
    const { body } = receiver.taken.at(-1)!
    expect(JSON.parse(body)).toMatchObject({
      action: 'opened',
      pull_request: { head: { repo: { fork: true }, sha: pull.headSha }, base: { ref: 'main' } },
      repository: { id: wallet.id },
      installation: { id: expect.any(Number) },
    })
    github.dropFork(pull)
    await github.changePull(pull, 'closed')
    expect(JSON.parse(receiver.taken.at(-1)!.body).pull_request.head.repo).toBeNull()
  })
})

describe('git', () => {
  const withToken = (github: FakeGithub, token: string, name: string) =>
    withLogin(`${github.url}/${name}.git`, 'x-access-token', token)

  test('a private repository needs a token that reaches it and may read its contents', async () => {
    const { github, installation, wallet, site } = await company()
    await using _ = github
    const { pull } = await github.openPull(wallet, { branch: 'x' }, { told: false })
    const token = github.token(installation, { contents: 'read' }, [wallet])
    const listed = await gitClone(withToken(github, token, 'lumen/wallet'), 'refs/pull/*')
    expect(listed).toContain(`${pull.headSha}\trefs/pull/1/head`)
    expect(listed).toContain(`${pull.mergeSha}\trefs/pull/1/merge`)
    expect(await gitClone(`${github.url}/lumen/wallet.git`)).toContain('could not read Username')
    expect(await gitClone(`${github.url}/lumen/site.git`)).toContain('refs/heads/main')
    const elsewhere = github.token(installation, { contents: 'read' }, [site])
    expect(await gitClone(withToken(github, elsewhere, 'lumen/wallet'))).toContain('not found')
    const blind = github.token(installation, { metadata: 'read' }, [wallet])
    expect(await gitClone(withToken(github, blind, 'lumen/wallet'))).toContain('403')
  })

  test('a conflict has no merge', async () => {
    const { github, wallet } = await company()
    await using _ = github
    const { pull } = await github.openPull(
      wallet,
      { branch: 'x', files: { 'README.md': 'One\n' } },
      { told: false },
    )
    expect(pull.mergeSha).toMatch(/^[0-9a-f]{40}$/)
    await github.push(wallet, { files: { 'README.md': 'Other\n' } }, { told: false })
    expect(pull.mergeSha).toBeNull()
  })
})
