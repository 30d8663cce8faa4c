import { schema, type Database } from '../../db/client.ts'
import type { Millis } from '../../lib/clock.ts'
import { OoreError } from '../../lib/errors.ts'
import { type Id, newId } from '../../lib/ids.ts'
import type { Secret } from '../../lib/secret.ts'
import { readAppHook } from '../../scm/github/app/hook.ts'
import { may, refused } from '../access/may.ts'
import type { Ctx } from '../ctx.ts'
import { keepDelivery } from '../deliveries/keep.ts'
import {
  headersOf,
  type IncomingDelivery,
  mayRecordRejected,
  type Received,
  rejectedPayloadLengthMax,
  shownHeaders,
  textOf,
} from '../deliveries/receive.ts'
import { change } from '../events/change.ts'
import { findGithubApp } from './find.ts'
import { findByNumber } from './repositories.ts'

/**
 * Takes in a delivery to the App's webhook: verified by the App's secret, or within its hour by the
 * one before; stored, answered; what it leads to comes after. Throws OoreError `unauthenticated` where
 * the signature is missing or wrong (recorded all the same), `malformed` for a signed body that cannot
 * be read, `not_found` where no App is connected.
 */
export async function receiveAppDelivery(ctx: Ctx, incoming: IncomingDelivery): Promise<Received> {
  const app = await findTarget(ctx)
  const headers = headersOf(incoming, ctx.scm('github').hookHeaders)
  const sent = { headers, body: incoming.body }
  const current = readAppHook({ ...sent, secret: app.secret })
  const before =
    current.is === 'rejected' && app.previous !== null
      ? readAppHook({ ...sent, secret: app.previous })
      : current
  // A secret that is void by now explains nothing: what is told is why the one in use did not fit.
  const reading = before.is === 'verified' ? before : current
  const values = {
    id: newId(),
    organizationId: ctx.organizationId,
    provider: 'github' as const,
    integrationId: app.id,
    headers: shownHeaders(headers),
    event: reading.event,
    deliveryId: reading.deliveryId,
    buildIds: [],
    sourceIp: incoming.sourceIp,
    receivedAt: ctx.clock(),
    attempts: 0,
    notBefore: 0,
    round: 0,
  }
  if (reading.is === 'rejected') {
    const unsigned = new OoreError('unauthenticated', reading.why)
    if (!mayRecordRejected(ctx, app.id)) throw unsigned
    await change(ctx, async (tx, record) => {
      await tx.insert(schema.deliveries).values({
        ...values,
        repositoryId: null,
        status: 'rejected',
        reason: reading.why,
        happened: null,
        payload: textOf(incoming.body).slice(0, rejectedPayloadLengthMax),
        processedAt: values.receivedAt,
      })
      record('delivery.rejected', values.id, { github_app_id: app.id })
    })
    throw unsigned
  }
  // Its signature is the App's own: from here on it speaks as the App.
  const asApp: Ctx = { ...ctx, actor: { is: 'connection', connectionId: app.id } }
  if (!may(asApp.actor, 'delivery.receive', { connectionId: app.id })) throw refused(ctx.actor)
  const number = reading.about.repository
  const repository = number === null ? undefined : await findByNumber(ctx, ctx.db.read, number)
  const kept = await keepDelivery(asApp, {
    ...values,
    repositoryId: repository?.id ?? null,
    status: 'received',
    reason: '',
    happened: reading.happened,
    payload: textOf(incoming.body),
    processedAt: null,
  })
  return { ...kept, isPing: reading.happened.is === 'ping' }
}

type Target = { id: Id; secret: Secret; previous: Secret | null; until: Millis }
type Kept = { target: Target | null }

/** Kept until something about GitHub changes: a burst of deliveries asks again and again. */
const targets = new WeakMap<Database, Kept>()

async function findTarget(ctx: Ctx): Promise<Target> {
  const kept = targets.get(ctx.db) ?? startKeeping(ctx)
  if (kept.target !== null && kept.target.until > ctx.clock()) return kept.target
  const app = await findGithubApp(ctx)
  if (app === null) {
    throw new OoreError('not_found', 'No GitHub App is connected here, so nothing is expected.')
  }
  const previous = app.previousWebhookSecret()
  const until = previous === null ? Infinity : (app.row.previousSecretUntil ?? 0)
  const target: Target = { id: app.row.id, secret: app.webhookSecret(), previous, until }
  // Where something changed meanwhile, this one is dropped with the rest.
  kept.target = target
  return target
}

function startKeeping({ db, bells }: Ctx): Kept {
  const kept: Kept = { target: null }
  targets.set(db, kept)
  bells.listen('connections', () => targets.set(db, { target: null }))
  return kept
}
