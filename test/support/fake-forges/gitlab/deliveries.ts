import { createHmac, randomUUID } from 'node:crypto'
import { sendHook, type Sent } from '../hook-sender.ts'
import type { Scene } from './bearer.ts'
import type { Payloads } from './payloads.ts'
import { projectById } from './shapes.ts'
import { type Delivery, type Hook, nextId, type Project } from './world.ts'

export type DeliverOptions = {
  /** Stays the same when GitLab sends again; a new one otherwise. */
  idempotencyKey?: string
  /** `wrong` is made with other secrets, `none` has neither token nor signature. */
  secrets?: 'right' | 'wrong' | 'none'
  /** Seconds since 1970 that are signed, in place of now's. */
  timestamp?: number
  /** Kept as lost: GitLab has tried, and nobody was there. */
  isLost?: boolean
}

export type Deliveries = {
  /** Sends an event to one webhook and keeps what came back. */
  deliver(hook: Hook, event: string, payload: object, options?: DeliverOptions): Promise<Delivery>
  /** Sends it to each webhook of the project that listens. */
  tell(project: Project, event: string, payload: object): Promise<Delivery[]>
  /** Sends a delivery once more, with the same key. */
  redeliver(id: number): Promise<Delivery>
  /** What "Test" sends; null where there is no such trigger. */
  test(hook: Hook, trigger: string): Promise<Delivery | null>
}

const flags: Record<string, string> = {
  'Push Hook': 'push_events',
  'Tag Push Hook': 'tag_push_events',
  'Merge Request Hook': 'merge_requests_events',
  'Note Hook': 'note_events',
  'Pipeline Hook': 'pipeline_events',
}

/** GitLab's webhooks: with the secret token, and signed where the hook has a signing token. */
export function makeDeliveries(scene: Scene, payloads: Payloads): Deliveries {
  const { world } = scene

  async function deliver(
    hook: Hook,
    event: string,
    payload: object,
    options: DeliverOptions = {},
  ): Promise<Delivery> {
    const body = JSON.stringify(payload)
    const idempotencyKey = options.idempotencyKey ?? randomUUID()
    const eventUuid = randomUUID()
    const headers = headersOf(hook, event, idempotencyKey, eventUuid, body, options)
    const sentAt = new Date(scene.now()).toISOString()
    const sent = options.isLost ? lost : await sendHook(hook.url, headers, body)
    const delivery: Delivery = {
      id: nextId(world),
      hookId: hook.id,
      projectId: hook.projectId,
      event,
      idempotencyKey,
      eventUuid,
      url: hook.url,
      sentAt,
      requestHeaders: headers,
      requestBody: body,
      status: sent.status,
      statusCode: sent.statusCode,
      responseHeaders: sent.headers,
      responseBody: sent.body,
      durationSeconds: sent.durationSeconds,
    }
    world.deliveries.push(delivery)
    return delivery
  }

  function headersOf(
    hook: Hook,
    event: string,
    idempotencyKey: string,
    eventUuid: string,
    body: string,
    { secrets = 'right', timestamp }: DeliverOptions,
  ): Record<string, string> {
    const headers: Record<string, string> = {
      'content-type': 'application/json',
      'user-agent': `GitLab/${scene.version}`,
      'idempotency-key': idempotencyKey,
      'x-gitlab-event': event,
      'x-gitlab-webhook-uuid': uuidOf(hook.id),
      'x-gitlab-instance': scene.url(),
      'x-gitlab-event-uuid': eventUuid,
    }
    if (secrets === 'none') return headers
    if (hook.token !== null) {
      headers['x-gitlab-token'] = secrets === 'right' ? hook.token : 'another token'
    }
    if (hook.signingToken !== null) {
      const at = String(timestamp ?? Math.floor(scene.now() / 1000))
      const key = Buffer.from(hook.signingToken.slice('whsec_'.length), 'base64')
      const signed = `${idempotencyKey}.${at}.${secrets === 'right' ? body : `${body} `}`
      headers['webhook-id'] = idempotencyKey
      headers['webhook-timestamp'] = at
      headers['webhook-signature'] =
        `v1,${createHmac('sha256', key).update(signed).digest('base64')}`
    }
    return headers
  }

  async function redeliver(id: number): Promise<Delivery> {
    const earlier = world.deliveries.find((one) => one.id === id)
    const hook = world.hooks.find((one) => one.id === earlier?.hookId)
    if (earlier === undefined || hook === undefined) throw new Error(`There is no delivery ${id}.`)
    const { event, requestBody, idempotencyKey } = earlier
    return deliver(hook, event, JSON.parse(requestBody) as object, { idempotencyKey })
  }

  function tell(project: Project, event: string, payload: object): Promise<Delivery[]> {
    const listening = world.hooks.filter(
      (hook) =>
        hook.projectId === project.id &&
        hook.alertStatus === 'executable' &&
        hook.events[flags[event] ?? ''] === true,
    )
    return Promise.all(listening.map((hook) => deliver(hook, event, payload)))
  }

  async function test(hook: Hook, trigger: string): Promise<Delivery | null> {
    const project = projectById(world, hook.projectId)
    if (trigger !== 'push_events') return null
    return deliver(hook, 'Push Hook', payloads.testPush(project))
  }

  return { deliver, tell, redeliver, test }
}

const lost: Sent = {
  statusCode: 502,
  status: 'failed to connect to host',
  headers: {},
  body: '',
  durationSeconds: 0,
}

/** A webhook's own id, which is the same with each of its deliveries. */
const uuidOf = (id: number): string => `00000000-0000-4000-8000-${String(id).padStart(12, '0')}`
