import { and, eq, isNull } from 'drizzle-orm'
import { schema } from '../../db/client.ts'
import { Waiter } from '../../lib/bell.ts'
import { type Millis, seconds } from '../../lib/clock.ts'
import { messageOf, OoreError } from '../../lib/errors.ts'
import { type Id, newId } from '../../lib/ids.ts'
import type { Secret } from '../../lib/secret.ts'
import { exchangeManifestCode, type NewApp } from '../../scm/github/app/api.ts'
import { GithubRefused } from '../../scm/github/app/call.ts'
import { may, refused } from '../access/may.ts'
import type { Ctx } from '../ctx.ts'
import { change } from '../events/change.ts'
import { beginHandshake, bindHandshake } from '../handshakes/begin.ts'
import { arrive, endHandshake } from '../handshakes/end.ts'
import { installUrl } from './connection.ts'
import { dismiss } from './disconnect.ts'
import { githubHost, githubPlace } from './find.ts'

export type CameBack = {
  code: string | undefined
  state: string | undefined
  /** What GitHub says instead of a code. */
  error: string | undefined
  cookie: string | undefined
}

/** The browser goes on to install the App it has just created. */
export type Created = { installUrl: string; cookie: Secret }

const pausesMs: readonly Millis[] = [seconds(1), seconds(3)]

/**
 * Takes the browser back in that created an App on GitHub: its code is changed for the App's keys,
 * once, and these are stored. Throws OoreError `malformed` for a state that is not this browser's,
 * `conflict` or `unavailable` in words where GitHub gives no keys; the setup has failed then, and says
 * so to whoever waits for it.
 */
export async function takeCreatedApp(
  ctx: Ctx,
  { code, state, error, cookie }: CameBack,
): Promise<Created> {
  const trip = await arrive(ctx, { purpose: 'github_app', state, cookie })
  // The state proved that an administrator sent this browser, whoever holds it here.
  const asOore: Ctx = { ...ctx, actor: { is: 'system' } }
  try {
    if (error !== undefined || !code) throw notCreated(error)
    const made = await exchange(ctx, code)
    const id = await storeApp(asOore, trip.id, made)
    const text = `The GitHub App “${made.name}” was created. Install it on the repositories that Oore is to build.`
    await endHandshake(ctx, trip.id, { is: 'done', subject: id, text })
    return await toInstalling(asOore, made)
  } catch (thrown) {
    const isForPeople = thrown instanceof OoreError
    const text = isForPeople ? messageOf(thrown) : 'Oore broke while the App was stored.'
    await endHandshake(ctx, trip.id, { is: 'failed', text })
    throw thrown
  }
}

const notCreated = (error: string | undefined): OoreError =>
  new OoreError(
    'conflict',
    error === 'access_denied'
      ? 'The GitHub App was not created: access was denied on GitHub. Nothing has changed; begin again when you like.'
      : 'GitHub sent the browser back without a code, so no App was created. Begin again.',
  )

/** GitHub may be down for a moment, and the code is good for an hour. */
async function exchange(ctx: Ctx, code: string): Promise<NewApp> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await exchangeManifestCode(githubHost(ctx), code)
    } catch (error) {
      if (error instanceof GithubRefused) throw refusal(error)
      const pause = pausesMs[attempt]
      const isPassing = error instanceof OoreError && error.retryAfterSeconds === null
      if (!isPassing || pause === undefined) throw error
      await new Waiter().wait(pause)
    }
  }
}

const refusal = (error: GithubRefused): OoreError =>
  new OoreError(
    'conflict',
    error.status === 404 || error.status === 422
      ? 'GitHub does not know this code: it was used already, or is older than an hour. ' +
          'Begin again; an App that was created without being stored can be deleted on GitHub.'
      : `GitHub gave no keys for the App. ${error.message} Begin again.`,
    { cause: error },
  )

/** Stores the App. One that was connected before has its place taken, and stays written down. */
async function storeApp(ctx: Ctx, tripId: Id, made: NewApp): Promise<Id> {
  if (!may(ctx.actor, 'connection.change')) throw refused(ctx.actor)
  const id = newId()
  const seal = (secret: Secret, column: Parameters<typeof githubPlace>[1]) =>
    ctx.keyring.seal(secret, githubPlace(id, column))
  const values = {
    id,
    organizationId: ctx.organizationId,
    appId: made.appId,
    slug: made.slug,
    name: made.name,
    ownerLogin: made.owner.login,
    ownerType: made.owner.type,
    htmlUrl: made.htmlUrl,
    clientId: made.clientId,
    clientSecretSealed: seal(made.clientSecret, 'client_secret'),
    privateKeySealed: seal(made.privateKey, 'private_key'),
    webhookSecretSealed: seal(made.webhookSecret, 'webhook_secret'),
    permissions: made.permissions,
    events: made.events,
    createdAt: ctx.clock(),
  }
  return change(ctx, async (tx, record) => {
    const { githubApps: a, handshakes: h } = schema
    const trip = await tx.select({ createdBy: h.createdBy }).from(h).where(eq(h.id, tripId)).get()
    const before = await tx
      .select()
      .from(a)
      .where(and(eq(a.organizationId, ctx.organizationId), isNull(a.removedAt)))
      .get()
    if (before) await dismiss(ctx, tx, record, before)
    await tx.insert(a).values({ ...values, createdBy: trip?.createdBy ?? 'system' })
    record('github.connected', id, { name: made.name, owner: made.owner.login })
    return id
  })
}

async function toInstalling(ctx: Ctx, { htmlUrl }: NewApp): Promise<Created> {
  const { state } = await beginHandshake(ctx, { purpose: 'github_install', data: {} })
  const { cookie } = await bindHandshake(ctx, state.reveal())
  const url = new URL(installUrl(htmlUrl))
  url.searchParams.set('state', state.reveal())
  return { installUrl: url.href, cookie }
}
