import { eq } from 'drizzle-orm'
import { schema, type Writer } from '../../db/client.ts'
import { lifetimeOf } from '../../auth/session-cookie.ts'
import type { Millis } from '../../lib/clock.ts'
import { sameSecret, sha256Hex } from '../../lib/crypto.ts'
import { OoreError } from '../../lib/errors.ts'
import { newToken } from '../../lib/ids.ts'
import type { Id } from '../../lib/ids.ts'
import { Secret } from '../../lib/secret.ts'
import type { Ctx } from '../ctx.ts'
import { change, type Recorder } from '../events/change.ts'
import { adminTokenOf } from './admin-token.ts'

/** Where a sign-in came from, for the list of sessions, and the cookie that came along. */
export type Caller = { ip: string; userAgent: string; previous?: string | undefined }

/** What the browser gets: the cookie's value, which is nowhere else, and how long it is good for. */
export type OpenedSession = { cookie: Secret; expiresAt: Millis; remembered: boolean }

/**
 * Opens a session for who shows the admin token. A session that the browser brought along is
 * closed, so that no cookie from before the sign-in is good after it. Throws OoreError
 * `unauthenticated`, the same for every wrong token.
 */
export async function signIn(
  ctx: Ctx,
  shown: { token: string; remember: boolean } & Caller,
): Promise<OpenedSession> {
  // Whoever knows the token is the admin: it stands in for `may`.
  if (!sameSecret(shown.token, adminTokenOf(ctx).reveal())) {
    throw new OoreError('unauthenticated', 'This is not the admin token of this server.', {
      fields: [{ field: 'token', message: 'is not the admin token' }],
    })
  }
  return change(ctx, (tx, record) => openSession(ctx, tx, record, shown, shown.remember))
}

/** Closes the session of a cookie; closing what is closed is nothing. */
export async function signOut(ctx: Ctx, cookie: string): Promise<void> {
  // The cookie itself is the permission: whoever has it may end it.
  await change(ctx, async (tx, record) => {
    // A cookie that nobody was given is no news, and anyone may send one.
    if (await closeSession(tx, cookie)) record('session.closed', sha256Hex(cookie).slice(0, 12))
  })
}

/**
 * Adds a session row for a new random cookie, in the caller's transaction, and closes the session
 * that the browser brought along. It is the person's, or the admin token's where none is given.
 */
export async function openSession(
  ctx: Ctx,
  tx: Writer,
  record: Recorder,
  caller: Caller,
  remember: boolean,
  userId: Id | null = null,
): Promise<OpenedSession> {
  if (caller.previous) await closeSession(tx, caller.previous)
  const cookie = new Secret(newToken())
  const tokenHash = sha256Hex(cookie.reveal())
  const { idleMs, absoluteMs } = lifetimeOf(remember)
  const now = ctx.clock()
  await tx.insert(schema.sessions).values({
    tokenHash,
    organizationId: ctx.organizationId,
    userId,
    adminTokenHash: userId === null ? sha256Hex(adminTokenOf(ctx).reveal()) : '',
    ip: caller.ip,
    userAgent: caller.userAgent.slice(0, userAgentLengthMax),
    createdAt: now,
    lastSeenAt: now,
    idleMs,
    idleUntil: now + idleMs,
    endsAt: now + absoluteMs,
  })
  record('session.opened', tokenHash.slice(0, 12), { ip: caller.ip, user: userId })
  return { cookie, expiresAt: now + absoluteMs, remembered: remember }
}

const userAgentLengthMax = 300

/** Was there such a session? */
async function closeSession(tx: Writer, cookie: string): Promise<boolean> {
  const { sessions } = schema
  const closed = await tx
    .delete(sessions)
    .where(eq(sessions.tokenHash, sha256Hex(cookie)))
    .returning({ tokenHash: sessions.tokenHash })
    .get()
  return closed !== undefined
}
