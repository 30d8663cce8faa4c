import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { routeTable } from '../src/app.ts'
import { roles, type Role } from '../src/core/access/actor.ts'
import { leastRole } from '../src/core/access/may.ts'
import { type Face, facesOf, mountedAt, type Route } from '../src/routes/lib/route.ts'
import { type Asker, Browser, TestApp } from './support/app.ts'
import { elementsOf, readHtml } from './support/html.ts'
import { personWith } from './support/sign-in.ts'
import { makeThings, pathWith, type Things } from './support/things.ts'

/*
 * Every route by every face, really asked by everyone: what each is answered is held against the table
 * of roles, and written down in golden/access.txt, where a new route is a difference to read.
 */

const nothing = { addressOf: (name: string) => name, at: () => null }
const routes = routeTable({ assets: nothing, version: '0', forget: () => {} })

type Mounted = { route: Route; face: Face; path: string }

/** Signs whoever asks out, so that they are nobody for what comes after. */
const endsSession = ({ method, path }: Route): boolean =>
  method !== 'GET' && (/logout|sign-out/.test(path) || (method === 'DELETE' && /\/me\b/.test(path)))

/** What takes something away comes last. */
const order = ({ route: { method, path } }: Mounted): number =>
  method === 'GET' ? 0 : method === 'DELETE' || /\/(remove|disable)$/.test(path) ? 2 : 1

const mounted: Mounted[] = routes
  .flatMap((route) => facesOf(route).map((face) => ({ route, face, path: mountedAt(route, face) })))
  .toSorted((one, other) => order(one) - order(other))

const who = ['stranger', ...roles.toReversed(), 'token'] as const
type Who = (typeof who)[number]

/** What the table says, before anybody is asked. */
function isAllowed({ guard, asks }: Route, asker: Who): boolean {
  if (guard === 'token') return asker === 'token'
  if (guard !== 'signed-in') return true
  if (asker === 'stranger') return false
  const role: Role = asker === 'token' ? 'owner' : asker
  const least = leastRole(asks)
  return least !== null && roles.indexOf(role) <= roles.indexOf(least)
}

async function askerFor(app: TestApp, asker: Who): Promise<Asker> {
  if (asker === 'stranger') return new Browser(app.asStranger).ask
  if (asker === 'token') return app.asAdmin
  return (await personWith(app, asker)).browser.ask
}

/** Asks as a browser or a program would, and leaves the body unread: some never end. */
async function ask(asker: Asker, { face, path }: Mounted, things: Things, method: string) {
  const body =
    method === 'GET' || method === 'HEAD' || method === 'DELETE'
      ? {}
      : face === 'page'
        ? { form: {} }
        : { json: {} }
  const answer = await asker(pathWith(path, things), { method, ...body })
  await answer.body?.cancel()
  const toSignIn = answer.headers.get('location')?.startsWith('/login') ?? false
  // Who signs out is led there too, without the cookie.
  const isRefused = answer.status === 303 && toSignIn && answer.headers.getSetCookie().length === 0
  return isRefused ? 'login' : String(answer.status)
}

describe('every route, asked by everyone', () => {
  test('lets in whom the table lets in and nobody else, HEAD included', async () => {
    const answers = new Map<Mounted, string[]>(mounted.map((each) => [each, []]))
    for (const each of who) {
      await using app = await TestApp.start()
      const things = await makeThings(app)
      const known = await askerFor(app, each)
      for (const one of mounted) {
        const { method } = one.route
        const asker = endsSession(one.route) ? await askerFor(app, each) : known
        const answer = await ask(asker, one, things, method)
        answers.get(one)?.push(answer)
        const where = `${each}: ${method} ${one.path}`
        const allowed = isAllowed(one.route, each)
        const isLetIn = !['login', '401', '403'].includes(answer)
        if (one.route.guard === 'signed-in' || one.route.guard === 'token') {
          // A thing that they may not even see is not there: 404, as for who may and it is not.
          expect([where, allowed ? isLetIn : !isLetIn || answer === '404']).toEqual([where, true])
        }
        if (method !== 'GET') continue
        const byHead = await ask(asker, one, things, 'HEAD')
        const sameDecision = ['login', '401', '403', '404'].includes(answer)
        if (sameDecision) expect([where, byHead]).toEqual([where, answer])
        else expect([where, ['login', '401', '403'].includes(byHead)]).toEqual([where, false])
      }
    }
    const line = (method: string, path: string, face: string, all: readonly string[]) =>
      [method.padEnd(6), path.padEnd(60), face.padEnd(5), ...all.map((one) => one.padEnd(9))]
        .join(' ')
        .trimEnd()
    const lines = [...answers].map(([{ route, face, path }, all]) =>
      line(route.method, path, face, all),
    )
    const text = [
      line('', '', '', who),
      ...lines.toSorted((a, b) => a.slice(7).localeCompare(b.slice(7), 'en')),
    ]
    await expect(`${text.join('\n')}\n`).toMatchFileSnapshot(
      join(import.meta.dirname, 'golden/access.txt'),
    )
  }, 120_000)
})

describe('what somebody may not do', () => {
  test.each(roles)('is on no page that a %s may open', async (role) => {
    await using app = await TestApp.start()
    const things = await makeThings(app)
    const { browser } = await personWith(app, role)
    let opened = 0
    for (const { route, path, face } of mounted) {
      if (face !== 'page' || route.method !== 'GET' || route.guard !== 'signed-in') continue
      const { build: pending, ended, waiting } = things
      const ids = path.includes('/builds/:id') ? [pending, ended, waiting] : [null]
      for (const build of ids) {
        const own = build === null ? things : { ...things, build, ended: build, waiting: build }
        const at = pathWith(path, own)
        if (at.endsWith('/live')) continue
        const answer = await browser.ask(at)
        if (answer.status !== 200) continue
        opened += 1
        const offered = offersOf(await answer.text())
        expect([at, offered.filter((offer) => !mayFollow(offer, role))]).toEqual([at, []])
      }
    }
    expect(opened).toBeGreaterThan(12)
  })

  test('is on no message of the live stream either', async () => {
    await using app = await TestApp.start()
    const things = await makeThings(app)
    const { browser } = await personWith(app, 'viewer')
    const answer = await browser.ask(`/builds/${things.ended}/live`)
    const text = await answer.text()
    expect(text).toContain('build-header')
    const markup = text.replaceAll(/^data: ?/gm, '')
    expect(offersOf(markup).filter((offer) => !mayFollow(offer, 'viewer'))).toEqual([])
    const owner = await personWith(app, 'owner')
    const theirs = await (await owner.browser.ask(`/builds/${things.ended}/live`)).text()
    expect(theirs).toContain('/retry')
  })
})

type Offer = { method: string; path: string }

/** Where a page leads, by links and by forms. */
function offersOf(html: string): Offer[] {
  const elements = elementsOf(readHtml(html))
  const at = (method: string, address: string | undefined): Offer[] =>
    address?.startsWith('/') ? [{ method, path: address.split(/[?#]/, 1)[0]! }] : []
  return elements.flatMap(({ name, attributes }) => [
    ...at('GET', name === 'a' ? attributes['href'] : undefined),
    ...at(
      name === 'form' ? (attributes['method'] ?? 'get').toUpperCase() : 'POST',
      name === 'form' ? attributes['action'] : attributes['formaction'],
    ),
    ...at('GET', attributes['hx-get']),
  ])
}

/** May this role follow it? What no page or file has is followed by nobody. */
function mayFollow({ method, path }: Offer, role: Role): boolean {
  const found = mounted
    .filter(({ route, face }) => face !== 'api' && route.method === method)
    .toSorted((one, other) => colons(one.path) - colons(other.path))
    .find((one) =>
      new RegExp(`^${one.path.replaceAll('.', '\\.').replaceAll(/:\w+/g, '[^/]+')}$`).test(path),
    )
  if (found) return isAllowed(found.route, role)
  return /^\/api\//.test(path) || path.startsWith('/assets/')
}

const colons = (path: string): number => path.split(':').length
