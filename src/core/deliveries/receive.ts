import { schema } from '../../db/client.ts'
import { minutes } from '../../lib/clock.ts'
import { OoreError } from '../../lib/errors.ts'
import { type Id, newId } from '../../lib/ids.ts'
import { may, refused } from '../access/may.ts'
import type { Ctx } from '../ctx.ts'
import { change } from '../events/change.ts'
import { noSuchRepository } from '../repositories/find.ts'
import type { Provider } from '../repositories/repository.ts'
import { keepDelivery } from './keep.ts'
import { findTarget } from './target.ts'

export type IncomingDelivery = {
  /** The provider whose address was called. */
  provider: Provider
  /** A header by its lower-case name. */
  header(name: string): string | undefined
  /** The raw bytes: the signature is over these and nothing else. */
  body: Uint8Array
  sourceIp: string
}

/**
 * Takes a webhook call in: verified, stored, answered; what it leads to comes after. A delivery
 * that was taken in before and did not fail is a duplicate. Throws OoreError `unauthenticated`
 * where the signature is missing or wrong (recorded all the same), `malformed` for a signed body
 * that cannot be read, `not_found` where the repository is another provider's.
 */
export async function receiveDelivery(
  ctx: Ctx,
  repositoryId: Id,
  incoming: IncomingDelivery,
): Promise<{ status: 'accepted' | 'duplicate'; eventId: Id }> {
  const { provider, secret } = await findTarget(ctx, repositoryId)
  if (provider !== incoming.provider) throw noSuchRepository()
  if (!may(ctx.actor, 'delivery.receive', { repositoryId })) throw refused(ctx.actor)
  const scm = ctx.scm(provider)
  const headers = headersOf(incoming, scm.hookHeaders)
  const reading = scm.readHook({ headers, body: incoming.body, secret })
  const values = {
    id: newId(),
    organizationId: ctx.organizationId,
    provider,
    repositoryId,
    integrationId: repositoryId,
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
    if (!mayRecordRejected(ctx, repositoryId)) throw unsigned
    await change(ctx, async (tx, record) => {
      await tx.insert(schema.deliveries).values({
        ...values,
        status: 'rejected',
        reason: reading.why,
        happened: null,
        payload: textOf(incoming.body).slice(0, rejectedPayloadLengthMax),
        processedAt: values.receivedAt,
      })
      record('delivery.rejected', values.id, { repository_id: repositoryId })
    })
    throw unsigned
  }
  return keepDelivery(ctx, {
    ...values,
    status: 'received',
    reason: '',
    happened: reading.happened,
    payload: textOf(incoming.body),
    processedAt: null,
  })
}

function headersOf(incoming: IncomingDelivery, names: readonly string[]): Record<string, string> {
  const sent = names.map((name) => [name, incoming.header(name)] as const)
  return Object.fromEntries(
    sent.filter((entry): entry is [string, string] => entry[1] !== undefined),
  )
}

/** Refused deliveries of a repository that are written down per minute; the rest is only refused. */
const rejectedPerMinuteMax = 60

function mayRecordRejected(ctx: Ctx, repositoryId: Id): boolean {
  const minute = Math.floor(ctx.clock() / minutes(1))
  const counted = ctx.life.rejected.get(repositoryId)
  const count = counted?.minute === minute ? counted.count + 1 : 1
  ctx.life.rejected.set(repositoryId, { minute, count })
  return count <= rejectedPerMinuteMax
}

// Anyone can send what is not signed; the beginning is enough to see what it was.
const rejectedPayloadLengthMax = 4000

const textOf = (body: Uint8Array): string => new TextDecoder().decode(body)
