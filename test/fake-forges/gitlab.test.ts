import { createHash, createHmac, randomBytes } from 'node:crypto'
import { Agent, fetch } from 'undici'
import { describe, expect, test } from 'vitest'
import { selfSigned } from '../support/certificate.ts'
import { type FakeGitlab, rateLimited, startFakeGitlab } from '../support/fake-forges/gitlab.ts'
import { levels } from '../support/fake-forges/gitlab/world.ts'
import { ask, startReceiver } from './asking.ts'
import { gitClone, withLogin } from './cloning.ts'

const callback = 'http://127.0.0.1:8080/gitlab/callback'
const verifier = 'v'.repeat(43)
const challenge = createHash('sha256').update(verifier).digest('base64url')

async function company(options: Parameters<typeof startFakeGitlab>[0] = {}) {
  const gitlab = await startFakeGitlab(options)
  gitlab.addPerson('ines')
  gitlab.addPerson('tom')
  gitlab.addPerson('passer-by')
  gitlab.addGroup('lumen', { ines: levels.owner, tom: levels.developer })
  const wallet = gitlab.addProject('lumen/apps/wallet')
  gitlab.signIn('ines')
  const app = gitlab.addApp([callback])
  return { gitlab, wallet, app }
}

const api = (gitlab: FakeGitlab, path: string) => `${gitlab.apiUrl}${path}`

type Company = Awaited<ReturnType<typeof company>>

function authorize({ gitlab, app }: Company, more: Record<string, string> = {}) {
  const query = new URLSearchParams({
    client_id: app.clientId,
    redirect_uri: callback,
    response_type: 'code',
    state: 'abc',
    scope: 'api read_user',
    code_challenge: challenge,
    code_challenge_method: 'S256',
    ...more,
  })
  return ask('GET', `${gitlab.url}/oauth/authorize?${query}`)
}

function exchange({ gitlab, app }: Company, form: Record<string, string>) {
  const client = { client_id: app.clientId, client_secret: app.clientSecret }
  return ask('POST', `${gitlab.url}/oauth/token`, { form: { ...client, ...form } })
}

async function codeOf(company: Company): Promise<Record<string, string>> {
  const { headers } = await authorize(company)
  const code = new URL(headers.get('location') ?? '').searchParams.get('code') ?? ''
  return { grant_type: 'authorization_code', code, redirect_uri: callback, code_verifier: verifier }
}

describe('OAuth', () => {
  test('gives tokens for the code and its verifier, which a refresh replaces', async () => {
    const here = await company()
    await using gitlab = here.gitlab
    const form = await codeOf(here)
    const { json } = await exchange(here, form)
    expect(json).toMatchObject({ token_type: 'Bearer', expires_in: 7200, scope: 'api read_user' })
    const user = (token: string) => ask('GET', api(gitlab, '/user'), { token })
    expect((await user(json.access_token)).json).toMatchObject({ username: 'ines' })
    const again = { grant_type: 'refresh_token', refresh_token: json.refresh_token }
    const next = await exchange(here, again)
    expect(next.json.refresh_token).not.toBe(json.refresh_token)
    expect((await user(json.access_token)).status).toBe(401)
    expect((await user(next.json.access_token)).status).toBe(200)
    expect(gitlab.breaches).toEqual([])
    expect((await exchange(here, again)).json.error).toBe('invalid_grant')
    expect((await exchange(here, form)).json.error).toBe('invalid_grant')
  })

  test.each([
    [{ code_verifier: 'w'.repeat(43) }, 400, 'invalid_grant'],
    [{ redirect_uri: `${callback}/x` }, 400, 'invalid_grant'],
    [{ client_secret: 'x' }, 401, 'invalid_client'],
    [{ grant_type: 'password' }, 400, 'unsupported_grant_type'],
  ])('refuses an exchange with %j', async (changes, status, error) => {
    const here = await company()
    await using _ = here.gitlab
    const answer = await exchange(here, { ...(await codeOf(here)), ...changes })
    expect([answer.status, answer.json.error]).toEqual([status, error])
  })

  test('sends to no other address, and says who denied', async () => {
    const here = await company()
    await using gitlab = here.gitlab
    const other = await authorize(here, { redirect_uri: 'http://evil.example/' })
    expect([other.status, other.headers.get('location')]).toEqual([400, null])
    const wide = await authorize(here, { scope: 'sudo' })
    expect(wide.headers.get('location')).toContain('error=invalid_scope')
    gitlab.signIn(null)
    expect((await authorize(here)).headers.get('location')).toContain('error=access_denied')
  })

  test('a token ends after two hours, and when it is revoked', async () => {
    const clock = { now: 1_800_000_000_000 }
    const here = await company({ now: () => clock.now })
    await using gitlab = here.gitlab
    const { json } = await exchange(here, await codeOf(here))
    clock.now += 7_200_000
    const late = await ask('GET', api(gitlab, '/user'), { token: json.access_token })
    expect(late.json).toMatchObject({ error: 'invalid_token' })
    const again = { grant_type: 'refresh_token', refresh_token: json.refresh_token }
    const next = await exchange(here, again)
    const form = {
      client_id: here.app.clientId,
      client_secret: here.app.clientSecret,
      token: next.json.access_token,
    }
    expect((await ask('POST', `${gitlab.url}/oauth/revoke`, { form })).status).toBe(200)
    const gone = await ask('GET', api(gitlab, '/user'), { token: next.json.access_token })
    expect(gone.json.error_description).toContain('revoked')
  })
})

describe('projects', () => {
  test('are listed by pages of both kinds, searched, and limited by level', async () => {
    const { gitlab } = await company()
    await using _ = gitlab
    for (let n = 0; n < 4; n += 1) gitlab.addProject(`lumen/app-${n}`, { dir: null })
    gitlab.addProject('lumen/old', { dir: null, archived: true })
    gitlab.addProject('passer-by/own', { dir: null })
    gitlab.addToken('glpat-tom', 'tom')
    const get = (query: string) =>
      ask('GET', query.startsWith('http') ? query : api(gitlab, `/projects?${query}`), {
        token: 'glpat-tom',
      })
    const names = ({ json }: { json: { path: string }[] }) => json.map(({ path }) => path)
    const first = await get('membership=true&per_page=4&page=1')
    expect(names(first)).toEqual(['old', 'app-3', 'app-2', 'app-1'])
    expect(first.headers.get('x-next-page')).toBe('2')
    expect(first.headers.get('x-total')).toBe('6')
    expect((await get('membership=true&per_page=4&page=2')).headers.get('x-next-page')).toBe('')
    const byKey = await get('membership=true&pagination=keyset&order_by=id&sort=asc&per_page=4')
    expect(names(byKey)).toEqual(['wallet', 'app-0', 'app-1', 'app-2'])
    const next = /<([^>]+)>; rel="next"/.exec(byKey.headers.get('link') ?? '')?.[1] ?? ''
    expect(names(await get(next))).toEqual(['app-3', 'old'])
    expect(names(await get('membership=true&search=wal'))).toEqual(['wallet'])
    expect(names(await get('membership=true&archived=false'))).not.toContain('old')
    expect(names(await get('membership=true&min_access_level=40'))).toEqual([])
  })

  test('one is found by number and by its path, with what one may', async () => {
    const { gitlab, wallet } = await company()
    await using _ = gitlab
    gitlab.addToken('glpat-tom', 'tom')
    gitlab.addToken('glpat-none', 'passer-by')
    const path = `/projects/${encodeURIComponent('lumen/apps/wallet')}`
    expect((await ask('GET', api(gitlab, path), { token: 'glpat-tom' })).json).toMatchObject({
      id: wallet.id,
      permissions: { project_access: null, group_access: { access_level: 30 } },
    })
    const hidden = await ask('GET', api(gitlab, `/projects/${wallet.id}`), { token: 'glpat-none' })
    expect(hidden).toMatchObject({ status: 404, json: { message: '404 Project Not Found' } })
  })

  test('a scope that is too small is refused', async () => {
    const { gitlab, wallet } = await company()
    await using _ = gitlab
    gitlab.addToken('glpat-user', 'ines', ['read_user'])
    gitlab.addToken('glpat-read', 'ines', ['read_api'])
    const ways = [
      ask('GET', api(gitlab, '/projects'), { token: 'glpat-user' }),
      ask('POST', api(gitlab, `/projects/${wallet.id}/hooks`), {
        token: 'glpat-read',
        body: { url: 'http://x' },
      }),
    ]
    for (const answer of await Promise.all(ways)) {
      expect(answer).toMatchObject({ status: 403, json: { error: 'insufficient_scope' } })
    }
    expect((await ask('GET', api(gitlab, '/user'), { token: 'glpat-user' })).status).toBe(200)
    expect((await ask('GET', api(gitlab, '/user'), { token: 'nobody' })).status).toBe(401)
  })

  test('a member of a group above is one', async () => {
    const { gitlab } = await company()
    await using _ = gitlab
    gitlab.addGroup('lumen/apps', {})
    gitlab.addToken('glpat-ines', 'ines')
    const tom = gitlab.world.people.find((one) => one.username === 'tom')?.id
    const of = (group: string, id: number | undefined) =>
      ask('GET', api(gitlab, `/groups/${encodeURIComponent(group)}/members/all/${id}`), {
        token: 'glpat-ines',
      })
    expect((await of('lumen/apps', tom)).json).toMatchObject({ username: 'tom', access_level: 30 })
    expect((await of('lumen/apps', 1)).status).toBe(404)
  })

  test('a limit is told with its headers', async () => {
    const { gitlab } = await company()
    await using _ = gitlab
    gitlab.decide(() => rateLimited(30))
    const { status, headers } = await ask('GET', api(gitlab, '/user'), { token: 'x' })
    expect([status, headers.get('retry-after'), headers.get('ratelimit-remaining')]).toEqual([
      429,
      '30',
      '0',
    ])
  })
})

describe('webhooks', () => {
  const signingToken = `whsec_${randomBytes(32).toString('base64')}`
  const hook = { push_events: true, merge_requests_events: true, token: 'secret' }

  test('are made, changed and removed by maintainers, and never show their tokens', async () => {
    const { gitlab, wallet } = await company()
    await using _ = gitlab
    gitlab.addToken('glpat-ines', 'ines')
    gitlab.addToken('glpat-tom', 'tom')
    const path = api(gitlab, `/projects/${wallet.id}/hooks`)
    const body = { ...hook, url: 'http://127.0.0.1:1/', signing_token: signingToken }
    expect((await ask('POST', path, { token: 'glpat-tom', body })).status).toBe(403)
    const made = await ask('POST', path, { token: 'glpat-ines', body })
    expect(made).toMatchObject({
      status: 201,
      json: { merge_requests_events: true, token_present: true, signing_token_present: true },
    })
    expect(JSON.stringify(made.json)).not.toContain('secret')
    const one = `${path}/${made.json.id}`
    const off = { push_events: false }
    const changed = await ask('PUT', one, { token: 'glpat-ines', body: off })
    expect(changed.json).toMatchObject({ push_events: false, merge_requests_events: true })
    expect((await ask('DELETE', one, { token: 'glpat-ines' })).status).toBe(204)
    expect((await ask('GET', path, { token: 'glpat-ines' })).json).toEqual([])
    const short = { ...body, signing_token: 'whsec_c2hvcnQ=' }
    expect((await ask('POST', path, { token: 'glpat-ines', body: short })).status).toBe(422)
  })

  test('are sent with the token, and signed over id, time and body', async () => {
    await using receiver = await startReceiver()
    const { gitlab, wallet } = await company()
    await using _ = gitlab
    gitlab.addToken('glpat-ines', 'ines')
    const body = { ...hook, url: receiver.url, signing_token: signingToken }
    const path = api(gitlab, `/projects/${wallet.id}/hooks`)
    const made = await ask('POST', path, { token: 'glpat-ines', body })
    const { deliveries } = await gitlab.push(wallet, { files: { a: '1' }, by: 'tom' })
    const [taken] = receiver.taken
    const { headers } = taken!
    expect(headers).toMatchObject({
      'x-gitlab-event': 'Push Hook',
      'x-gitlab-token': 'secret',
      'x-gitlab-instance': gitlab.url,
      'webhook-id': deliveries[0]?.idempotencyKey,
    })
    const key = Buffer.from(signingToken.slice(6), 'base64')
    const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${taken!.body}`
    const made256 = createHmac('sha256', key).update(signed).digest('base64')
    expect(headers['webhook-signature']).toBe(`v1,${made256}`)
    const events = `${path}/${made.json.id}/events`
    const [event] = (await ask('GET', events, { token: 'glpat-ines' })).json
    expect(event.response_status).toBe('202')
    await ask('POST', `${events}/${event.id}/resend`, { token: 'glpat-ines' })
    expect(receiver.taken[1]?.headers['idempotency-key']).toBe(headers['idempotency-key'])
    expect(receiver.taken[1]?.headers['x-gitlab-event-uuid']).not.toBe(
      headers['x-gitlab-event-uuid'],
    )
  })

  test('an older version knows no signing tokens', async () => {
    await using receiver = await startReceiver()
    const { gitlab, wallet } = await company({ version: '16.11.0', signs: false })
    await using _ = gitlab
    gitlab.addToken('glpat-ines', 'ines')
    const body = { ...hook, url: receiver.url, signing_token: signingToken }
    const path = api(gitlab, `/projects/${wallet.id}/hooks`)
    const made = await ask('POST', path, { token: 'glpat-ines', body })
    expect(made.json).not.toHaveProperty('signing_token_present')
    await gitlab.push(wallet)
    expect(receiver.taken[0]?.headers).not.toHaveProperty('webhook-signature')
  })

  test('a merge request of a fork is told with both projects, and its update with the old commit', async () => {
    await using receiver = await startReceiver()
    const { gitlab, wallet } = await company()
    await using _ = gitlab
    gitlab.addToken('glpat-ines', 'ines')
    const path = api(gitlab, `/projects/${wallet.id}/hooks`)
    await ask('POST', path, { token: 'glpat-ines', body: { ...hook, url: receiver.url } })
    const { merge } = await gitlab.openMerge(wallet, { branch: 'patch', fork: 'passer-by' })
    const before = merge.headSha
    await gitlab.push(gitlab.project('passer-by/wallet'), { branch: 'patch', files: { b: '2' } })
    const [opened, updated] = receiver.taken.map(({ body }) => JSON.parse(body).object_attributes)
    expect(opened).toMatchObject({
      action: 'open',
      source: { path_with_namespace: 'passer-by/wallet' },
      target: { path_with_namespace: 'lumen/apps/wallet' },
    })
    expect(updated).toMatchObject({ action: 'update', oldrev: before })
    expect(updated.last_commit.id).toBe(merge.headSha)
  })
})

describe('notes and statuses', () => {
  test('a note is made, edited by its author alone, and listed', async () => {
    const { gitlab, wallet } = await company()
    await using _ = gitlab
    gitlab.addToken('glpat-ines', 'ines')
    gitlab.addToken('glpat-tom', 'tom')
    const { merge } = await gitlab.openMerge(wallet, { branch: 'x' })
    const path = api(gitlab, `/projects/${wallet.id}/merge_requests/${merge.iid}/notes`)
    const made = await ask('POST', path, { token: 'glpat-ines', body: { body: 'Building' } })
    const one = `${path}/${made.json.id}`
    expect((await ask('PUT', one, { token: 'glpat-tom', body: { body: 'x' } })).status).toBe(403)
    await ask('PUT', one, { token: 'glpat-ines', body: { body: 'Done' } })
    expect((await ask('GET', path, { token: 'glpat-tom' })).json).toMatchObject([{ body: 'Done' }])
  })

  test('an archived project takes no status, nor does one of who may not', async () => {
    const { gitlab, wallet } = await company()
    await using _ = gitlab
    gitlab.addToken('glpat-tom', 'tom')
    const { after } = await gitlab.push(wallet)
    const tell = () =>
      ask('POST', api(gitlab, `/projects/${wallet.id}/statuses/${after}`), {
        token: 'glpat-tom',
        body: { state: 'running', name: 'oore' },
      })
    expect((await tell()).status).toBe(201)
    expect((await tell()).json.message).toContain('Cannot transition status via :run from :running')
    wallet.archived = true
    expect((await tell()).status).toBe(403)
  })
})

describe('https', () => {
  test('is believed by who was given the certificate, and by nobody else', async () => {
    const { key, cert } = selfSigned('127.0.0.1')
    await using gitlab = await startFakeGitlab({ tls: { key, cert }, token: 'glpat-all' })
    expect(gitlab.apiUrl).toMatch(/^https:/)
    const headers = { 'private-token': 'glpat-all' }
    const get = (options: object) =>
      fetch(api(gitlab, '/version'), { headers, dispatcher: new Agent({ connect: options }) })
    expect((await get({ ca: cert })).status).toBe(200)
    await expect(get({})).rejects.toThrow('fetch failed')
  })
})

describe('git', () => {
  test('needs oauth2 and a token that may read, and has the merge', async () => {
    const here = await company({ prefix: '/gitlab' })
    await using gitlab = here.gitlab
    expect(gitlab.url).toMatch(/\/gitlab$/)
    const { json } = await exchange(here, await codeOf(here))
    const { merge } = await gitlab.openMerge(here.wallet, { branch: 'x' })
    const address = `${gitlab.url}/lumen/apps/wallet.git`
    const as = (username: string, token: string) => withLogin(address, username, token)
    const listed = await gitClone(as('oauth2', json.access_token), 'refs/merge-requests/*')
    expect(listed).toContain(`${merge.headSha}\trefs/merge-requests/1/head`)
    expect(listed).toContain(`${merge.mergeSha}\trefs/merge-requests/1/merge`)
    expect(await gitClone(address)).toContain('could not read Username')
    gitlab.addToken('glpat-user', 'ines', ['read_user'])
    expect(await gitClone(as('x', 'glpat-user'))).toContain('403')
    gitlab.revokeAll()
    expect(await gitClone(as('oauth2', json.access_token))).toContain('Authentication failed')
  })
})
