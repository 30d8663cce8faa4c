import { describe, expect, test } from 'vitest'
import { schema } from '../../src/db/client.ts'
import { days, hours, minutes, seconds } from '../../src/lib/clock.ts'
import { Browser, TestApp } from '../support/app.ts'
import { testAdminToken } from '../support/ctx.ts'

const own = { 'sec-fetch-site': 'same-origin' }
const signIn = (token: string) => ({ form: { token }, headers: own })
const locationOf = (answer: Response) => answer.headers.get('location')

describe('the cookie of a session', () => {
  test('is kept from scripts, other sites and, over https, from subdomains', async () => {
    await using plain = await TestApp.start()
    const overHttp = await plain.asStranger('/login', signIn(testAdminToken))
    expect(overHttp.headers.getSetCookie()).toEqual([
      expect.stringMatching(/^oore_session=[a-z2-7]{32}; Path=\/; HttpOnly; SameSite=Lax$/),
    ])
    await using secure = await TestApp.start({ OORE_BASE_URL: 'https://ci.example.com' })
    const form = { token: testAdminToken, remember: 'true' }
    const overHttps = await secure.asStranger('/login', { form, headers: own })
    expect(overHttps.headers.getSetCookie()).toEqual([
      expect.stringMatching(
        /^__Host-oore=[a-z2-7]{32}; Path=\/; HttpOnly; SameSite=Lax; Secure; Max-Age=2592000$/,
      ),
    ])
  })

  test('of a name without the prefix is nothing over https', async () => {
    await using app = await TestApp.start({ OORE_BASE_URL: 'https://ci.example.com' })
    const browser = await app.asBrowser()
    const value = browser.cookies.get('__Host-oore') ?? ''
    const asked = (name: string) =>
      app.asStranger('/builds', { headers: { cookie: `${name}=${value}` } })
    expect((await asked('__Host-oore')).status).toBe(200)
    expect((await asked('oore_session')).status).toBe(303)
  })

  test('is another after every sign-in, and the one before is worth nothing at once', async () => {
    await using app = await TestApp.start()
    const browser = await app.asBrowser()
    expect((await browser.ask('/builds')).status).toBe(200)
    const before = browser.cookies.get('oore_session') ?? ''
    await browser.ask('/login', { form: { token: testAdminToken } })
    expect(browser.cookies.get('oore_session')).not.toBe(before)
    const replayed = await app.asStranger('/builds', {
      headers: { cookie: `oore_session=${before}` },
    })
    expect(replayed.status).toBe(303)
  })

  test('set by someone else before a sign-in is not the one after it', async () => {
    await using app = await TestApp.start()
    const browser = new Browser(app.asStranger)
    browser.cookies.set('oore_session', 'chosen-by-an-attacker')
    await browser.ask('/login', { form: { token: testAdminToken } })
    expect(browser.cookies.get('oore_session')).toMatch(/^[a-z2-7]{32}$/)
  })

  test('is dead the moment its owner signs out, also for who kept a copy', async () => {
    await using app = await TestApp.start()
    const browser = await app.asBrowser()
    await browser.ask('/builds')
    const cookie = browser.cookies.get('oore_session') ?? ''
    const out = await browser.ask('/logout', { form: {} })
    expect([out.status, locationOf(out), browser.cookies.has('oore_session')]).toEqual([
      303,
      '/login',
      false,
    ])
    const copied = new Browser(app.asStranger)
    copied.cookies.set('oore_session', cookie)
    for (const [path, ask] of [
      ['/builds', {}],
      ['/logout', { form: {} }],
    ] as const) {
      expect((await copied.ask(path, ask)).status).toBe(303)
    }
    expect(await app.services.db.read.select().from(schema.sessions).all()).toEqual([])
  })

  test('ends after half a day unused, or after a week where it is remembered', async () => {
    await using app = await TestApp.start()
    const brief = await app.asBrowser()
    const kept = await app.asBrowser({ remember: 'true' })
    app.services.advance(hours(12) - minutes(1))
    expect((await brief.ask('/builds')).status).toBe(200)
    app.services.advance(hours(12))
    expect((await brief.ask('/builds')).status).toBe(303)
    app.services.advance(days(5))
    expect((await kept.ask('/builds')).status).toBe(200)
    app.services.advance(days(7) + minutes(1))
    expect(locationOf(await kept.ask('/builds'))).toBe('/login?next=%2Fbuilds')
  })

  test('is noticed to have expired within five seconds, though it was used just before', async () => {
    await using app = await TestApp.start()
    const browser = await app.asBrowser()
    for (const ms of [hours(12) - seconds(2), hours(12) - seconds(2)]) {
      app.services.advance(ms)
      expect((await browser.ask('/builds')).status).toBe(200)
    }
    app.services.advance(seconds(9))
    expect((await browser.ask('/builds')).status).toBe(303)
  })

  test('that nobody was given leaves no trace when it is signed out', async () => {
    await using app = await TestApp.start()
    const browser = new Browser(app.asStranger)
    browser.cookies.set('oore_session', 'made-up')
    expect((await browser.ask('/logout', { form: {} })).status).toBe(303)
    expect(await app.services.db.read.select().from(schema.facts).all()).toEqual([])
  })
})

describe('signing in', () => {
  test('leads to where one wanted to go', async () => {
    await using app = await TestApp.start()
    const first = await app.asStranger('/builds?status=failure&q=a%20b')
    expect(locationOf(first)).toBe('/login?next=%2Fbuilds%3Fstatus%3Dfailure%26q%3Da%2520b')
    const form = { token: testAdminToken, next: '/builds?status=failure&q=a%20b' }
    const answer = await app.asStranger('/login', { form, headers: own })
    expect([answer.status, locationOf(answer)]).toEqual([303, '/builds?status=failure&q=a%20b'])
  })

  const leadingAway = [
    'https://evil.example',
    '//evil.example',
    '///evil.example',
    '/\\evil.example',
    '\\\\evil.example',
    '/\t/evil.example',
    '/\n/evil.example',
    '/.//evil.example',
    '/x/..//evil.example',
    'javascript:alert(1)',
    ' /builds',
    'http:evil.example',
    '/login?next=//evil.example',
    '/api/builds',
  ]
  for (const next of leadingAway) {
    test(`never leads away: ${JSON.stringify(next)}`, async () => {
      await using app = await TestApp.start()
      const form = { token: testAdminToken, next }
      const signed = await app.asStranger('/login', { form, headers: own })
      expect([signed.status, locationOf(signed)]).toEqual([303, '/'])
      const browser = await app.asBrowser()
      const already = await browser.ask(`/login?${new URLSearchParams({ next })}`)
      expect(locationOf(already)).toBe('/')
      const theme = await browser.ask('/theme', { form: { theme: 'dark', next } })
      expect(locationOf(theme)).toBe('/')
    })
  }

  test('with a wrong token says the same whatever is wrong with it', async () => {
    await using app = await TestApp.start()
    const texts = []
    for (const token of ['x', `${testAdminToken}x`, testAdminToken.toUpperCase(), '\u0000', '🎉']) {
      const answer = await app.asStranger('/login', {
        ...signIn(token),
        from: `10.0.0.${token.length}`,
      })
      expect(answer.status).toBe(401)
      expect(answer.headers.getSetCookie()).toEqual([])
      texts.push(await answer.text())
    }
    expect(new Set(texts.map((text) => /not the admin token[^<]*/.exec(text)?.[0])).size).toBe(1)
    expect(texts.join()).not.toContain(testAdminToken.toUpperCase())
  })

  test('without a token asks for one', async () => {
    await using app = await TestApp.start()
    const answer = await app.asStranger('/login', { form: { next: '/builds' }, headers: own })
    expect(answer.status).toBe(422)
    const text = await answer.text()
    expect(text).toContain('token is missing')
    expect(text).toContain('value="/builds"')
  })

  test('is refused after ten failures from an address, and says for how long', async () => {
    await using app = await TestApp.start()
    const attempt = (token: string, from: string) =>
      app.asStranger('/login', { ...signIn(token), from })
    const wrong = await Promise.all(Array.from({ length: 12 }, () => attempt('x', '10.1.1.1')))
    expect(wrong.map(({ status }) => status).toSorted()).toEqual([...Array(10).fill(401), 429, 429])
    const refused = await attempt(testAdminToken, '10.1.1.1')
    expect(refused.status).toBe(429)
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(await refused.text()).toMatch(/Too many failed attempts.*minutes/)
    expect((await attempt(testAdminToken, '10.1.1.2')).status).toBe(303)
  })

  test('that worked forgets the failures before it', async () => {
    await using app = await TestApp.start()
    for (const token of [...Array<string>(9).fill('x'), testAdminToken, 'x', 'x']) {
      const { status } = await app.asStranger('/login', signIn(token))
      expect(status).toBe(token === 'x' ? 401 : 303)
    }
  })

  test('counts who really asks: X-Forwarded-For only as far as trusted proxies wrote it', async () => {
    const exhaust = async (app: TestApp, forwarded: (i: number) => string, from: string) => {
      for (let i = 0; i < 10; i += 1) {
        const headers = { ...own, 'x-forwarded-for': forwarded(i) }
        await app.asStranger('/login', { form: { token: 'x' }, headers, from })
      }
      const headers = { ...own, 'x-forwarded-for': forwarded(10) }
      return (await app.asStranger('/login', { form: { token: 'x' }, headers, from })).status
    }
    await using open = await TestApp.start()
    expect(await exhaust(open, (i) => `203.0.113.${i}`, '10.0.0.1')).toBe(429)
    await using behind = await TestApp.start({ OORE_TRUSTED_PROXIES: '10.0.0.0/8' })
    expect(await exhaust(behind, (i) => `203.0.113.${i}`, '10.0.0.1')).toBe(401)
    expect(await exhaust(behind, (i) => `198.51.100.${i}, 203.0.113.77`, '10.0.0.1')).toBe(429)
    expect(await exhaust(behind, (i) => `203.0.113.${100 + i}`, '192.0.2.1')).toBe(429)
  })

  test('takes a whole IPv6 network for one address', async () => {
    await using app = await TestApp.start()
    for (let i = 0; i < 10; i += 1) {
      await app.asStranger('/login', { ...signIn('x'), from: `2001:db8:0:1::${i}` })
    }
    const last = (from: string) => app.asStranger('/login', { ...signIn('x'), from })
    expect((await last('2001:db8:0:1:ffff::1')).status).toBe(429)
    expect((await last('2001:db8:0:2::1')).status).toBe(401)
  })
})

describe('a link that signs in', () => {
  const makeLink = async (app: TestApp) => {
    const answer = await app.asAdmin('/api/login-links', { json: { next: '/builds' } })
    expect(answer.status).toBe(201)
    const { url } = (await answer.json()) as { url: string }
    return url.replace('http://localhost:8080', '')
  }

  test('works once, and a look ahead does not use it up', async () => {
    await using app = await TestApp.start()
    const link = await makeLink(app)
    expect((await app.asStranger(link, { method: 'HEAD' })).status).toBe(405)
    const browser = new Browser(app.asStranger)
    const answer = await browser.ask(link)
    expect([answer.status, locationOf(answer)]).toEqual([303, '/builds'])
    expect((await browser.ask('/builds')).status).toBe(200)
    const again = await app.asStranger(link)
    expect(again.status).toBe(410)
    expect(await again.text()).toContain('used already or is too old')
  })

  test('ends a session that the browser had before', async () => {
    await using app = await TestApp.start()
    const browser = await app.asBrowser()
    const before = browser.cookies.get('oore_session') ?? ''
    await browser.ask(await makeLink(app))
    const headers = { cookie: `oore_session=${before}` }
    expect((await app.asStranger('/builds', { headers })).status).toBe(303)
  })

  test('is too old after five minutes', async () => {
    await using app = await TestApp.start()
    const link = await makeLink(app)
    app.services.advance(minutes(5))
    expect((await app.asStranger(link)).status).toBe(410)
  })

  test('works on this machine only, and not through a proxy on it', async () => {
    await using app = await TestApp.start()
    const link = await makeLink(app)
    expect((await app.asStranger(link, { from: '192.0.2.1' })).status).toBe(403)
    const headers = { 'x-forwarded-for': '192.0.2.1' }
    expect((await app.asStranger(link, { headers })).status).toBe(403)
    expect((await app.asStranger(link, { from: '::ffff:127.0.0.1' })).status).toBe(303)
  })

  test('is made for the token itself, not for a session', async () => {
    await using app = await TestApp.start()
    const browser = await app.asBrowser()
    const answer = await browser.ask('/api/login-links', { json: {} })
    expect(answer.status).toBe(401)
  })
})

describe('a token in an address', () => {
  test('opens nothing, is warned of without its value, and is passed on to nobody', async () => {
    await using app = await TestApp.start()
    for (const name of ['token', 'access_token', 'admin_token', 'api_key']) {
      const query = `?${name}=${testAdminToken}`
      expect((await app.asStranger(`/api/builds${query}`)).status).toBe(401)
      const page = await app.asStranger(`/builds${query}&status=failure`)
      expect(locationOf(page)).toBe('/login?next=%2Fbuilds%3Fstatus%3Dfailure')
      expect((await app.asAdmin(`/api/builds${query}`)).status).toBe(200)
    }
    expect(app.logged).toHaveLength(12)
    expect(JSON.stringify(app.logged)).toContain('a token in an address was ignored')
    expect(JSON.stringify(app.logged)).not.toContain(testAdminToken)
  })

  test('is not in the link to the next page', async () => {
    await using app = await TestApp.start()
    await app.build()
    await app.build()
    const answer = await app.asAdmin('/api/builds?limit=1&token=secret')
    expect(answer.headers.get('link')).toMatch(
      /^<\/api\/builds\?limit=1&cursor=[\w-]+>; rel="next"$/,
    )
  })
})

describe('the theme', () => {
  test('is kept in a cookie and stands in every page after', async () => {
    await using app = await TestApp.start()
    const browser = await app.asBrowser()
    expect(await (await browser.ask('/builds')).text()).not.toContain('data-theme="dark"')
    const chosen = await browser.ask('/theme', { form: { theme: 'dark', next: '/builds?q=x' } })
    expect([chosen.status, locationOf(chosen)]).toEqual([303, '/builds?q=x'])
    expect(browser.cookies.get('oore_theme')).toBe('dark')
    expect(await (await browser.ask('/builds')).text()).toContain('data-theme="dark"')
    const wrong = await browser.ask('/theme', { form: { theme: '"><script>' } })
    expect(wrong.status).toBe(422)
    expect(browser.cookies.get('oore_theme')).toBe('dark')
  })
})
