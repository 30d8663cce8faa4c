import { eq } from 'drizzle-orm'
import { schema } from '../../db/client.ts'
import { sameSecret, sha256Hex } from '../../lib/crypto.ts'
import { OoreError } from '../../lib/errors.ts'
import { type Id, newId, newToken } from '../../lib/ids.ts'
import { Secret } from '../../lib/secret.ts'
import type { RegisterRequest } from '../../protocol/messages.ts'
import type { Actor } from '../access/actor.ts'
import type { Ctx } from '../ctx.ts'
import { change } from '../events/change.ts'

/**
 * Lets a runner in that shows the pool token, and gives it a token of its own, of which only the
 * hash is kept. Throws OoreError `unauthenticated`.
 */
export async function registerRunner(
  ctx: Ctx,
  shown: { token: string; pool: Secret },
  request: RegisterRequest,
): Promise<{ id: Id; token: Secret }> {
  // Whoever knows the pool token may register: it stands in for `may`, like a signature.
  if (!sameSecret(shown.token, shown.pool.reveal())) throw unknownRunner()
  const id = newId()
  const token = new Secret(newToken())
  await change(ctx, async (tx, record) => {
    await tx.insert(schema.runners).values({
      id,
      name: request.name,
      tokenHash: sha256Hex(token.reveal()),
      slots: request.slots,
      createdAt: ctx.clock(),
      lastSeenAt: ctx.clock(),
    })
    record('runner.registered', id, { name: request.name, slots: request.slots })
  })
  return { id, token }
}

/** Who shows this token, as an actor. Throws OoreError `unauthenticated`. */
export async function recogniseRunner(ctx: Ctx, token: string): Promise<Actor> {
  const { runners } = schema
  const row = await ctx.db.read
    .select({ id: runners.id })
    .from(runners)
    .where(eq(runners.tokenHash, sha256Hex(token)))
    .get()
  if (!row) throw unknownRunner()
  return { is: 'runner', runnerId: row.id }
}

const unknownRunner = () =>
  new OoreError('unauthenticated', 'This runner is not known here. Register it again.')
