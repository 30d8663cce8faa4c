import { eq } from 'drizzle-orm'
import { schema } from '../../db/client.ts'
import { type Millis, minutes } from '../../lib/clock.ts'
import { sha256Hex } from '../../lib/crypto.ts'
import { OoreError } from '../../lib/errors.ts'
import { newToken } from '../../lib/ids.ts'
import { Secret } from '../../lib/secret.ts'
import { may, refused } from '../access/may.ts'
import type { Ctx } from '../ctx.ts'
import { change } from '../events/change.ts'
import { type Caller, type OpenedSession, openSession } from './open.ts'

const linkLifeMs = minutes(5)

/** Makes a code that signs one browser in, once, within five minutes, and then leads to `next`. */
export async function createLoginLink(
  ctx: Ctx,
  { next }: { next: string },
): Promise<{ code: Secret; expiresAt: Millis }> {
  if (!may(ctx.actor, 'session.link')) throw refused(ctx.actor)
  const code = new Secret(newToken())
  const now = ctx.clock()
  const endsAt = now + linkLifeMs
  await change(ctx, async (tx, record) => {
    const codeHash = sha256Hex(code.reveal())
    await tx.insert(schema.loginLinks).values({ codeHash, next, createdAt: now, endsAt })
    record('session.link_made', codeHash.slice(0, 12))
  })
  return { code, expiresAt: endsAt }
}

/** Opens a session for a code and uses it up. Throws OoreError `gone` for any other code. */
export async function useLoginLink(
  ctx: Ctx,
  code: string,
  caller: Caller,
): Promise<OpenedSession & { next: string }> {
  // The code itself is the permission.
  return change(ctx, async (tx, record) => {
    const { loginLinks } = schema
    const row = await tx
      .delete(loginLinks)
      .where(eq(loginLinks.codeHash, sha256Hex(code)))
      .returning()
      .get()
    if (!row || row.endsAt <= ctx.clock()) {
      throw new OoreError('gone', 'This link was used already or is too old. Sign in instead.')
    }
    const session = await openSession(ctx, tx, record, caller, false)
    return { ...session, next: row.next }
  })
}
