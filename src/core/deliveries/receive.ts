import { and, eq, gt, ne } from 'drizzle-orm'
import { schema } from '../../db/client.ts'
import { days } from '../../lib/clock.ts'
import { OoreError } from '../../lib/errors.ts'
import { type Id, newId } from '../../lib/ids.ts'
import { may, refused } from '../access/may.ts'
import type { Ctx } from '../ctx.ts'
import { change } from '../events/change.ts'
import { findRepositoryRow, type RepositoryRow } from '../repositories/find.ts'
import { sealedPlace } from '../repositories/source.ts'

export type IncomingDelivery = {
  /** Names in lower case. */
  headers: Record<string, string>
  /** The raw bytes: the signature is over these and nothing else. */
  body: Uint8Array
  sourceIp: string
}

/** The same delivery is the same for this long; after that its id may come again. */
const rememberedMs = days(1)

/**
 * Takes a webhook call in: verified, stored, answered; what it leads to comes after. A delivery
 * that was taken in before and did not fail is a duplicate. Throws OoreError `unauthenticated`
 * where the signature is missing or wrong (recorded all the same), `malformed` for a signed body
 * that cannot be read.
 */
export async function receiveDelivery(
  ctx: Ctx,
  repositoryId: Id,
  incoming: IncomingDelivery,
): Promise<{ status: 'accepted' | 'duplicate'; eventId: Id }> {
  const row = await findRepositoryRow(ctx, repositoryId)
  if (!may(ctx.actor, 'delivery.receive', { repositoryId })) throw refused(ctx.actor)
  const secret = webhookSecretOf(ctx, row)
  const reading = ctx.scm(row.provider).readHook({ ...incoming, secret })
  const values = {
    id: newId(),
    organizationId: ctx.organizationId,
    provider: row.provider,
    repositoryId,
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
    throw new OoreError('unauthenticated', reading.why)
  }
  return change(ctx, async (tx, record) => {
    const { deliveries: d } = schema
    const same = await tx
      .select({ id: d.id })
      .from(d)
      .where(
        and(
          eq(d.repositoryId, repositoryId),
          eq(d.deliveryId, reading.deliveryId),
          ne(d.status, 'failed'),
          ne(d.status, 'rejected'),
          gt(d.receivedAt, values.receivedAt - rememberedMs),
        ),
      )
      .get()
    if (same) return { status: 'duplicate', eventId: same.id }
    await tx.insert(d).values({
      ...values,
      status: 'received',
      reason: '',
      happened: reading.happened,
      payload: textOf(incoming.body),
      processedAt: null,
    })
    record('delivery.received', values.id, { repository_id: repositoryId })
    return { status: 'accepted', eventId: values.id }
  })
}

// Anyone can send what is not signed; the beginning is enough to see what it was.
const rejectedPayloadLengthMax = 4000

const textOf = (body: Uint8Array): string => new TextDecoder().decode(body)

const webhookSecretOf = (ctx: Ctx, row: RepositoryRow) =>
  row.webhookSecretSealed === null
    ? null
    : ctx.keyring.open(row.webhookSecretSealed, sealedPlace(row.id, 'webhook_secret'))
