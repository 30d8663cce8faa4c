import { describe, expect, test } from 'vitest'
import { MiB } from '../../src/lib/sizes.ts'
import { type Ask, bearer, TestApp } from '../support/app.ts'
import { testAdminToken } from '../support/ctx.ts'

const policyOf = (answer: Response) => answer.headers.get('content-security-policy') ?? ''

type Problem = { title: string; status: number; detail: string; request_id: string }
const problemOf = async (answer: Response) => (await answer.json()) as Problem

describe('forged requests', () => {
  const matrix: [what: string, headers: Record<string, string>, passes: boolean][] = [
    ['Sec-Fetch-Site: cross-site', { 'sec-fetch-site': 'cross-site' }, false],
    ['Sec-Fetch-Site: same-site', { 'sec-fetch-site': 'same-site' }, false],
    ['Sec-Fetch-Site: none', { 'sec-fetch-site': 'none' }, false],
    ['Sec-Fetch-Site: nonsense', { 'sec-fetch-site': 'same-origin, cross-site' }, false],
    ['Sec-Fetch-Site: same-origin', { 'sec-fetch-site': 'same-origin' }, true],
    [
      'a right Origin beside a wrong Sec-Fetch-Site',
      { 'sec-fetch-site': 'cross-site', origin: 'http://localhost:8080' },
      false,
    ],
    ['Origin of ours', { origin: 'http://localhost:8080' }, true],
    ['Origin of another port', { origin: 'http://localhost:9000' }, false],
    ['Origin of another scheme', { origin: 'https://localhost:8080' }, false],
    ['Origin of another site', { origin: 'https://evil.example' }, false],
    ['Origin: null', { origin: 'null' }, false],
    ['neither', {}, false],
  ]
  for (const [what, headers, passes] of matrix) {
    test(`with a session and ${what} ${passes ? 'pass' : 'are refused and change nothing'}`, async () => {
      await using app = await TestApp.start()
      const { build } = await app.build()
      const browser = await app.asBrowser()
      const cookie = `oore_session=${browser.cookies.get('oore_session')}`
      const statuses = []
      for (const [path, ask] of [
        [`/builds/${build.id}/cancel`, { form: {} }],
        [`/api/builds/${build.id}/retry`, { json: {} }],
      ] as const) {
        const answer = await app.asStranger(path, { ...ask, headers: { cookie, ...headers } })
        statuses.push(answer.status)
        if (!passes)
          expect(await answer.text()).toContain('did not come from a page of this server')
      }
      expect(statuses).toEqual(passes ? [303, 201] : [403, 403])
      const after = await app.asAdmin(`/api/builds/${build.id}`)
      expect(await after.json()).toMatchObject({ status: passes ? 'cancelled' : 'pending' })
    })
  }

  test('are not those with a token of their own, which no other site can send', async () => {
    await using app = await TestApp.start()
    const { build } = await app.build()
    const headers = { 'sec-fetch-site': 'cross-site', origin: 'https://elsewhere.example' }
    const answer = await app.asAdmin(`/api/builds/${build.id}/cancel`, { json: {}, headers })
    expect(answer.status).toBe(200)
  })

  test('cannot sign a browser in or out or change its theme', async () => {
    await using app = await TestApp.start()
    for (const [path, form] of [
      ['/login', { token: testAdminToken }],
      ['/logout', {}],
      ['/theme', { theme: 'dark' }],
    ] as [string, Record<string, string>][]) {
      const headers = { 'sec-fetch-site': 'cross-site' }
      const answer = await app.asStranger(path, { form, headers })
      expect([path, answer.status, answer.headers.getSetCookie()]).toEqual([path, 403, []])
    }
  })

  test('a token that proves nothing is not helped out by a cookie', async () => {
    await using app = await TestApp.start()
    const browser = await app.asBrowser()
    for (const authorization of ['Bearer wrong', 'Basic eDp5', 'Bearer', testAdminToken]) {
      expect((await browser.ask('/api/builds', { headers: { authorization } })).status).toBe(401)
    }
  })
})

describe('bodies', () => {
  const types = ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data', '']
  for (const type of types) {
    test(`JSON that is said to be ${type || 'nothing'} is 415`, async () => {
      await using app = await TestApp.start()
      const body = Buffer.from('{"format":"yaml","content":"x"}')
      const answer = await app.asAdmin('/api/pipelines/validate', {
        body,
        headers: {
          'content-length': String(body.length),
          ...(type === '' ? {} : { 'content-type': type }),
        },
      })
      expect(answer.status).toBe(415)
      const { detail } = await problemOf(answer)
      expect(detail).toBe(
        `The body is sent ${type === '' ? 'without a Content-Type' : `as ${type}`}; send application/json instead.`,
      )
    })
  }

  test('that are no JSON, no UTF-8 or no object are refused in words', async () => {
    await using app = await TestApp.start()
    const ask = (body: BodyInit) =>
      app.asAdmin('/api/pipelines/validate', {
        body,
        headers: { 'content-type': 'application/json; charset=utf-8' },
      })
    for (const body of ['{', 'undefined', '{"a":1}x', Buffer.from([0x22, 0xff, 0x22])]) {
      const answer = await ask(body)
      expect(answer.status).toBe(400)
      expect((await problemOf(answer)).detail).toBe('The body is not JSON in UTF-8.')
    }
    const list = await ask('[]')
    expect([list.status, (await problemOf(list)).detail]).toEqual([
      422,
      'The body must be an object, not a list.',
    ])
  })

  test('cannot reach into the prototype of anything', async () => {
    await using app = await TestApp.start()
    const json =
      '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"format":"yaml","content":""}'
    const answer = await app.asAdmin('/api/pipelines/validate', { json })
    expect(answer.status).toBe(422)
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
  })

  test('nested a hundred thousand deep are refused', async () => {
    await using app = await TestApp.start()
    const json = `{"format":"yaml","content":${'['.repeat(100_000)}${']'.repeat(100_000)}}`
    const answer = await app.asAdmin('/api/pipelines/validate', { json })
    expect(answer.status).toBe(422)
  })

  const parts = (bytes: number) =>
    new ReadableStream<Uint8Array>({
      start(controller) {
        for (let sent = 0; sent < bytes; sent += MiB / 4) {
          controller.enqueue(new Uint8Array(MiB / 4).fill(0x20))
        }
        controller.close()
      },
    })

  test('beyond 1 MiB are 413, announced or not', async () => {
    await using app = await TestApp.start()
    const type = { 'content-type': 'application/json' }
    const announced = await app.asAdmin('/api/pipelines/validate', {
      body: '{}',
      headers: { ...type, 'content-length': String(MiB + 1) },
    })
    const chunked = await app.asAdmin('/api/pipelines/validate', {
      body: parts(2 * MiB),
      headers: { ...type, 'transfer-encoding': 'chunked' },
    })
    for (const answer of [announced, chunked]) {
      expect(answer.status).toBe(413)
      expect((await problemOf(answer)).detail).toContain('larger than the 1')
    }
    const browser = await app.asBrowser()
    const page = await browser.ask('/repositories', {
      method: 'POST',
      body: parts(2 * MiB),
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        'transfer-encoding': 'chunked',
      },
    })
    expect([page.status, page.headers.get('content-type')]).toEqual([
      413,
      'text/html; charset=utf-8',
    ])
  })

  test('of hooks may have 10 MiB', async () => {
    await using app = await TestApp.start()
    const { repository } = await app.services.repository({ 'a.txt': 'a' })
    const ask = (bytes: number) =>
      app.asStranger(`/api/webhooks/git/${repository.id}`, {
        method: 'POST',
        body: parts(bytes),
        headers: { 'content-type': 'application/json', 'transfer-encoding': 'chunked' },
      })
    expect([(await ask(10 * MiB)).status, (await ask(11 * MiB)).status]).toEqual([401, 413])
  })

  test('that break off are the fault of who sent them', async () => {
    await using app = await TestApp.start()
    const body = new ReadableStream({
      pull(controller) {
        controller.error(new Error('the connection is gone'))
      },
    })
    const headers = { 'content-type': 'application/json', 'transfer-encoding': 'chunked' }
    const ask: Ask = { method: 'POST', body, headers }
    const answer = await app.asAdmin('/api/pipelines/validate', ask)
    expect([answer.status, (await problemOf(answer)).detail]).toEqual([
      400,
      'The body broke off before its end.',
    ])
    expect(app.logged).toEqual([])
  })
})

describe('headers', () => {
  test('of pages let nothing inline run, nothing from elsewhere in and nobody frame them', async () => {
    await using app = await TestApp.start()
    const { build, repository } = await app.build()
    const browser = await app.asBrowser()
    const pages = [
      '/',
      '/login?next=/',
      '/builds',
      `/builds/${build.id}`,
      `/repositories/${repository.id}`,
      '/webhooks',
      '/nothing',
    ]
    for (const path of pages) {
      const { headers } = await browser.ask(path)
      const policy = headers.get('content-security-policy') ?? ''
      expect(policy).not.toMatch(/unsafe|\*|https?:/)
      for (const part of ["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'"]) {
        expect(policy).toContain(part)
      }
      expect(Object.fromEntries(headers)).toMatchObject({
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
        'referrer-policy': 'same-origin',
        'cache-control': 'no-store',
        'x-request-id': expect.stringMatching(/^[0-9A-Z]{26}$/),
      })
      expect(headers.has('strict-transport-security')).toBe(false)
      expect(headers.has('access-control-allow-origin')).toBe(false)
    }
  })

  test('of data let a browser that shows it do nothing', async () => {
    await using app = await TestApp.start()
    const { build } = await app.build()
    for (const path of [
      '/api/builds',
      `/api/builds/${build.id}/logs`,
      '/api/nothing',
      '/healthz',
    ]) {
      const answer = await app.asAdmin(path)
      expect(policyOf(answer)).toBe("default-src 'none'; frame-ancestors 'none'; sandbox")
      expect(answer.headers.get('x-content-type-options')).toBe('nosniff')
      await answer.body?.cancel()
    }
  })

  test('ask for https ever after where people use https, and only there', async () => {
    await using app = await TestApp.start({ OORE_BASE_URL: 'https://ci.example.com' })
    for (const path of ['/login', '/api/health', '/healthz', '/nothing']) {
      const { headers } = await app.asStranger(path)
      expect(headers.get('strict-transport-security')).toBe('max-age=31536000')
    }
  })

  test('tell the id of the request: the caller’s where it is harmless, else a new one', async () => {
    await using app = await TestApp.start()
    const ask = async (id: string) => {
      const answer = await app.asAdmin('/api/nothing', { headers: { 'x-request-id': id } })
      return [answer.headers.get('x-request-id'), (await problemOf(answer)).request_id]
    }
    expect(await ask('my-id_1.2')).toEqual(['my-id_1.2', 'my-id_1.2'])
    for (const id of ['', ' ', 'a b', 'a<b', 'é', 'x'.repeat(65)]) {
      const [sent, told] = await ask(id)
      expect(sent).toMatch(/^[0-9A-Z]{26}$/)
      expect(told).toBe(sent)
    }
  })

  test('of HEAD are those of GET, without a body', async () => {
    await using app = await TestApp.start()
    const { build } = await app.build()
    for (const path of ['/api/health', `/api/builds/${build.id}`, '/api/builds', '/api/nothing']) {
      const headers = { 'x-request-id': 'same' }
      const get = await app.asAdmin(path, { headers })
      const head = await app.asAdmin(path, { method: 'HEAD', headers })
      expect([head.status, Object.fromEntries(head.headers)]).toEqual([
        get.status,
        Object.fromEntries(get.headers),
      ])
      expect(await head.text()).toBe('')
    }
  })
})

describe('the host that is asked for', () => {
  const refused = ['evil.example', 'localhost.evil.example', 'localhost:8080:80', '', '127.0.0.2']
  for (const host of refused) {
    test(`${JSON.stringify(host)} is 421, and nothing it says is repeated in a link`, async () => {
      await using app = await TestApp.start()
      for (const path of ['/', '/login', '/api/health', '/api/builds', '/metrics', '/nothing']) {
        const answer = await app.asAdmin(path, { headers: { host } })
        expect([path, answer.status]).toEqual([path, 421])
        expect(answer.headers.get('location')).toBeNull()
        const text = await answer.text()
        expect(text).not.toContain(`//${host || 'none'}`)
        expect(text).toContain('http://localhost:8080')
      }
    })
  }

  test('may be a name of this machine where it listens there, with any port', async () => {
    await using app = await TestApp.start({ OORE_BASE_URL: 'https://ci.example.com' })
    for (const host of ['ci.example.com', 'CI.example.com:443', 'localhost:1', '[::1]:8080']) {
      expect((await app.asStranger('/api/health', { headers: { host } })).status).toBe(200)
    }
  })

  test('may be any for a probe, which asks by address and learns only how the server is', async () => {
    await using app = await TestApp.start()
    for (const path of ['/healthz', '/readyz']) {
      const answer = await app.asStranger(path, { headers: { host: '10.0.0.5:8080' } })
      expect([path, answer.status]).toEqual([path, 200])
      const changing = { method: 'POST', headers: { host: '10.0.0.5:8080' } }
      expect((await app.asStranger(path, changing)).status).toBe(421)
    }
  })

  test('never becomes part of an address that Oore gives out', async () => {
    await using app = await TestApp.start({ OORE_BASE_URL: 'https://ci.example.com' })
    const { repository, build } = await app.build()
    const headers = { host: 'localhost:9999' }
    const hook = await app.asAdmin(`/api/repositories/${repository.id}/webhook-url`, { headers })
    expect(await hook.json()).toMatchObject({
      url: `https://ci.example.com/api/webhooks/git/${repository.id}`,
    })
    const shown = await app.asAdmin(`/api/builds/${build.id}`, { headers })
    expect(await shown.json()).toMatchObject({ url: `https://ci.example.com/builds/${build.id}` })
  })
})

describe('what breaks', () => {
  test('is a page or a problem with the request’s id, and its stack is for the operator', async () => {
    await using app = await TestApp.start()
    const browser = await app.asBrowser()
    await app.services.db.write((tx) => tx.run('DROP TABLE pipeline_versions'))
    const { repository } = await app.services.repository({ 'a.txt': 'a' })
    const headers = { 'x-request-id': 'broken-1' }
    const path = `/repositories/${repository.id}/pipeline/versions/1`
    const api = await app.asAdmin(`/api${path}?token=secret-value`, { headers })
    expect(api.status).toBe(500)
    expect(await problemOf(api)).toMatchObject({ title: 'Oore broke', request_id: 'broken-1' })
    const page = await browser.ask(path, { headers })
    const text = await page.text()
    expect([page.status, text.includes('broken-1'), /sqlite|drizzle|\.ts/i.test(text)]).toEqual([
      500,
      true,
      false,
    ])
    const errors = app.logged.filter(({ msg }) => msg === 'a request broke')
    expect(errors).toMatchObject([{ requestId: 'broken-1' }, { requestId: 'broken-1' }])
    expect(JSON.stringify(app.logged)).not.toContain('secret-value')
  })

  test('of a file is a page to a browser, with a page’s headers, and a problem to others', async () => {
    await using app = await TestApp.start()
    const { build } = await app.build()
    const browser = await app.asBrowser()
    const path = `/builds/${build.id}/artifacts/none.txt`
    const page = await browser.ask(path)
    expect([page.status, page.headers.get('content-type')]).toEqual([
      404,
      'text/html; charset=utf-8',
    ])
    expect(policyOf(page)).toContain("style-src 'self'")
    const problem = await app.asStranger(path, { headers: bearer })
    expect([problem.status, problem.headers.get('content-type')]).toEqual([
      404,
      'application/problem+json; charset=utf-8',
    ])
    const stranger = await app.asStranger(path, { headers: { accept: 'text/html' } })
    expect([stranger.status, stranger.headers.get('location')]).toEqual([
      303,
      `/login?next=${encodeURIComponent(path)}`,
    ])
  })
})
