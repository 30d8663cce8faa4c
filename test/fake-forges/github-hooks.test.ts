import { createHash, createHmac } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { eventually } from '../support/eventually.ts'
import { type FakeGithub, secondaryLimit, startFakeGithub } from '../support/fake-forges/github.ts'
import { ask, jwtOf, startReceiver } from './asking.ts'
import { gitClone, withLogin } from './cloning.ts'
import { api, company, manifest } from './company.ts'

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
