import { and, desc, eq } from 'drizzle-orm'
import { authorizationUrl, newVerifier } from '../../auth/oauth.ts'
import { schema } from '../../db/client.ts'
import type { Id } from '../../lib/ids.ts'
import type { Millis } from '../../lib/clock.ts'
import { Secret } from '../../lib/secret.ts'
import { instanceName } from '../../scm/gitlab/instance/call.ts'
import { may, refused } from '../access/may.ts'
import type { Ctx } from '../ctx.ts'
import { beginHandshake, bindHandshake } from '../handshakes/begin.ts'
import { showHandshake } from '../handshakes/end.ts'
import type { Handshake } from '../handshakes/handshake.ts'
import { gitlabOAuthApp, requireGitlabRow } from './find.ts'
import { gitlabScopes } from './instance.ts'

/** Where a browser sets out to an instance: `state` is in it, so it is good once. */
export const gitlabStartPath = (state: Secret): string =>
  `/setup/gitlab/start?state=${encodeURIComponent(state.reveal())}`

export type Begun = {
  /** Of the trip, for whoever waits for its end. */
  id: Id
  instance: string
  /** Where the browser sets out, on this server. */
  path: string
  endsAt: Millis
}

/**
 * Begins to authorize Oore on an instance: with PKCE and a state of its own. Throws OoreError
 * `invalid` where several are registered and none is named.
 */
export async function beginAuthorization(ctx: Ctx, named: string | null): Promise<Begun> {
  if (!may(ctx.actor, 'connection.change')) throw refused(ctx.actor, 'connection.change')
  const row = await requireGitlabRow(ctx, named)
  const verifier = newVerifier()
  // The challenge is no secret, and the state is added when a browser sets out with it.
  const address = authorizationUrl(gitlabOAuthApp(ctx, row), {
    state: new Secret(''),
    verifier,
    scopes: gitlabScopes,
  })
  address.searchParams.delete('state')
  const { id, state, endsAt } = await beginHandshake(ctx, {
    purpose: 'gitlab',
    data: { instance: row.id, name: instanceName(row.url), address: address.href },
    verifier,
  })
  return { id, instance: instanceName(row.url), path: gitlabStartPath(state), endsAt }
}

export type SetOut = {
  /** What binds the trip to the browser. */
  cookie: Secret
  instance: string
  /** Where the browser goes on to, at GitLab. */
  address: string
}

/** Sends a browser off, once. Throws OoreError `gone` where that was done before or is too late. */
export async function setOut(ctx: Ctx, state: string): Promise<SetOut> {
  const { cookie, data } = await bindHandshake(ctx, state)
  const address = new URL(data['address'] ?? '')
  address.searchParams.set('state', state)
  return { cookie, instance: data['name'] ?? address.host, address: address.href }
}

/** How a trip stands; the newest to any instance where none is named. Throws OoreError `not_found`. */
export async function showAuthorization(ctx: Ctx, id: Id | null): Promise<Handshake> {
  if (!may(ctx.actor, 'connection.read')) throw refused(ctx.actor, 'connection.read')
  return showHandshake(ctx, id ?? (await newestTrip(ctx)) ?? '')
}

async function newestTrip(ctx: Ctx): Promise<Id | null> {
  const { handshakes: h } = schema
  const row = await ctx.db.read
    .select({ id: h.id })
    .from(h)
    .where(and(eq(h.purpose, 'gitlab'), eq(h.organizationId, ctx.organizationId)))
    .orderBy(desc(h.id))
    .limit(1)
    .get()
  return row?.id ?? null
}
