import { describe, expect, test } from 'vitest'
import { TestApp } from '../support/app.ts'
import { workflow } from '../support/oore.ts'
import {
  deliveryHeaders,
  type Forge,
  forgeHeaders,
  forges,
  payloadEvent,
  payloadNames,
  payloadText,
} from '../support/payloads.ts'
import { providers } from '../../src/core/repositories/repository.ts'

const secret = 'a-webhook-secret-of-tests'

type Delivery = Record<string, unknown>

/** The fields that a push lacks whose body has a ref and nothing else. */
const fieldsLacking: Record<Forge, { field: string }[]> = {
  github: [{ field: 'before' }, { field: 'after' }],
  gitlab: [{ field: 'before' }, { field: 'after' }],
  gitea: [{ field: 'before' }, { field: 'after' }],
  bitbucket: [{ field: 'push' }],
}

describe.each(forges)('the webhook of a repository on %s', (forge) => {
  test('takes in every event that is proven, as what the forge calls it', async () => {
    await using it = await appWithHook(forge)
    for (const name of payloadNames(forge)) {
      const answer = await it.deliver(name, { headers: it.idOf(name) })
      const said = (await answer.json()) as Delivery
      expect([name, answer.status, said]).toEqual([
        name,
        name === 'ping' ? 200 : 202,
        { event_id: said['event_id'], status: 'accepted' },
      ])
      const body = payloadText(forge, name)
      expect(await it.delivery(said['event_id'])).toMatchObject({
        provider: forge,
        event: payloadEvent(forge, name),
        repository_id: it.repositoryId,
        status: 'received',
        payload: JSON.parse(body),
      })
    }
  })

  test('refuses every event that another secret proves, keeps it and does nothing', async () => {
    await using it = await appWithHook(forge)
    for (const name of payloadNames(forge)) {
      const answer = await it.deliver(name, { secret: 'a-webhook-secret-of-nobody' })
      expect([name, answer.status]).toEqual([name, 401])
    }
    const kept = await it.deliveries()
    expect(kept).toHaveLength(Math.min(payloadNames(forge).length, 50))
    expect(new Set(kept.map(({ status }) => status))).toEqual(new Set(['rejected']))
    const { data } = (await (await it.app.asAdmin('/api/builds')).json()) as { data: unknown[] }
    expect(data).toEqual([])
  })

  test('answers 200 to what it has, and takes a new delivery of the same body', async () => {
    await using it = await appWithHook(forge)
    const once = { headers: it.idOf('one') }
    expect((await it.deliver('push', once)).status).toBe(202)
    const again = await it.deliver('push', once)
    expect([again.status, await again.json()]).toMatchObject([200, { status: 'duplicate' }])
    expect((await it.deliver('push', { headers: it.idOf('two') })).status).toBe(202)
  })

  test('is known by the address of its own provider only', async () => {
    await using it = await appWithHook(forge)
    for (const provider of [...providers, 'svn'].filter((each) => each !== forge)) {
      const path = `/api/webhooks/${provider}/${it.repositoryId}`
      const answer = await it.deliver('push', { path })
      expect([path, answer.status]).toEqual([path, provider === 'svn' ? 401 : 404])
    }
    expect(await it.deliveries()).toEqual([])
  })

  test('tells what to send instead of a form, of too much, and of what is no JSON', async () => {
    await using it = await appWithHook(forge)
    const form = `payload=${encodeURIComponent(payloadText(forge, 'push'))}`
    const type = { 'content-type': 'application/x-www-form-urlencoded' }
    const asForm = await it.deliver('push', { body: form, headers: type })
    expect([asForm.status, await asForm.json()]).toMatchObject([
      415,
      { detail: expect.stringContaining('application/json') },
    ])
    const limit = 10 * 1024 * 1024
    const huge = payloadText(forge, 'push')
    const fits = await it.deliver('push', {
      body: huge + ' '.repeat(limit - Buffer.byteLength(huge)),
    })
    expect(fits.status).toBe(202)
    expect((await it.deliver('push', { body: huge.padEnd(limit + 1) })).status).toBe(413)
    expect((await it.deliver('push', { body: 'hello' })).status).toBe(400)
    const lacking = await it.deliver('push', { body: '{"ref":"refs/heads/main"}' })
    expect([lacking.status, await lacking.json()]).toMatchObject([
      400,
      { errors: fieldsLacking[forge] },
    ])
  })

  test('is proven by nothing but its secret', async () => {
    await using it = await appWithHook(forge)
    const signed = forgeHeaders(forge, 'push', '', secret)
    const proof = /signature|token/
    const headers = Object.fromEntries(
      Object.entries(signed).map(([name, value]) => [name, proof.test(name) ? '' : value]),
    )
    const answer = await it.app.asAdmin(it.address, { body: payloadText(forge, 'push'), headers })
    expect(answer.status).toBe(401)
  })
})

test('a push of several branches is one delivery, and is taken in as one', async () => {
  await using it = await appWithHook('bitbucket')
  const answer = await it.deliver('push.several')
  expect(answer.status).toBe(202)
  expect(await it.deliveries()).toHaveLength(1)
})

test('GitHub’s old signature by SHA-1 alone is refused', async () => {
  await using it = await appWithHook('github')
  const answer = await it.deliver('push', { headers: { 'x-hub-signature-256': undefined } })
  expect(answer.status).toBe(401)
})

type Sent = {
  secret?: string
  body?: string
  path?: string
  headers?: Record<string, string | undefined>
}

/** A server with one repository of this forge. */
async function appWithHook(forge: Forge) {
  const app = await TestApp.start()
  const { repository } = await app.services.repository({ 'oore.yaml': workflow('true') }, forge)
  const address = `/api/webhooks/${forge}/${repository.id}`
  return {
    app,
    address,
    repositoryId: repository.id,
    deliver(name: string, sent: Sent = {}): Promise<Response> {
      const body = sent.body ?? payloadText(forge, name)
      const headers = { ...forgeHeaders(forge, name, body, sent.secret ?? secret), ...sent.headers }
      const said = Object.entries(headers).filter(
        (entry): entry is [string, string] => entry[1] !== undefined,
      )
      return app.asStranger(sent.path ?? address, { body, headers: Object.fromEntries(said) })
    },
    idOf: (id: string): Record<string, string> => ({ [deliveryHeaders[forge]]: id }),
    async deliveries(): Promise<Delivery[]> {
      const answer = await app.asAdmin(`/api/webhooks/events?repository=${repository.id}`)
      return ((await answer.json()) as { data: Delivery[] }).data
    },
    async delivery(id: unknown): Promise<Delivery> {
      return (await (await app.asAdmin(`/api/webhooks/events/${String(id)}`)).json()) as Delivery
    },
    [Symbol.asyncDispose]: () => app[Symbol.asyncDispose](),
  }
}
