import { and, eq, gt, isNull } from 'drizzle-orm'
import { schema } from '../../db/client.ts'
import { type Millis, minutes } from '../../lib/clock.ts'
import { sha256Hex } from '../../lib/crypto.ts'
import { OoreError } from '../../lib/errors.ts'
import { type Id, newId, newToken } from '../../lib/ids.ts'
import { Secret } from '../../lib/secret.ts'
import { may, refused, type PersonVerb } from '../access/may.ts'
import { actorText } from '../access/actor.ts'
import type { Ctx } from '../ctx.ts'
import { change } from '../events/change.ts'
import type { HandshakePurpose } from './handshake.ts'

/** A person who takes longer begins anew (journey 16: states are good for ten minutes). */
export const handshakeLifeMs = minutes(10)

/** Who may send a browser off for this; null where it is the way in for strangers. */
const verbFor: Record<HandshakePurpose, PersonVerb | null> = {
  github_app: 'connection.change',
  github_install: 'connection.change',
  gitlab: 'connection.change',
  sign_in: null,
}

export type NewHandshake = {
  purpose: HandshakePurpose
  data: Record<string, string | null>
  /** Of PKCE, where the forge offers it. */
  verifier?: Secret
}

/**
 * Begins a trip to a forge: `state` goes with the browser and comes back once, within ten minutes,
 * in the browser that `bindHandshake` binds it to.
 */
export async function beginHandshake(
  ctx: Ctx,
  { purpose, data, verifier }: NewHandshake,
): Promise<{ id: Id; state: Secret; endsAt: Millis }> {
  const verb = verbFor[purpose]
  if (verb !== null && !may(ctx.actor, verb)) throw refused(ctx.actor, verb)
  const state = new Secret(newToken())
  const id = newId()
  const now = ctx.clock()
  const endsAt = now + handshakeLifeMs
  await change(ctx, async (tx, record) => {
    await tx.insert(schema.handshakes).values({
      id,
      organizationId: ctx.organizationId,
      purpose,
      stateHash: sha256Hex(state.reveal()),
      verifierSealed: verifier ? ctx.keyring.seal(verifier, verifierPlace(id)) : null,
      data,
      createdBy: actorText(ctx.actor),
      createdAt: now,
      endsAt,
    })
    record('handshake.begun', id, { purpose })
  })
  return { id, state, endsAt }
}

/**
 * Binds a trip to the browser that sets out, by a cookie that it is handed: only there it may end.
 * Throws OoreError `gone` where it is over, or was bound to another browser.
 */
export async function bindHandshake(
  ctx: Ctx,
  state: string,
): Promise<{ id: Id; cookie: Secret; data: Record<string, string | null> }> {
  const cookie = new Secret(newToken())
  const { handshakes: h } = schema
  // Whoever knows the state sets out with it, once: it stands in for `may`.
  const bound = await change(ctx, async (tx, record) => {
    const row = await tx
      .update(h)
      .set({ browserHash: sha256Hex(cookie.reveal()) })
      .where(
        and(
          eq(h.stateHash, sha256Hex(state)),
          isNull(h.browserHash),
          isNull(h.arrivedAt),
          isNull(h.outcome),
          gt(h.endsAt, ctx.clock()),
        ),
      )
      .returning({ id: h.id, data: h.data })
      .get()
    if (!row) {
      throw new OoreError('gone', 'This address was used already or is too old. Begin again.')
    }
    record('handshake.bound', row.id)
    return row
  })
  return { ...bound, cookie }
}

export const verifierPlace = (id: Id): string => `handshakes/${id}/verifier`
