import {
  createHash,
  createPrivateKey,
  createPublicKey,
  type KeyObject,
  X509Certificate,
} from 'node:crypto'
import { and, asc, eq } from 'drizzle-orm'
import { schema } from '../../db/client.ts'
import type { Millis } from '../../lib/clock.ts'
import { type Id, newId } from '../../lib/ids.ts'
import { Secret } from '../../lib/secret.ts'
import type { CertificateKind } from '../../signing/apple/certificate.ts'
import { makeSigningRequest } from '../../signing/apple/signing-request.ts'
import { actorText } from '../access/actor.ts'
import { may, refused } from '../access/may.ts'
import type { Ctx } from '../ctx.ts'
import { change } from '../events/change.ts'

/** A key that Apple was asked to issue a certificate for. */
export type SigningRequest = {
  id: Id
  publicKeySha256: string
  keySealed: string
  createdAt: Millis
}

type Wish = { appStoreKeyId: Id; kind: CertificateKind }

/**
 * Makes a key and the request for its certificate, and stores the key before anybody is asked: what
 * Apple issues counts towards its limit whether or not its answer arrives.
 */
export async function beginRequest(
  ctx: Ctx,
  { appStoreKeyId, kind }: Wish,
): Promise<{ request: SigningRequest; csr: string }> {
  if (!may(ctx.actor, 'signing.change')) throw refused(ctx.actor, 'signing.change')
  const { key, csr } = makeSigningRequest('Oore')
  const id = newId()
  const request = {
    id,
    publicKeySha256: hashOf(createPublicKey(createPrivateKey(key))),
    keySealed: ctx.keyring.seal(new Secret(key), placeOf(id)),
    createdAt: ctx.clock(),
  }
  await change(ctx, async (tx, record) => {
    await tx.insert(schema.signingRequests).values({
      ...request,
      organizationId: ctx.organizationId,
      appStoreKeyId,
      certificateKind: kind,
      createdBy: actorText(ctx.actor),
    })
    record('certificate.requested', id, { kind })
  })
  return { request, csr }
}

/** Requests whose certificate is not stored, the oldest first. */
export function waitingRequests(
  ctx: Ctx,
  { appStoreKeyId, kind }: Wish,
): Promise<SigningRequest[]> {
  const { signingRequests: r } = schema
  return ctx.db.read
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
        eq(r.appStoreKeyId, appStoreKeyId),
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
