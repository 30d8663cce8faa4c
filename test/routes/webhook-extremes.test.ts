import { describe, expect, test } from 'vitest'
import { days } from '../../src/lib/clock.ts'
import { hmacSha256Hex } from '../../src/lib/crypto.ts'
import { newId } from '../../src/lib/ids.ts'
import { Secret } from '../../src/lib/secret.ts'
import { type Ask, TestApp } from '../support/app.ts'

const secret = new Secret('a-webhook-secret-of-tests')
const [before, after] = ['0'.repeat(40), 'b'.repeat(40)]
const push = JSON.stringify({ ref: 'refs/heads/main', before, after })

type Event = { id: string; payload: unknown; source_ip: string; delivery_id: string }

async function start() {
  const app = await TestApp.start({ OORE_TRUSTED_PROXIES: '10.0.0.0/8' })
  const { repository } = await app.services.repository({ 'a.txt': 'a' })
  const path = `/api/webhooks/git/${repository.id}`
  const send = (body: string, headers: Record<string, string> = {}, ask: Ask = {}) => {
    const signature = `sha256=${hmacSha256Hex(secret, Buffer.from(body))}`
    const own = { 'content-type': 'application/json', 'x-oore-signature-256': signature }
    return app.asStranger(path, { body, ...ask, headers: { ...own, ...headers } })
  }
  const events = async () => {
    const answer = await app.asAdmin('/api/webhooks/events')
    expect(answer.status).toBe(200)
    return ((await answer.json()) as { data: Event[] }).data
  }
  return { app, repository, path, send, events }
}

describe('a delivery', () => {
  test('nested a hundred thousand deep is kept as text, and left out of the list', async () => {
    const { app, send, events } = await start()
    await using _ = app
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`
    const body = `${push.slice(0, -1)},"x":${deep}}`
    expect((await send(body)).status).toBe(202)
    await send(push)
    const [usual, nested] = await events()
    expect([usual?.payload, nested?.payload]).toEqual([JSON.parse(push), null])
    const one = await app.asAdmin(`/api/webhooks/events/${nested?.id}`)
    expect((await one.json()).payload).toBe(body)
    const browser = await app.asBrowser()
    expect((await browser.ask(`/webhooks/${nested?.id}`)).status).toBe(200)
  })

  test('that cannot be read says of every field what to write', async () => {
    const { app, send } = await start()
    await using _ = app
    const answer = await send('{"ref":7,"after":"main"}')
    expect([answer.status, await answer.json()]).toEqual([
      400,
      expect.objectContaining({
        detail:
          'The delivery cannot be read: ref must be text, not 7; before is missing: write text; ' +
          'after is not the id of a commit.',
        errors: [
          { field: 'ref', message: 'must be text, not 7' },
          { field: 'before', message: 'is missing: write text' },
          { field: 'after', message: 'is not the id of a commit' },
        ],
      }),
    ])
    for (const body of ['', 'null', '[]', '{', '"x"']) {
      expect([body, (await send(body)).status]).toEqual([body, 400])
    }
  })

  test('without an id is known by its body, for 30 days', async () => {
    const { app, send, events } = await start()
    await using _ = app
    const statuses = [(await send(push)).status, (await send(push)).status]
    app.services.advance(days(30))
    statuses.push((await send(push)).status)
    expect([statuses, (await events()).length]).toEqual([[202, 200, 202], 2])
  })

  test('is said to come from where trusted proxies say it does', async () => {
    const { app, send, events } = await start()
    await using _ = app
    const headers = { 'x-forwarded-for': '203.0.113.9' }
    await send(push, { ...headers, 'x-oore-delivery': 'a' }, { from: '192.0.2.7' })
    await send(push, { ...headers, 'x-oore-delivery': 'b' }, { from: '10.1.2.3' })
    expect((await events()).map((event) => [event.delivery_id, event.source_ip])).toEqual([
      ['b', '203.0.113.9'],
      ['a', '192.0.2.7'],
    ])
  })

  test('to a repository that was removed looks the same as to one that never was', async () => {
    const { app, repository, path, send } = await start()
    await using _ = app
    await app.asAdmin(`/api/repositories/${repository.id}`, { method: 'DELETE' })
    const removed = await send(push, { 'x-request-id': 'same' })
    const unknown = await app.asStranger(path.replace(repository.id, newId()), {
      body: push,
      headers: { 'content-type': 'application/json', 'x-request-id': 'same' },
    })
    expect([removed.status, unknown.status]).toEqual([404, 404])
    expect(await removed.text()).toBe(await unknown.text())
  })

  test('is no forgery, whatever page or cookie it seems to come from', async () => {
    const { app, send } = await start()
    await using _ = app
    const headers = {
      cookie: 'oore_session=x',
      origin: 'https://git.example',
      'sec-fetch-site': 'cross-site',
    }
    expect((await send(push, headers)).status).toBe(202)
  })
})
