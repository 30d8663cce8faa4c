import { and, eq } from 'drizzle-orm'
import { schema } from '../../db/client.ts'
import { sameSecret, sha256Hex } from '../../lib/crypto.ts'
import { OoreError } from '../../lib/errors.ts'
import { type Id, isId } from '../../lib/ids.ts'
import type { Secret } from '../../lib/secret.ts'
import { may, refused } from '../access/may.ts'
import type { Ctx } from '../ctx.ts'
import { change } from '../events/change.ts'
import { verifierPlace } from './begin.ts'
import type { Handshake, HandshakeOutcome, HandshakePurpose } from './handshake.ts'

/** What a browser that came back has in its hands. */
export type Returned = {
  purpose: HandshakePurpose
  state: string | undefined
  /** The cookie of `bindHandshake`. */
  cookie: string | undefined
}

/** The trip that a browser came back from; it is used up by that. */
export type Arrived = {
  id: Id
  data: Record<string, string | null>
  verifier: Secret | null
}

/**
 * Takes a browser back in. Once: the same state is not taken again. Throws OoreError `malformed`
 * where the state is missing, unknown, used, older than ten minutes, of another purpose or of
 * another browser: security.md OA-01, OA-05. The caller then says how it ended by `endHandshake`.
 */
export async function arrive(ctx: Ctx, { purpose, state, cookie }: Returned): Promise<Arrived> {
  const { handshakes: h } = schema
  if (!state) throw notOurs('The address that the browser came back with has no state.')
  return change(ctx, async (tx, record) => {
    const row = await tx
      .select()
      .from(h)
      .where(and(eq(h.stateHash, sha256Hex(state)), eq(h.purpose, purpose)))
      .get()
    if (!row) throw notOurs('Oore did not send a browser off with this state.')
    if (row.arrivedAt !== null || row.outcome !== null) throw notOurs('This was answered already.')
    if (row.endsAt <= ctx.clock()) throw notOurs('It took longer than ten minutes.')
    if (row.browserHash === null || !cookie || !sameSecret(row.browserHash, sha256Hex(cookie))) {
      throw notOurs('It was begun in another browser.')
    }
    await tx.update(h).set({ arrivedAt: ctx.clock() }).where(eq(h.id, row.id))
    record('handshake.arrived', row.id)
    const verifier =
      row.verifierSealed === null
        ? null
        : ctx.keyring.open(row.verifierSealed, verifierPlace(row.id))
    return { id: row.id, data: row.data, verifier }
  })
}

/** Says how a trip ended, for whoever waits for it. */
export async function endHandshake(ctx: Ctx, id: Id, outcome: HandshakeOutcome): Promise<void> {
  // Only who has just been let in by `arrive` knows this id; it stands in for `may`.
  await change(ctx, async (tx, record) => {
    const { handshakes: h } = schema
    await tx.update(h).set({ outcome }).where(eq(h.id, id))
    record('handshake.ended', id, { is: outcome.is })
  })
}

/** How a trip stands. Throws OoreError `not_found`. */
export async function showHandshake(ctx: Ctx, id: Id): Promise<Handshake> {
  if (!may(ctx.actor, 'connection.read')) throw refused(ctx.actor, 'connection.read')
  const { handshakes: h } = schema
  const row = isId(id)
    ? await ctx.db.read
        .select()
        .from(h)
        .where(and(eq(h.id, id), eq(h.organizationId, ctx.organizationId)))
        .get()
    : undefined
  if (!row) throw new OoreError('not_found', 'There is no such setup under way. Begin again.')
  return {
    id: row.id,
    purpose: row.purpose,
    data: row.data,
    outcome: row.outcome,
    isExpired: row.outcome === null && row.endsAt <= ctx.clock(),
    createdAt: row.createdAt,
    endsAt: row.endsAt,
  }
}

const notOurs = (why: string): OoreError =>
  new OoreError('malformed', `${why} Begin again, in the browser that you will end it in.`)
