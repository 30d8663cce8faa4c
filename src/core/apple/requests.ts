import {
  createHash,
  createPrivateKey,
  createPublicKey,
  type KeyObject,
  X509Certificate,
} from 'node:crypto'
import { and, asc, eq } from 'drizzle-orm'
import { schema, type Writer } from '../../db/client.ts'
import { type Millis, minutes } from '../../lib/clock.ts'
import { OoreError } from '../../lib/errors.ts'
import { type Id, newId } from '../../lib/ids.ts'
import { Secret } from '../../lib/secret.ts'
import type { CertificateKind } from '../../signing/apple/certificate.ts'
import { makeSigningRequest } from '../../signing/apple/signing-request.ts'
import { actorText } from '../access/actor.ts'
import { may, refused } from '../access/may.ts'
import type { Ctx } from '../ctx.ts'
import { change } from '../events/change.ts'

/** Longer than a call may take, and than a new certificate needs to be in Apple's list. */
export const answerWaitMs: Millis = minutes(1)

/** A key that Apple was asked to issue a certificate for. */
export type SigningRequest = {
  id: Id
  /** Empty while the key is being made. */
  publicKeySha256: string
  keySealed: string
  createdAt: Millis
}

type Wish = { appleKeyId: string; kind: CertificateKind }

/**
 * Makes a key and the request for its certificate, and stores the key before anybody is asked: what
 * Apple issues counts towards its limit whether or not its answer arrives. Throws OoreError `busy` while
 * another is under way.
 */
export async function beginRequest(
  ctx: Ctx,
  { appleKeyId, kind }: Wish,
): Promise<{ request: SigningRequest; csr: string }> {
  if (!may(ctx.actor, 'signing.change')) throw refused(ctx.actor, 'signing.change')
  const { signingRequests: r } = schema
  const id = newId()
  const createdAt = ctx.clock()
  // The place is taken first, as a key takes its time to be made: who asks meanwhile is told to wait.
  await change(ctx, async (tx, record) => {
    await refuseWhileUnderWay(ctx, tx, { appleKeyId, kind })
    await tx.insert(r).values({
      id,
      organizationId: ctx.organizationId,
      appleKeyId,
      certificateKind: kind,
      publicKeySha256: '',
      keySealed: '',
      createdBy: actorText(ctx.actor),
      createdAt,
    })
    record('certificate.requested', id, { kind })
  })
  const { key, csr } = await makeSigningRequest('Oore')
  const made = {
    publicKeySha256: hashOf(createPublicKey(createPrivateKey(key))),
    keySealed: ctx.keyring.seal(new Secret(key), placeOf(id)),
  }
  await change(ctx, async (tx) => {
    await tx.update(r).set(made).where(eq(r.id, id))
  })
  return { request: { id, createdAt, ...made }, csr }
}

/** A second request beside one that is under way would take a second place at Apple. */
async function refuseWhileUnderWay(ctx: Ctx, tx: Writer, wish: Wish): Promise<void> {
  const newest = (await selectWaiting(ctx, tx, wish)).at(-1)
  const leftMs = (newest?.createdAt ?? 0) + answerWaitMs - ctx.clock()
  if (leftMs <= 0) return
  throw new OoreError(
    'busy',
    'Apple was asked for a certificate of this kind a moment ago, and has not answered yet. Try again in a minute.',
    { retryAfterSeconds: Math.ceil(leftMs / 1000) },
  )
}

/** Requests whose certificate is not stored, the oldest first. */
export const waitingRequests = (ctx: Ctx, wish: Wish): Promise<SigningRequest[]> =>
  selectWaiting(ctx, ctx.db.read, wish)

function selectWaiting(
  ctx: Ctx,
  db: Pick<Writer, 'select'>,
  { appleKeyId, kind }: Wish,
): Promise<SigningRequest[]> {
  const { signingRequests: r } = schema
  return db
    .select({
      id: r.id,
      publicKeySha256: r.publicKeySha256,
      keySealed: r.keySealed,
      createdAt: r.createdAt,
    })
    .from(r)
    .where(
      and(
        eq(r.organizationId, ctx.organizationId),
        eq(r.appleKeyId, appleKeyId),
        eq(r.certificateKind, kind),
      ),
    )
    .orderBy(asc(r.id))
    .all()
}

/** Forgets a key that no certificate is to be had for any more, or whose certificate is stored. */
export async function endRequest(ctx: Ctx, { id }: Pick<SigningRequest, 'id'>): Promise<void> {
  if (!may(ctx.actor, 'signing.change')) throw refused(ctx.actor, 'signing.change')
  const { signingRequests: r } = schema
  await change(ctx, async (tx) => {
    await tx.delete(r).where(eq(r.id, id))
  })
}

/** The private key in PEM. Throws OoreError `conflict` where it was sealed by another key. */
export const keyOf = (ctx: Ctx, { id, keySealed }: SigningRequest): string =>
  ctx.keyring.open(keySealed, placeOf(id)).reveal()

/** Was this certificate (DER) issued for that request? */
export function isFor(request: SigningRequest, certificate: Uint8Array): boolean {
  try {
    return hashOf(new X509Certificate(certificate).publicKey) === request.publicKeySha256
  } catch {
    return false
  }
}

const hashOf = (key: KeyObject): string =>
  createHash('sha256')
    .update(key.export({ format: 'der', type: 'spki' }))
    .digest('hex')

const placeOf = (id: Id): string => `signing_requests/${id}/key`
