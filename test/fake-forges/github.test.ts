import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { type FakeGithub, startFakeGithub } from '../support/fake-forges/github.ts'
import { ask, jwtOf } from './asking.ts'
import { api, company, manifest } from './company.ts'

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
