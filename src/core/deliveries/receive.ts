import { eq } from 'drizzle-orm'
import { schema, type Writer } from '../../db/client.ts'
import { type Millis, minutes } from '../../lib/clock.ts'
import { OoreError } from '../../lib/errors.ts'
import { type Id, newId } from '../../lib/ids.ts'
import type { Hook, HookReading } from '../../scm/contract.ts'
import { may, refused } from '../access/may.ts'
import type { Ctx } from '../ctx.ts'
import { change } from '../events/change.ts'
import { noSuchRepository } from '../repositories/find.ts'
import type { Provider } from '../repositories/repository.ts'
import { keepDelivery } from './keep.ts'
import { findTarget, type Target } from './target.ts'

/** A delivery as it is answered; a ping has nothing to come after. */
export type Received = { status: 'accepted' | 'duplicate'; eventId: Id; isPing: boolean }

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
): Promise<Received> {
  const target = await findTarget(ctx, repositoryId)
  const { provider } = target
  if (provider !== incoming.provider) throw noSuchRepository()
  if (!may(ctx.actor, 'delivery.receive', { repositoryId })) throw refused(ctx.actor)
  const headers = headersOf(incoming, ctx.scm(provider).hookHeaders)
  const reading = readingOf(ctx, target, { headers, body: incoming.body })
  const values = {
    id: newId(),
    organizationId: ctx.organizationId,
    provider,
    repositoryId,
    integrationId: repositoryId,
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
      await noteFailed(tx, repositoryId, reading.why, values.receivedAt)
      record('delivery.rejected', values.id, { repository_id: repositoryId })
    })
    throw unsigned
  }
  const kept = await keepDelivery(ctx, {
    ...values,
    status: 'received',
    reason: '',
    happened: reading.happened,
    payload: textOf(incoming.body),
    processedAt: null,
  })
  return { ...kept, isPing: reading.happened.is === 'ping' }
}

/** For an hour after a secret was replaced the old one proves a delivery too: hooks are slow to follow. */
function readingOf(
  ctx: Ctx,
  { provider, secret, signingToken, previous }: Target,
  came: Pick<Hook, 'headers' | 'body'>,
): HookReading {
  const scm = ctx.scm(provider)
  const signed = signingToken && { token: signingToken, now: ctx.clock() }
  const sent = { ...came, signed }
  const reading = scm.readHook({ ...sent, secret })
  if (reading.is === 'verified' || previous === null || previous.until <= ctx.clock())
    return reading
  const before = scm.readHook({ ...sent, secret: previous.secret })
  return before.is === 'verified' ? before : reading
}

/** What may be kept and shown of the headers: a token is not, nor what a secret could be guessed by. */
export const shownHeaders = (headers: Record<string, string>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers)
      .filter(([name]) => !/token|signature/.test(name))
      .map(([name, value]) => [name, value.slice(0, headerLengthMax)]),
  )

const headerLengthMax = 300

/** Anybody can send what proves nothing, so it only shows where no delivery proves itself. */
async function noteFailed(tx: Writer, repositoryId: Id, why: string, at: Millis): Promise<void> {
  const { repositories: r } = schema
  await tx.update(r).set({ hookFailedAt: at, hookFailure: why }).where(eq(r.id, repositoryId))
}

/** What was sent of these headers, and no other. */
export function headersOf(
  incoming: IncomingDelivery,
  names: readonly string[],
): Record<string, string> {
  const sent = names.map((name) => [name, incoming.header(name)] as const)
  return Object.fromEntries(
    sent.filter((entry): entry is [string, string] => entry[1] !== undefined),
  )
}

/** Refused deliveries of a repository that are written down per minute; the rest is only refused. */
const rejectedPerMinuteMax = 60

/** `integrationId`: whom it was addressed to. */
export function mayRecordRejected(ctx: Ctx, integrationId: Id): boolean {
  const minute = Math.floor(ctx.clock() / minutes(1))
  const counted = ctx.life.rejected.get(integrationId)
  const count = counted?.minute === minute ? counted.count + 1 : 1
  ctx.life.rejected.set(integrationId, { minute, count })
  return count <= rejectedPerMinuteMax
}

// Anyone can send what is not signed; the beginning is enough to see what it was.
export const rejectedPayloadLengthMax = 4000

export const textOf = (body: Uint8Array): string => new TextDecoder().decode(body)
