import { describe, expect, test } from 'vitest'
import { newId } from '../../src/lib/ids.ts'
import { type Browser, TestApp } from '../support/app.ts'
import { workflow } from '../support/oore.ts'
import { Forges, personWith } from '../support/sign-in.ts'

const patch = (json: unknown) => ({ method: 'PATCH', json })

describe('people', () => {
  test('are invited, listed in pages, found, changed and removed', async () => {
    await using app = await TestApp.start()
    for (const name of ['c', 'a', 'b']) {
      const made = await app.asAdmin('/api/users', {
        json: { email: `${name}@example.com`, role: 'developer' },
      })
      expect(made.status).toBe(201)
      expect(made.headers.get('location')).toMatch(/^\/api\/users\/[0-9A-Z]{26}$/)
    }
    const page = await app.asAdmin('/api/users?limit=2')
    const first = (await page.json()) as { data: { id: string }[]; next_cursor: string }
    expect(first.data).toMatchObject([{ email: 'a@example.com' }, { email: 'b@example.com' }])
    const rest = await app.asAdmin(`/api/users?limit=2&cursor=${first.next_cursor}`)
    expect(await rest.json()).toMatchObject({
      data: [{ name: 'c@example.com' }],
      next_cursor: null,
    })
    const found = await app.asAdmin('/api/users?q=B%40EX&state=invited')
    expect(await found.json()).toMatchObject({ data: [{ email: 'b@example.com' }] })
    expect(await (await app.asAdmin('/api/users?q=%25')).json()).toMatchObject({ data: [] })

    const path = `/api/users/${first.data[0]?.id}`
    const changed = await app.asAdmin(path, patch({ role: 'admin', name: ' Ada ' }))
    expect(await changed.json()).toMatchObject({ name: 'Ada', role: 'admin', role_fixed: true })
    expect((await app.asAdmin(path, { method: 'DELETE' })).status).toBe(204)
    expect((await app.asAdmin(path)).status).toBe(404)
    expect((await app.asAdmin(path, { method: 'DELETE' })).status).toBe(404)
  })

  test('AZ-07: fields that are not for requests are refused, and nobody raises themselves', async () => {
    await using app = await TestApp.start()
    const { id, browser } = await personWith(app, 'developer')
    for (const more of [{ role: 'owner' }, { organization_id: newId() }, { state: 'active' }]) {
      const own = await browser.ask('/api/users/me', patch({ name: 'x', ...more }))
      expect([more, own.status]).toEqual([more, 422])
    }
    const form = { name: 'x', role: 'owner' }
    expect((await browser.ask('/account', { form })).status).toBe(422)
    expect((await browser.ask(`/api/users/${id}`, patch({ role: 'owner' }))).status).toBe(403)
    expect((await browser.ask(`/settings/people/${id}`, { form })).status).toBe(403)
    for (const field of ['id', 'organization_id', 'email', 'invited_role', 'last_signed_in_at']) {
      const answer = await app.asAdmin(`/api/users/${id}`, patch({ [field]: 'x' }))
      expect([field, answer.status]).toEqual([field, 422])
    }
    expect(await (await browser.ask('/api/users/me')).json()).toMatchObject({
      name: 'developer',
      role: 'developer',
    })
  })

  test('an admin makes everything but owners, and touches none', async () => {
    await using app = await TestApp.start()
    await using forges = await Forges.start()
    const owner = await personWith(app, 'owner')
    const other = await personWith(app, 'developer')
    const { browser } = await personWith(app, 'admin')
    const ask = (path: string, json: unknown, method = 'PATCH') =>
      browser.ask(path, { method, json }).then(({ status }) => status)
    expect(await ask(`/api/users/${other.id}`, { role: 'owner' })).toBe(403)
    expect(await ask(`/api/users/${owner.id}`, { role: 'viewer' })).toBe(403)
    expect(await ask(`/api/users/${owner.id}`, { state: 'disabled' })).toBe(403)
    expect(await ask(`/api/users/${owner.id}`, {}, 'DELETE')).toBe(403)
    expect(await ask('/api/users', { email: 'x@example.com', role: 'owner' }, 'POST')).toBe(403)
    const rule = { provider: 'github', name: 'lumen', role: 'owner' }
    expect(await ask('/api/sign-in/rules', rule, 'POST')).toBe(403)
    expect(await ask(`/api/users/${other.id}`, { role: 'admin' })).toBe(200)
    const form = await browser.ask('/settings/people/invite')
    expect(await form.text()).not.toContain('value="owner"')
    expect(forges.github.asked).toEqual([])
    const made = await app.asAdmin('/api/sign-in/rules', { json: rule })
    const { id } = (await made.json()) as { id: string }
    expect(await ask(`/api/sign-in/rules/${id}`, {}, 'DELETE')).toBe(403)
  })

  test('the last owner stays one, unless the admin token says otherwise', async () => {
    await using app = await TestApp.start()
    const { id, browser } = await personWith(app, 'owner')
    const disabled = await personWith(app, 'owner', 'gone')
    await app.asAdmin(`/api/users/${disabled.id}`, patch({ state: 'disabled' }))
    const path = `/api/users/${id}`
    for (const changes of [{ role: 'admin' }, { state: 'disabled' }]) {
      const answer = await browser.ask(path, patch(changes))
      expect([answer.status, await answer.json()]).toMatchObject([
        409,
        { detail: expect.stringContaining('is the last owner') as string },
      ])
    }
    expect((await browser.ask(path, { method: 'DELETE' })).status).toBe(409)
    expect((await browser.ask('/api/users/me', { method: 'DELETE' })).status).toBe(409)
    const page = await browser.ask(`/settings/people/${id}/disable`, { form: {} })
    expect([page.status, (await page.text()).includes('is the last owner')]).toEqual([409, true])

    const second = await personWith(app, 'owner', 'second')
    expect((await browser.ask('/api/users/me', { method: 'DELETE' })).status).toBe(204)
    expect((await browser.ask('/api/users/me')).status).toBe(401)
    const byToken = await app.asAdmin(`/api/users/${second.id}`, patch({ role: 'viewer' }))
    expect(byToken.status).toBe(200)
  })

  test('the history of a configuration names who wrote it, also once they are removed', async () => {
    await using app = await TestApp.start()
    const { repository } = await app.build()
    const { id, browser } = await personWith(app, 'developer', 'Ines')
    const path = `/api/repositories/${repository.id}/pipeline`
    const json = { format: 'yaml' }
    await browser.ask(path, { method: 'PUT', json: { ...json, content: workflow('true') } })
    await app.asAdmin(path, { method: 'PUT', json: { ...json, content: workflow('false') } })
    await app.asAdmin(`/api/users/${id}`, { method: 'DELETE' })
    const versions = await (await app.asAdmin(`${path}/versions`)).json()
    expect(versions).toMatchObject({ data: [{ created_by: 'admin' }, { created_by: 'Ines' }] })
    expect(await (await app.asAdmin(`${path}/versions/1`)).json()).toMatchObject({
      created_by: 'Ines',
    })
  })

  test('who is shut out reads no stream on', async () => {
    await using app = await TestApp.start()
    const { build } = await app.build()
    const { id, browser } = await personWith(app, 'viewer')
    const other = await personWith(app, 'developer')
    const rest = async (asker: Browser, path: string) => {
      const reader = (await asker.ask(path)).body!.getReader()
      await reader.read()
      return {
        async ended() {
          for (;;) if ((await reader.read()).done) return true
        },
        leave: () => reader.cancel(),
      }
    }
    const listening = app.services.bells.count('people')
    const events = await rest(browser, `/api/builds/${build.id}/events`)
    const live = await rest(browser, `/builds/${build.id}/live`)
    const others = await rest(other.browser, `/api/builds/${build.id}/events`)
    await app.asAdmin(`/api/users/${id}`, patch({ state: 'disabled' }))
    expect(await Promise.all([events.ended(), live.ended()])).toEqual([true, true])
    expect(app.services.bells.count('people')).toBe(listening + 1)
    await others.leave()
    expect(app.services.bells.count('people')).toBe(listening)
  })

  test('two owners who disable each other at once leave one', async () => {
    await using app = await TestApp.start()
    const one = await personWith(app, 'owner', 'one')
    const two = await personWith(app, 'owner', 'two')
    const state = patch({ state: 'disabled' })
    const answers = await Promise.all([
      one.browser.ask(`/api/users/${two.id}`, state),
      two.browser.ask(`/api/users/${one.id}`, state),
    ])
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 409])
  })

  test('what an invitation lacks is told by field', async () => {
    await using app = await TestApp.start()
    const fields = async (json: Record<string, unknown>) => {
      const answer = await app.asAdmin('/api/users', { json })
      const { errors } = (await answer.json()) as { errors: { field: string }[] }
      return [answer.status, errors.map(({ field }) => field)]
    }
    expect(await fields({})).toEqual([422, ['email']])
    expect(await fields({ email: 'no address' })).toEqual([422, ['email']])
    // In lower case this would be the ASCII letter k.
    expect(await fields({ email: '\u212Aim@example.com' })).toEqual([422, ['email']])
    expect(await fields({ email: 'a@example.com', login: 'a' })).toEqual([422, ['login']])
    expect(await fields({ provider: 'github', login: 'a' })).toEqual([422, ['provider']])
    expect(await fields({ email: 'a@example.com', role: 'root' })).toEqual([422, ['role']])
    await using _ = await Forges.start()
    expect(await fields({ login: 'a' })).toEqual([422, ['provider']])
    expect(await fields({ provider: 'github', login: 'lumen' })).toEqual([422, ['login']])
    expect(await fields({ provider: 'gitlab', login: '../groups' })).toEqual([422, ['login']])
  })
})
