import { createHmac, randomUUID } from 'node:crypto'
import { sendHook } from '../hook-sender.ts'
import type { Scene } from './bearer.ts'
import { appById } from './shapes.ts'
import { type App, type Delivery, nextId } from './world.ts'

export type DeliverOptions = {
  /** The one App where there is one. */
  app?: App
  /** The id that is unique per event and stays the same when it is sent again; a new one otherwise. */
  guid?: string
  /** `wrong` is made with another secret, `none` is not there, `other-body` fits another text. */
  signature?: 'right' | 'wrong' | 'none' | 'other-body'
  /** In place of the App's own address. */
  url?: string
  /** Kept as lost: GitHub has tried, and nobody was there. */
  isLost?: boolean
}

export type Deliveries = {
  /** Sends an event to the App's webhook and keeps what came back. */
  deliver(event: string, payload: object, options?: DeliverOptions): Promise<Delivery>
  /** Sends a delivery once more, with the same id, as its page and the API do. */
  redeliver(id: number): Promise<Delivery>
  brief(delivery: Delivery): object
  whole(delivery: Delivery): object
}

/** The webhooks of a GitHub: signed, sent, and kept with what became of them. */
export function makeDeliveries(scene: Scene): Deliveries {
  const { world } = scene

  async function deliver(
    event: string,
    payload: object,
    options: DeliverOptions = {},
  ): Promise<Delivery> {
    const app = options.app ?? theApp()
    const url = options.url ?? app.hookUrl
    if (url === null) throw new Error(`The App ${app.slug} has no webhook.`)
    const body = JSON.stringify(payload)
    const guid = options.guid ?? randomUUID()
    const headers = headersOf(app, event, guid, body, options.signature ?? 'right')
    return keep({ app, event, guid, url, headers, body, redelivery: false }, options.isLost)
  }

  async function redeliver(id: number): Promise<Delivery> {
    const earlier = world.deliveries.find((one) => one.id === id)
    if (earlier === undefined) throw new Error(`There is no delivery ${id}.`)
    const app = appById(world, earlier.appId)
    const { event, guid, requestBody: body } = earlier
    // The secret and the address are those of now: whoever has set them right sends again.
    const headers = headersOf(app, event, guid, body, 'right')
    const url = app.hookUrl ?? earlier.url
    return keep({ app, event, guid, url, headers, body, redelivery: true })
  }

  type Sending = {
    app: App
    event: string
    guid: string
    url: string
    headers: Record<string, string>
    body: string
    redelivery: boolean
  }

  async function keep(sending: Sending, isLost = false): Promise<Delivery> {
    const { app, event, guid, url, headers, body, redelivery } = sending
    const payload = JSON.parse(body) as Payload
    const deliveredAt = new Date(scene.now()).toISOString()
    const sent = isLost ? lost : await sendHook(url, headers, body)
    const delivery: Delivery = {
      id: nextId(world),
      guid,
      appId: app.id,
      hookId: app.hookId,
      deliveredAt,
      redelivery,
      durationSeconds: sent.durationSeconds,
      status: sent.status,
      statusCode: sent.statusCode,
      event,
      action: payload.action ?? null,
      installationId: payload.installation?.id ?? null,
      repositoryId: payload.repository?.id ?? null,
      url,
      requestHeaders: headers,
      requestBody: body,
      responseHeaders: sent.headers,
      responseBody: sent.body,
    }
    world.deliveries.push(delivery)
    return delivery
  }

  function theApp(): App {
    const [app] = world.apps
    if (app === undefined) throw new Error('There is no App to deliver to.')
    return app
  }

  const brief = (one: Delivery) => ({
    id: one.id,
    guid: one.guid,
    delivered_at: one.deliveredAt,
    redelivery: one.redelivery,
    duration: one.durationSeconds,
    status: one.status,
    status_code: one.statusCode,
    event: one.event,
    action: one.action,
    installation_id: one.installationId,
    repository_id: one.repositoryId,
    throttled_at: null,
  })
  const whole = (one: Delivery) => ({
    ...brief(one),
    url: one.url,
    request: { headers: one.requestHeaders, payload: JSON.parse(one.requestBody) as object },
    response: { headers: one.responseHeaders, payload: one.responseBody },
  })
  return { deliver, redeliver, brief, whole }
}

type Payload = { action?: string; installation?: { id: number }; repository?: { id: number } }

const lost = {
  statusCode: 502,
  status: 'failed to connect to host',
  durationSeconds: 0,
  headers: {},
  body: '',
}

function headersOf(
  app: App,
  event: string,
  guid: string,
  body: string,
  signature: 'right' | 'wrong' | 'none' | 'other-body',
): Record<string, string> {
  const headers = {
    accept: '*/*',
    'content-type': 'application/json',
    'user-agent': 'GitHub-Hookshot/044aadd',
    'x-github-delivery': guid,
    'x-github-event': event,
    'x-github-hook-id': String(app.hookId),
    'x-github-hook-installation-target-id': String(app.id),
    'x-github-hook-installation-target-type': 'integration',
  }
  if (app.webhookSecret === null || signature === 'none') return headers
  const secret = signature === 'wrong' ? 'another secret' : app.webhookSecret
  const text = signature === 'other-body' ? `${body} ` : body
  const made = (hash: string) => createHmac(hash, secret).update(text).digest('hex')
  return {
    ...headers,
    'x-hub-signature': `sha1=${made('sha1')}`,
    'x-hub-signature-256': `sha256=${made('sha256')}`,
  }
}
