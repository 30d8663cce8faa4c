import { describe, expect, test } from 'vitest'
import { days, minutes } from '../../src/lib/clock.ts'
import { Browser, TestApp } from '../support/app.ts'
import { Forges, instanceOf, personWith, signInAt, wayBack } from '../support/sign-in.ts'

const people = async (app: TestApp) =>
  ((await (await app.asAdmin('/api/users')).json()) as { data: Record<string, unknown>[] }).data

const invite = (app: TestApp, json: Record<string, unknown>) => app.asAdmin('/api/users', { json })

const addRule = (app: TestApp, json: Record<string, unknown>) =>
  app.asAdmin('/api/sign-in/rules', { json })

const me = async (browser: Browser) => (await browser.ask('/api/users/me')).json()

describe.each(['github', 'gitlab'] as const)('signing in with %s', (at) => {
  test('lets in who was invited by a verified address, once and for all by the account', async () => {
    await using app = await TestApp.start()
    await using forges = await Forges.start()
    const mara = forges[at].addPerson('mara')
    expect((await invite(app, { email: 'Mara@Example.com', role: 'owner' })).status).toBe(201)

    const { browser, answer } = await signInAt(app, forges, at, 'mara')
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/builds'])
    expect(await me(browser)).toMatchObject({
      name: 'mara',
      role: 'owner',
      state: 'active',
      identities: [{ provider: at, external_id: String(mara.id), login: 'mara' }],
    })
    // The address moves on to somebody else: it opens nothing any more.
    if ('emails' in mara) mara.emails = []
    else mara.email = 'new@example.com'
    forges[at].addPerson('other', { email: 'mara@example.com' } as object)
    const other = await signInAt(app, forges, at, 'other')
    expect(other.answer.status).toBe(403)
    expect((await signInAt(app, forges, at, 'mara')).answer.status).toBe(303)
    expect(await people(app)).toHaveLength(1)
    expect(forges[at].breaches).toEqual([])
  })

  test('an unverified address follows no invitation, and is told so', async () => {
    await using app = await TestApp.start()
    await using forges = await Forges.start()
    await invite(app, { email: 'eve@example.com', role: 'owner' })
    forges.github.addPerson('eve', {
      emails: [
        { email: 'eve@example.com', primary: true, verified: false },
        { email: 'other@example.com', primary: false, verified: true },
      ],
    })
    forges.gitlab.addPerson('eve', { confirmedAt: null })
    const { browser, answer } = await signInAt(app, forges, at, 'eve')
    expect(answer.status).toBe(403)
    expect(await answer.text()).toContain('has no verified e-mail address of yours')
    expect((await browser.ask('/api/users/me')).status).toBe(401)
    expect(await people(app)).toMatchObject([{ state: 'invited', identities: [] }])
  })

  test('an invitation by login is for that account, whoever has the name later', async () => {
    await using app = await TestApp.start()
    await using forges = await Forges.start()
    const jo = forges[at].addPerson('jo')
    const made = await invite(app, { provider: at, login: 'Jo', role: 'developer' })
    expect(made.status).toBe(201)
    expect(await made.json()).toMatchObject({
      state: 'invited',
      identities: [{ external_id: String(jo.id), last_signed_in_at: null }],
    })
    if ('login' in jo) jo.login = 'jo-renamed'
    else jo.username = 'jo-renamed'
    forges[at].addPerson('jo')
    expect((await signInAt(app, forges, at, 'jo')).answer.status).toBe(403)
    const { browser, answer } = await signInAt(app, forges, at, 'jo-renamed')
    expect(answer.status).toBe(303)
    expect(await me(browser)).toMatchObject({ role: 'developer', name: 'jo' })
    expect(await invite(app, { provider: at, login: 'nobody-there' })).toMatchObject({
      status: 422,
    })
  })

  test('members of a named group enter, with the highest role, until they are members no more', async () => {
    await using app = await TestApp.start()
    await using forges = await Forges.start()
    const ana = forges[at].addPerson('ana')
    forges.github.world.orgs[0]!.members['ana'] = { role: 'member', state: 'active' }
    const second = forges.github.addOrg('release', { ana: 'member' })
    forges.github.install(forges.github.world.apps[0]!, 'release')
    const group = forges.gitlab.addGroup('lumen', { ana: 30 })
    forges.gitlab.addGroup('release', { ana: 10 })
    for (const [name, role] of [
      ['lumen', 'viewer'],
      ['release', 'developer'],
    ]) {
      expect((await addRule(app, { provider: at, name, role })).status).toBe(201)
    }

    const { browser, answer } = await signInAt(app, forges, at, 'ana')
    expect(answer.status).toBe(303)
    expect(await me(browser)).toMatchObject({ role: 'developer', invited: false })

    delete second.members['ana']
    const released = forges.gitlab.world.groups.find(({ path }) => path === 'release')
    delete released!.members['ana']
    const again = await signInAt(app, forges, at, 'ana')
    expect(await me(again.browser)).toMatchObject({ role: 'viewer' })
    expect(await me(browser)).toMatchObject({ role: 'viewer' })

    delete forges.github.world.orgs[0]!.members['ana']
    delete group.members['ana']
    const last = await signInAt(app, forges, at, 'ana')
    expect(last.answer.status).toBe(403)
    expect(await last.answer.text()).toContain('may not enter here now')
    for (const each of [browser, again.browser]) {
      expect((await each.ask('/api/users/me')).status).toBe(401)
    }
    expect(await people(app)).toMatchObject([{ identities: [{ external_id: String(ana.id) }] }])
  })

  test('whose membership waits, or has another group of that name, is no member', async () => {
    await using app = await TestApp.start()
    await using forges = await Forges.start()
    forges[at].addPerson('ana')
    const org = forges.github.world.orgs[0]!
    const group = forges.gitlab.addGroup('lumen', {})
    expect((await addRule(app, { provider: at, name: 'lumen' })).status).toBe(201)
    org.members['ana'] = { role: 'member', state: 'pending' }
    expect((await signInAt(app, forges, at, 'ana')).answer.status).toBe(403)
    // Somebody else takes the name, and lets ana in there.
    org.members['ana'] = { role: 'admin', state: 'active' }
    org.id += 5000
    group.id += 5000
    group.members['ana'] = 50
    expect((await signInAt(app, forges, at, 'ana')).answer.status).toBe(403)
  })

  test('removing a rule signs out who came by it, and nobody else', async () => {
    await using app = await TestApp.start()
    await using forges = await Forges.start()
    forges[at].addPerson('ana')
    forges[at].addPerson('bo')
    forges.github.world.orgs[0]!.members['ana'] = { role: 'member', state: 'active' }
    forges.gitlab.addGroup('lumen', { ana: 30 })
    await invite(app, { email: 'bo@example.com', role: 'viewer' })
    const rule = (await (await addRule(app, { provider: at, name: 'lumen' })).json()) as {
      id: string
    }
    const ana = await signInAt(app, forges, at, 'ana')
    const bo = await signInAt(app, forges, at, 'bo')
    expect(await me(ana.browser)).toMatchObject({ role: 'viewer' })
    const removed = await app.asAdmin(`/api/sign-in/rules/${rule.id}`, { method: 'DELETE' })
    expect(removed.status).toBe(204)
    expect((await ana.browser.ask('/api/users/me')).status).toBe(401)
    expect(await me(bo.browser)).toMatchObject({ name: 'bo' })
  })

  test('OA-01: a state that is missing, unknown, used, too old or of another browser is 400', async () => {
    await using app = await TestApp.start()
    await using forges = await Forges.start()
    forges[at].addPerson('mara')
    forges[at].signIn('mara')
    await invite(app, { email: 'mara@example.com' })
    const browser = new Browser(app.asStranger)
    const refusedWith = async (path: string, asker: Browser, why: string) => {
      const answer = await asker.ask(path, { from: `10.0.0.${(from += 1)}` })
      const text = await answer.text()
      expect([path, answer.status]).toEqual([path, 400])
      expect(text).toContain(why)
      expect(text).toContain(`action="/login/`)
      expect(answer.headers.getSetCookie()).toEqual([])
    }
    let from = 0
    const callback = `/login/${at}/callback`
    await refusedWith(callback, browser, 'has no state')
    await refusedWith(`${callback}?code=x&state=unknown`, browser, 'did not send a browser off')

    const path = await wayBack(browser, forges, at)
    await refusedWith(path, new Browser(app.asStranger), 'another browser')
    expect((await browser.ask(path)).status).toBe(303)
    await refusedWith(path, browser, 'was answered already')

    const old = await wayBack(browser, forges, at)
    app.services.advance(minutes(11))
    await refusedWith(old, browser, 'longer than ten minutes')
  })

  test('OA-03: who says no at the forge may try again, and comes to where they wanted', async () => {
    await using app = await TestApp.start()
    await using forges = await Forges.start()
    const { browser, answer } = await signInAt(app, forges, at, null as never)
    expect(answer.status).toBe(400)
    const text = await answer.text()
    expect(text).toContain('You did not allow it')
    expect(text).toContain('name="next" value="/builds"')
    expect((await browser.ask('/api/users/me')).status).toBe(401)
  })

  test('OA-05: what one forge answers is not taken at another', async () => {
    await using app = await TestApp.start()
    await using forges = await Forges.start()
    const other = at === 'github' ? 'gitlab' : 'github'
    for (const forge of [forges.github, forges.gitlab]) {
      forge.addPerson('mara')
      forge.signIn('mara')
    }
    await invite(app, { email: 'mara@example.com' })
    const browser = new Browser(app.asStranger)
    const path = await wayBack(browser, forges, at)
    const mixed = await browser.ask(path.replace(`/login/${at}/`, `/login/${other}/`))
    expect(mixed.status).toBe(400)
    expect(forges[other].asked.map(({ path: asked }) => asked)).not.toContain('/oauth/token')

    const code = new URL(await wayBack(browser, forges, other), 'http://x').searchParams.get('code')
    const own = new URL(await wayBack(browser, forges, at), 'http://x')
    own.searchParams.set('code', code ?? '')
    const answer = await browser.ask(`${own.pathname}${own.search}`)
    expect([answer.status, await people(app)]).toMatchObject([400, [{ state: 'invited' }]])

    const told = new URL(await wayBack(browser, forges, at), 'http://x')
    told.searchParams.set('iss', 'https://evil.example')
    expect((await browser.ask(`${told.pathname}${told.search}`)).status).toBe(400)
  })

  test('AZ-09: an invitation that is too old is 410, and inviting again helps', async () => {
    await using app = await TestApp.start()
    await using forges = await Forges.start()
    forges[at].addPerson('mara')
    await invite(app, { email: 'mara@example.com' })
    app.services.advance(days(15))
    const late = await signInAt(app, forges, at, 'mara')
    expect(late.answer.status).toBe(410)
    expect(await late.answer.text()).toContain('Your invitation is too old')
    expect((await invite(app, { email: 'mara@example.com', role: 'admin' })).status).toBe(200)
    const { browser } = await signInAt(app, forges, at, 'mara')
    expect(await me(browser)).toMatchObject({ role: 'admin' })
    expect((await invite(app, { email: 'mara@example.com' })).status).toBe(409)
  })

  test('disabling, a role and removing count at once; the refusal is the one of strangers', async () => {
    await using app = await TestApp.start()
    await using forges = await Forges.start()
    forges[at].addPerson('mara')
    forges[at].addPerson('eve')
    await invite(app, { email: 'mara@example.com', role: 'developer' })
    const { browser } = await signInAt(app, forges, at, 'mara')
    const { id } = (await me(browser)) as { id: string }
    const patch = (json: unknown) => app.asAdmin(`/api/users/${id}`, { method: 'PATCH', json })

    expect((await browser.ask('/webhooks')).status).toBe(200)
    await patch({ role: 'viewer' })
    expect((await browser.ask('/webhooks')).status).toBe(403)
    await patch({ state: 'disabled' })
    expect((await browser.ask('/builds')).headers.get('location')).toBe('/login?next=%2Fbuilds')
    const again = await signInAt(app, forges, at, 'mara')
    const eve = await signInAt(app, forges, at, 'eve')
    expect(again.answer.status).toBe(403)
    const sentence = async (answer: Response, name: string) =>
      /role="alert".*?<bdi>(.*?)<\/bdi>/s.exec(await answer.text())?.[1]?.replace(name, '…')
    expect(await sentence(again.answer, 'mara')).toBe(await sentence(eve.answer, 'eve'))

    await patch({ state: 'active' })
    const back = await signInAt(app, forges, at, 'mara')
    expect(await me(back.browser)).toMatchObject({ role: 'viewer', role_fixed: true })
    await app.asAdmin(`/api/users/${id}`, { method: 'DELETE' })
    expect((await back.browser.ask('/api/users/me')).status).toBe(401)
    expect((await signInAt(app, forges, at, 'mara')).answer.status).toBe(403)
  })

  test('hostile names stay text, and no address leaves this server', async () => {
    await using app = await TestApp.start()
    await using forges = await Forges.start()
    const name = '<script>alert(1)</script>\u202e\r\nSet-Cookie: x=y'
    forges[at].addPerson('mara', { name })
    await invite(app, { email: 'mara@example.com', role: 'owner' })
    const { browser, answer } = await signInAt(app, forges, at, 'mara', {
      next: '//evil.example/',
    })
    expect(answer.headers.get('location')).toBe('/')
    expect(answer.headers.getSetCookie().some((cookie) => cookie.startsWith('x='))).toBe(false)
    for (const path of ['/account', '/settings/people']) {
      const text = await (await browser.ask(path)).text()
      expect(text).toContain('&lt;script&gt;alert(1)')
      expect(text).not.toContain('<script>alert')
      expect(text).not.toContain('\u202e')
    }
  })

  test('a forge that is away, or answers nonsense, lets nobody in and says so', async () => {
    await using app = await TestApp.start()
    await using forges = await Forges.start()
    forges[at].addPerson('mara')
    await invite(app, { email: 'mara@example.com' })
    const asked = at === 'github' ? '/api/v3/user' : '/api/v4/user'
    const fates: [object | 'lost', number][] = [
      ['lost', 503],
      [{ status: 502 }, 503],
      [{ status: 200, json: { id: 'x' } }, 403],
      [{ status: 401, json: {} }, 403],
    ]
    for (const [fate, status] of fates) {
      forges[at].decide((one) => (one.path === asked ? (fate as never) : 'answered'))
      const { answer } = await signInAt(app, forges, at, 'mara')
      expect([fate, answer.status]).toEqual([fate, status])
    }
    forges[at].decide(() => 'answered')
    expect((await signInAt(app, forges, at, 'mara')).answer.status).toBe(303)
  })
})

describe('sessions of people', () => {
  test('CS-08: the one from before a sign-in is not good after it', async () => {
    await using app = await TestApp.start()
    await using forges = await Forges.start()
    forges.github.addPerson('mara')
    forges.github.signIn('mara')
    await invite(app, { email: 'mara@example.com' })
    const browser = await app.asBrowser()
    const before = browser.cookies.get('oore_session')
    const path = await wayBack(browser, forges, 'github')
    await browser.ask(path)
    expect(browser.cookies.get('oore_session')).not.toBe(before)
    expect([...browser.cookies.keys()]).toEqual(['oore_session'])
    const old = new Browser(app.asStranger)
    old.cookies.set('oore_session', before ?? '')
    expect((await old.ask('/api/users/me')).status).toBe(401)
  })

  test('are listed to whose they are, and ended everywhere', async () => {
    await using app = await TestApp.start()
    await using forges = await Forges.start()
    forges.github.addPerson('mara')
    await invite(app, { email: 'mara@example.com' })
    const first = await signInAt(app, forges, 'github', 'mara', { remember: 'true' })
    app.services.advance(minutes(2))
    const second = await signInAt(app, forges, 'github', 'mara')
    const other = await personWith(app, 'owner')
    const cookies = first.answer.headers.getSetCookie().join()
    expect(cookies).toMatch(/oore_session=\w+; Path=\/; HttpOnly; SameSite=Lax; Max-Age=2592000/)
    const list = await (await second.browser.ask('/api/users/me/sessions')).json()
    expect(list).toMatchObject({ data: [{ current: true }, { current: false }] })
    const out = await second.browser.ask('/account/sign-out-everywhere', { form: {} })
    expect(out.headers.get('location')).toBe('/login')
    for (const { browser } of [first, second]) {
      expect((await browser.ask('/api/users/me')).status).toBe(401)
    }
    expect((await other.browser.ask('/api/users/me')).status).toBe(200)
    expect((await app.asAdmin('/api/users/me')).status).toBe(200)
  })

  test('too many failed tries from one address have to wait', async () => {
    await using app = await TestApp.start()
    await using forges = await Forges.start()
    const browser = new Browser(app.asStranger)
    const statuses = []
    for (let attempt = 0; attempt < 12; attempt += 1) {
      statuses.push((await browser.ask('/login/github/callback?state=x&code=y')).status)
    }
    expect(statuses).toEqual([...Array.from({ length: 10 }, () => 400), 429, 429])
    expect(forges.github.asked).toEqual([])
  })

  test('nobody can be sent off to where nothing is connected, and HEAD begins and ends nothing', async () => {
    await using app = await TestApp.start()
    await using forges = await Forges.start()
    forges.github.addPerson('mara')
    forges.github.signIn('mara')
    await invite(app, { email: 'mara@example.com' })
    const browser = new Browser(app.asStranger)
    const nowhere = await browser.ask('/login/gitlab', { form: { instance: 'evil.example' } })
    expect(nowhere.status).toBe(404)
    const path = await wayBack(browser, forges, 'github')
    expect((await browser.ask(path, { method: 'HEAD' })).status).toBe(405)
    expect((await browser.ask(path)).status).toBe(303)
    const login = await (await app.asStranger('/login')).text()
    expect(login).toContain(`value="${instanceOf(forges.github)}"`)
  })
})
