import { randomBytes } from 'node:crypto'
import { eq } from 'drizzle-orm'
import { describe, expect, test } from 'vitest'
import { schema } from '../../src/db/client.ts'
import { hmacSha256Hex } from '../../src/lib/crypto.ts'
import { newId } from '../../src/lib/ids.ts'
import { Secret } from '../../src/lib/secret.ts'
import { TestApp } from '../support/app.ts'
import { workflow } from '../support/oore.ts'

const secret = new Secret('a-webhook-secret-of-tests')
const commit = (digit: string) => digit.repeat(40)
const push = JSON.stringify({ ref: 'refs/heads/main', before: commit('a'), after: commit('b') })

type Delivery = Record<string, unknown>

describe('a delivery', () => {
  test('that is signed is stored before it is answered with 202, and says nothing else', async () => {
    await using it = await appWithHook()
    const answer = await it.deliver(push)
    expect(answer.status).toBe(202)
    const { event_id: id } = (await answer.clone().json()) as { event_id: string }
    expect(await answer.json()).toEqual({ event_id: id, status: 'accepted' })
    expect(await it.delivery(id)).toMatchObject({
      id,
      provider: 'git',
      event: 'push',
      repository_id: it.repositoryId,
      status: 'received',
      build_ids: [],
      source_ip: '127.0.0.1',
      received_at: '2026-01-01T12:00:00.000Z',
      processed_at: null,
      payload: JSON.parse(push),
    })
  })

  test('that came before is 200 and the same delivery', async () => {
    await using it = await appWithHook()
    const headers = { 'x-oore-delivery': 'one' }
    const first = (await (await it.deliver(push, headers)).json()) as Delivery
    const again = await it.deliver(push, headers)
    expect(again.status).toBe(200)
    expect(await again.json()).toEqual({ event_id: first['event_id'], status: 'duplicate' })
    expect((await it.deliver(push, { 'x-oore-delivery': 'two' })).status).toBe(202)
    expect(await it.deliveries()).toHaveLength(2)
  })

  test('that is a ping is 200, and its repository says when it was verified', async () => {
    await using it = await appWithHook()
    const shown = async () =>
      (await (await it.app.asAdmin(`/api/repositories/${it.repositoryId}`)).json()) as Delivery
    expect((await shown())['webhook_verified_at']).toBeNull()
    const answer = await it.deliver(JSON.stringify({ ping: true }))
    expect(answer.status).toBe(200)
    expect(await answer.json()).toMatchObject({ status: 'accepted' })
    expect((await shown())['webhook_verified_at']).toBe('2026-01-01T12:00:00.000Z')
    await it.deliver(push, { 'x-oore-signature-256': signed(push, 'another') })
    expect(await shown()).toMatchObject({
      webhook_failed_at: '2026-01-01T12:00:00.000Z',
      webhook_failure: expect.stringContaining('another secret'),
    })
    await it.deliver(push)
    expect((await shown())['webhook_failed_at']).toBeNull()
  })

  test('is proven for an hour by the secret before, and then by the new one alone', async () => {
    await using it = await appWithHook()
    const made = await it.app.asAdmin(`/api/repositories/${it.repositoryId}/secret`, {
      method: 'POST',
    })
    const { webhook_secret: fresh = '' } = (await made.json()) as { webhook_secret?: string }
    const other = JSON.stringify({ ref: 'refs/heads/x', before: commit('a'), after: commit('b') })
    const by = (body: string, key: string) =>
      it.deliver(body, { 'x-oore-signature-256': signed(body, key) })
    expect((await by(push, secret.reveal())).status).toBe(202)
    expect((await by(other, fresh)).status).toBe(202)
    it.app.services.advance(60 * 60_000)
    const late = `${push} `
    expect((await by(late, secret.reveal())).status).toBe(401)
    expect((await by(late, fresh)).status).toBe(202)
  })

  test('is remembered for 30 days, and shows its headers without what proves it', async () => {
    await using it = await appWithHook()
    const headers = { 'x-oore-delivery': 'one' }
    const { event_id: id } = (await (await it.deliver(push, headers)).json()) as Delivery
    expect((await it.delivery(String(id)))['headers']).toEqual(headers)
    it.app.services.advance(29 * 24 * 60 * 60_000)
    expect((await it.deliver(push, headers)).status).toBe(200)
    it.app.services.advance(2 * 24 * 60 * 60_000)
    expect((await it.deliver(push, headers)).status).toBe(202)
  })

  const unproven: [what: string, headers: Record<string, string>][] = [
    ['no signature', { 'x-oore-signature-256': '' }],
    ['a signature by SHA-1', { 'x-oore-signature-256': `sha1=${commit('0')}` }],
    ['a signature under another secret', { 'x-oore-signature-256': signed(push, 'another') }],
    ['a signature of another body', { 'x-oore-signature-256': signed(`${push} `) }],
    ['a signature cut short', { 'x-oore-signature-256': signed(push).slice(0, 40) }],
  ]
  for (const [what, headers] of unproven) {
    test(`with ${what} is 401, kept with the reason, and leads to nothing`, async () => {
      await using it = await appWithHook()
      const answer = await it.deliver(push, headers)
      expect(answer.status).toBe(401)
      const { detail, title } = (await answer.json()) as { detail: string; title: string }
      expect(title).toBe('Not signed as it should be')
      const [kept] = await it.deliveries()
      expect(kept).toMatchObject({ status: 'rejected', reason: detail, build_ids: [] })
      const { data } = (await (await it.app.asAdmin('/api/builds')).json()) as { data: unknown[] }
      expect(data).toEqual([])
    })
  }

  test('is proven by its signature alone: neither token nor session stand in for it', async () => {
    await using it = await appWithHook()
    const unsigned = { body: push, headers: { 'content-type': 'application/json' } }
    expect((await it.app.asAdmin(it.address, unsigned)).status).toBe(401)
    const browser = await it.app.asBrowser()
    expect((await browser.ask(it.address, unsigned)).status).toBe(401)
  })

  test('of one repository does not pass for another, nor for one that is not there', async () => {
    await using it = await appWithHook()
    const changed = await it.app.asAdmin(`/api/repositories/${it.repositoryId}`, {
      method: 'PATCH',
      json: { webhook_secret: 'a-secret-that-is-not-the-old-one' },
    })
    expect(changed.status).toBe(200)
    const address = `/api/repositories/${it.repositoryId}/previous-secret/void`
    expect((await it.app.asAdmin(address, { method: 'POST' })).status).toBe(200)
    expect((await it.deliver(push)).status).toBe(401)
    for (const id of [newId(), 'nope', '..%2f..']) {
      const headers = {
        'content-type': 'application/json',
        'x-oore-signature-256': signed(push),
      }
      const answer = await it.app.asStranger(`/api/webhooks/git/${id}`, { body: push, headers })
      expect([id, answer.status]).toEqual([id, 404])
    }
  })

  test('that is signed but says nothing readable is 400 with the fields', async () => {
    await using it = await appWithHook()
    const body = JSON.stringify({ ref: 'refs/heads/main', before: 'x', after: commit('b') })
    const answer = await it.deliver(body)
    expect(answer.status).toBe(400)
    expect(await answer.json()).toMatchObject({
      errors: [{ field: 'before', message: 'is not the id of a commit' }],
    })
  })

  test('that tries to change what all objects share changes nothing', async () => {
    await using it = await appWithHook()
    const body = `{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}},${push.slice(1)}`
    expect((await it.deliver(body)).status).toBe(202)
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
    const nested = '['.repeat(100_000)
    expect((await it.deliver(nested)).status).toBe(400)
  })

  test('may have 10 MiB, and more is 413 however it comes', async () => {
    await using it = await appWithHook()
    const limit = 10 * 1024 * 1024
    const padded = (length: number) => push.padEnd(length, ' ')
    expect((await it.deliver(padded(limit))).status).toBe(202)
    const tooLong = padded(limit + 1)
    expect((await it.deliver(tooLong)).status).toBe(413)
    const announced = { 'content-length': String(tooLong.length) }
    expect((await it.deliver(tooLong, announced)).status).toBe(413)
    expect(await it.deliveries()).toHaveLength(1)
  })

  test('that is not JSON is 415 with what to send', async () => {
    await using it = await appWithHook()
    const type = 'application/x-www-form-urlencoded'
    const answer = await it.deliver(push, { 'content-type': type })
    expect(answer.status).toBe(415)
    expect(await answer.json()).toMatchObject({
      detail: expect.stringContaining('application/json'),
    })
  })
})

describe('the deliveries', () => {
  test('are listed newest first, page by page, and narrowed by what became of them', async () => {
    await using it = await appWithHook()
    for (const id of ['one', 'two', 'three']) await it.deliver(push, { 'x-oore-delivery': id })
    await it.deliver(push, { 'x-oore-delivery': 'four', 'x-oore-signature-256': '' })
    const page = await it.app.asAdmin('/api/webhooks/events?limit=3')
    const first = (await page.json()) as { data: Delivery[]; next_cursor: string }
    expect(first.data.map((each) => each['delivery_id'])).toEqual(['four', 'three', 'two'])
    expect(page.headers.get('link')).toContain('rel="next"')
    const rest = await it.deliveries(`&limit=3&cursor=${encodeURIComponent(first.next_cursor)}`)
    expect(rest.map((each) => each['delivery_id'])).toEqual(['one'])
    const rejected = await it.deliveries('&status=rejected')
    expect(rejected.map((each) => each['delivery_id'])).toEqual(['four'])
    expect(await it.deliveries('&event=tag')).toEqual([])
  })

  test('are shown as pages that escape what was sent', async () => {
    await using it = await appWithHook()
    const body = JSON.stringify({ ...JSON.parse(push), pusher: '</script><script>alert(1)' })
    const { event_id: id } = (await (await it.deliver(body)).json()) as { event_id: string }
    const browser = await it.app.asBrowser()
    for (const path of ['/webhooks', `/webhooks/${id}`]) {
      const answer = await browser.ask(path)
      expect([path, answer.status]).toEqual([path, 200])
      expect(await answer.text()).not.toContain('<script>alert')
    }
    expect(await (await browser.ask(`/webhooks/${id}`)).text()).toContain('&lt;script&gt;alert')
  })

  test('are processed again by form and by API once they were, a rejected one never', async () => {
    await using it = await appWithHook()
    const { event_id: id } = (await (await it.deliver(push)).json()) as { event_id: string }
    const byForm = `/webhooks/${id}/redeliver`
    const byApi = `/api/webhooks/events/${id}/redeliver`
    const browser = await it.app.asBrowser()
    const waiting = await browser.ask(byForm, { method: 'POST' })
    expect([waiting.status, await waiting.text()]).toEqual([409, expect.stringContaining('waits')])

    await it.ignored(id)
    const formed = await browser.ask(byForm, { method: 'POST' })
    expect([formed.status, formed.headers.get('location')]).toEqual([303, `/webhooks/${id}`])
    await it.ignored(id)
    const asked = await it.app.asAdmin(byApi, { method: 'POST' })
    expect(asked.status).toBe(202)
    expect(await asked.json()).toMatchObject({ id, status: 'received' })

    await it.deliver(push, { 'x-oore-delivery': 'forged', 'x-oore-signature-256': '' })
    const [forged] = await it.deliveries('&status=rejected')
    const path = `/api/webhooks/events/${forged?.['id']}/redeliver`
    expect((await it.app.asAdmin(path, { method: 'POST' })).status).toBe(409)
  })

  test('are nothing for a stranger', async () => {
    await using it = await appWithHook()
    const { event_id: id } = (await (await it.deliver(push)).json()) as { event_id: string }
    for (const path of ['/api/webhooks/events', `/api/webhooks/events/${id}`]) {
      expect((await it.app.asStranger(path)).status).toBe(401)
    }
    const answer = await it.app.asStranger(`/webhooks/${id}`)
    expect(answer.headers.get('location')).toBe(`/login?next=%2Fwebhooks%2F${id}`)
  })
})

function signed(body: string, by?: string): string {
  return `sha256=${hmacSha256Hex(by === undefined ? secret : new Secret(by), Buffer.from(body))}`
}

/** A server with one repository, and its git server that delivers. */
async function appWithHook() {
  const app = await TestApp.start()
  const { repository } = await app.services.repository({ 'oore.yaml': workflow('true') })
  const address = `/api/webhooks/git/${repository.id}`
  return {
    app,
    address,
    repositoryId: repository.id,
    deliver(body: string, headers: Record<string, string> = {}): Promise<Response> {
      const own = {
        'content-type': 'application/json',
        'x-oore-signature-256': signed(body),
        'x-oore-delivery': randomBytes(8).toString('hex'),
      }
      return app.asStranger(address, { body, headers: { ...own, ...headers } })
    },
    async deliveries(query = ''): Promise<Delivery[]> {
      const answer = await app.asAdmin(`/api/webhooks/events?repository=${repository.id}${query}`)
      return ((await answer.json()) as { data: Delivery[] }).data
    },
    async delivery(id: string): Promise<Delivery> {
      return (await (await app.asAdmin(`/api/webhooks/events/${id}`)).json()) as Delivery
    },
    /** Leaves a delivery as one that was looked at and started nothing. */
    async ignored(id: string): Promise<void> {
      const { deliveries: d } = schema
      const looked = { status: 'ignored', reason: 'No workflow is for it.' } as const
      await app.services.db.write(
        async (tx) => void (await tx.update(d).set(looked).where(eq(d.id, id))),
      )
    },
    [Symbol.asyncDispose]: () => app[Symbol.asyncDispose](),
  }
}
