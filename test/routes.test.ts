import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { routeTable } from '../src/app.ts'
import { leastRole } from '../src/core/access/may.ts'
import { providers } from '../src/core/repositories/repository.ts'
import { newId } from '../src/lib/ids.ts'
import { facesOf, mountedAt } from '../src/routes/lib/route.ts'
import { TestApp } from './support/app.ts'

const nothing = { addressOf: (name: string) => name, at: () => null }
const routes = routeTable({ assets: nothing, version: '0', forget: () => {} })

const mounted = routes.flatMap((route) =>
  facesOf(route).map((face) => ({ route, face, path: mountedAt(route, face) })),
)

/** Every path with all that can be done there, whichever route does it. */
const methodsAt = new Map<string, Set<string>>()
for (const { route, path } of mounted) {
  const known = methodsAt.get(path) ?? new Set()
  methodsAt.set(path, known.add(route.method))
}

const at = (path: string) => path.replace(/:version/g, '1').replace(/:\w+/g, () => newId())

/** A body that the forgery check and the media types let through. */
const asked = (method: string, face: string) =>
  method === 'GET'
    ? { method }
    : face === 'page'
      ? { method, form: {}, headers: { 'sec-fetch-site': 'same-origin' } }
      : { method, json: {} }

describe('the table of routes', () => {
  test('is what test/golden/routes.txt says: a new route is a difference to read', async () => {
    const lines = routes.map((route) =>
      [
        route.method.padEnd(6),
        route.path.padEnd(58),
        route.guard.padEnd(9),
        (route.asks ? `${route.asks} (${leastRole(route.asks)})` : '').padEnd(30),
        facesOf(route).join(' '),
      ].join(' '),
    )
    const text = `${lines.toSorted((a, b) => a.slice(7).localeCompare(b.slice(7), 'en')).join('\n')}\n`
    await expect(text).toMatchFileSnapshot(join(import.meta.dirname, 'golden/routes.txt'))
  })

  test('has each method of each address once', () => {
    const keys = mounted.map(({ route, path }) => `${route.method} ${path}`)
    expect(keys).toEqual([...new Set(keys)])
  })
})

describe('a stranger', () => {
  test('passes no guard of any route, by any face, and not by HEAD', async () => {
    await using app = await TestApp.start()
    for (const { route, face, path } of mounted) {
      if (!['signed-in', 'token'].includes(route.guard)) continue
      for (const method of route.method === 'GET' ? ['GET', 'HEAD'] : [route.method]) {
        const answer = await app.asStranger(at(path), {
          ...asked(route.method, face),
          method,
        })
        const where = `${method} ${path}`
        if (face === 'page') {
          expect([where, answer.status]).toEqual([where, 303])
          expect(answer.headers.get('location')).toMatch(/^\/login(\?next=|$)/)
        } else {
          expect([where, answer.status]).toEqual([where, 401])
          expect(answer.headers.get('www-authenticate')).toBe('Bearer')
          expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/)
        }
      }
    }
  })

  test('who asks by htmx is sent to the sign-in as a whole page', async () => {
    await using app = await TestApp.start()
    for (const { route, face, path } of mounted) {
      if (face !== 'page' || route.guard !== 'signed-in') continue
      const { headers, ...rest } = { headers: {}, ...asked(route.method, face) }
      const answer = await app.asStranger(at(path), {
        ...rest,
        headers: {
          ...headers,
          'hx-request': 'true',
          'hx-current-url': 'http://localhost:8080/builds?status=running',
        },
      })
      expect([path, answer.status, answer.headers.get('hx-redirect')]).toEqual([
        path,
        401,
        '/login?next=%2Fbuilds%3Fstatus%3Drunning',
      ])
      expect(await answer.text()).toBe('')
    }
  })
})

describe('methods', () => {
  test('that an address does not have are 405 and named in Allow', async () => {
    await using app = await TestApp.start()
    const browser = await app.asBrowser()
    for (const [path, methods] of methodsAt) {
      const isApi = path.startsWith('/api')
      const allow = [...methods].flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : method))
      for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']) {
        if (allow.includes(method)) continue
        const ask = isApi ? app.asAdmin : browser.ask
        const answer = await ask(at(path), { method })
        const where = `${method} ${path}`
        expect([where, answer.status]).toEqual([where, 405])
        expect(answer.headers.get('allow')).toBe(allow.join(', '))
      }
    }
  })

  test('are not changed by a field or a header that asks for another', async () => {
    await using app = await TestApp.start()
    const { repository } = await app.build()
    const browser = await app.asBrowser()
    const path = `/repositories/${repository.id}`
    const headers = { 'x-http-method-override': 'DELETE', 'x-http-method': 'DELETE' }
    const byForm = await browser.ask(path, { form: { _method: 'DELETE' }, headers })
    const byHeader = await app.asAdmin(`/api${path}?_method=DELETE`, { headers })
    expect([byForm.status, byHeader.status]).toEqual([405, 400])
    expect((await app.asAdmin(`/api${path}`)).status).toBe(200)
  })
})

describe('what is not there', () => {
  test('is 404 to who has signed in, and a question of who to everyone else', async () => {
    await using app = await TestApp.start()
    const browser = await app.asBrowser()
    for (const path of ['/nothing', '/builds/', '/api', '/api/', '/api/nothing', '/apiary']) {
      const isApi = path === '/api' || path.startsWith('/api/')
      const known = await (isApi ? app.asAdmin : browser.ask)(path)
      const unknown = await app.asStranger(path)
      expect([path, known.status, unknown.status]).toEqual([path, 404, isApi ? 401 : 303])
      expect(known.headers.get('content-type')).toMatch(isApi ? /problem\+json/ : /text\/html/)
    }
  })

  test('may be any text at all', async () => {
    await using app = await TestApp.start()
    const browser = await app.asBrowser()
    for (const path of [
      '//',
      '//evil.example/',
      '//[',
      '/%',
      '/%ff',
      '/a%00b',
      '/..%2f..',
      '/\\',
    ]) {
      const answer = await browser.ask(`http://localhost:8080${path}`)
      expect([path, answer.status, answer.headers.get('content-type')]).toEqual([
        path,
        404,
        'text/html; charset=utf-8',
      ])
      expect(await answer.text()).not.toContain('href="//')
    }
  })

  test('says which page may have been meant', async () => {
    await using app = await TestApp.start()
    const browser = await app.asBrowser()
    const id = newId()
    const near = async (path: string) => {
      const text = await (await browser.ask(path)).text()
      const [, list = ''] = /<ul class="near">(.*?)<\/ul>/s.exec(text) ?? []
      return [...list.matchAll(/href="([^"]*)"/g)].map(([, href]) => href)
    }
    expect(await near('/repos')).toEqual(['/repositories'])
    expect(await near('/builds/')).toEqual(['/builds'])
    expect(await near(`/builds/${id.toLowerCase()}`)).toEqual([`/builds/${id}`, '/builds'])
    expect(await near('/nothing')).toEqual([])
  })

  test('every malformed id, and every id that nothing has, is 404', async () => {
    await using app = await TestApp.start()
    const browser = await app.asBrowser()
    const ids = ['1', 'x'.repeat(26), newId().toLowerCase(), `${newId()}0`, '%00', "'--", newId()]
    const skipped = ['/login/once', ...providers.map((key) => `/webhooks/${key}/:repository_id`)]
    for (const { route, face, path } of mounted) {
      if (!/:(id|repository_id)/.test(path) || skipped.includes(route.path)) continue
      for (const id of ids) {
        const real = path.replace(/:(id|repository_id)/, id).replace(':version', '1')
        const ask = face === 'page' ? browser.ask : app.asAdmin
        const where = `${route.method} ${real}`
        const answer = await ask(
          real.replace(':name', 'x'),
          bodyFor(route.path, route.method, face),
        )
        expect([where, answer.status]).toEqual([where, 404])
      }
    }
  })
})

/** A body that the schema accepts, so that only the id is at fault. */
function bodyFor(path: string, method: string, face: string) {
  if (method === 'GET' || method === 'DELETE') return { method }
  if (path.endsWith('/build-numbers')) {
    return face === 'page'
      ? { method, form: { workflow: 'x', next: '1' } }
      : { method, json: { workflow: 'x', next: 1 } }
  }
  if (/\/(approve|deny)$/.test(path)) {
    const answer = { commit: 'c'.repeat(40) }
    return face === 'page' ? { method, form: answer } : { method, json: answer }
  }
  if (path.includes('/signing/app-store-keys/:id/') || path.endsWith('/renew')) {
    const sent = appleBody(path, face)
    return face === 'page' ? { method, form: sent } : { method, json: sent }
  }
  if (path.endsWith('/register') && path.includes('/signing/devices/')) {
    return face === 'page' ? { method, form: { key: 'x' } } : { method, json: { key: 'x' } }
  }
  if (path.includes('/signing/')) {
    const name = { name: 'x' }
    return face === 'page'
      ? { method, form: name }
      : { method, json: method === 'PATCH' ? name : {} }
  }
  const ofVariables = variableBody(path, face)
  if (ofVariables !== null) {
    return face === 'page' ? { method, form: ofVariables } : { method, json: ofVariables }
  }
  const isPipeline = /\/pipeline(\/(check|convert|run|validate))?$/.test(path)
  const fields: Record<string, string> = isPipeline ? { format: 'yaml', content: 'x' } : {}
  return face === 'page' ? { method, form: fields } : { method, json: fields }
}

function variableBody(path: string, face: string): Record<string, string> | null {
  if (!/variable/.test(path) || path.endsWith('/remove') || path.endsWith('/for-all')) return null
  if (path.endsWith('/import')) return { content: 'A=b' }
  if (path.endsWith('/rename')) return { group: 'x' }
  if (path.includes('/:name')) return {}
  return path.includes('/settings/') && face === 'page' ? { name: 'A', value: 'b' } : { name: 'x' }
}

function appleBody(path: string, face: string): Record<string, string> {
  const isForm = face === 'page'
  if (path.endsWith('/devices')) {
    return { [isForm ? 'device_name' : 'name']: 'x', udid: 'a'.repeat(40) }
  }
  if (path.endsWith('/certificates')) {
    return { [isForm ? 'certificate_kind' : 'kind']: 'distribution' }
  }
  if (path.endsWith('/bundle-ids')) {
    return { [isForm ? 'app_bundle_id' : 'bundle_id']: 'com.example.app' }
  }
  return path.endsWith('/profiles') ? { bundle_id: 'com.example.app', kind: 'app_store' } : {}
}
