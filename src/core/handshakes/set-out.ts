import { and, eq } from 'drizzle-orm'
import { schema } from '../../db/client.ts'
import type { Millis } from '../../lib/clock.ts'
import { sameSecret, sha256Hex } from '../../lib/crypto.ts'
import { OoreError } from '../../lib/errors.ts'
import type { Id } from '../../lib/ids.ts'
import { Secret } from '../../lib/secret.ts'
import type { Ctx } from '../ctx.ts'
import { bindHandshake } from './begin.ts'
import type { HandshakePurpose } from './handshake.ts'

/** A trip that a browser sets out on from a page of Oore. */
export type SetOut = {
  id: Id
  /** For the browser to keep. */
  cookie: Secret
  data: Record<string, string | null>
  endsAt: Millis
}

/**
 * Binds a trip to the browser that opens its page, and lets that browser load the page again: `held`
 * is the cookie that it has. Throws OoreError `gone` where the trip is over, is another browser's, or
 * is none of this purpose.
 */
export async function setOut(
  ctx: Ctx,
  { purpose, state, held }: { purpose: HandshakePurpose; state: string; held: string | undefined },
): Promise<SetOut> {
  const { handshakes: h } = schema
  const row = await ctx.db.read
    .select()
    .from(h)
    .where(and(eq(h.stateHash, sha256Hex(state)), eq(h.purpose, purpose)))
    .get()
  const isUnderWay =
    row && row.arrivedAt === null && row.outcome === null && row.endsAt > ctx.clock()
  if (!isUnderWay) {
    throw new OoreError('gone', 'This address was used already or is too old. Begin again.')
  }
  const { id, data, endsAt, browserHash } = row
  const isHeld =
    browserHash !== null && held !== undefined && sameSecret(browserHash, sha256Hex(held))
  const cookie = isHeld ? new Secret(held) : (await bindHandshake(ctx, state)).cookie
  return { id, cookie, data, endsAt }
}
