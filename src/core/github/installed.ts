import { messageOf, OoreError } from '../../lib/errors.ts'
import { showInstallation } from '../../scm/github/app/api.ts'
import type { Ctx } from '../ctx.ts'
import { change } from '../events/change.ts'
import { may, refused } from '../access/may.ts'
import { arrive, endHandshake } from '../handshakes/end.ts'
import { checkGithub } from './check.ts'
import { githubHost, requireGithubApp } from './find.ts'
import { keepInstallation, syncInstallation } from './sync.ts'
import { inWords } from './trouble.ts'

export type InstalledBack = {
  /** As GitHub names it in the address; nothing is believed of it without a state. */
  installationId: string | undefined
  /** `install`, `update`, or `request` where an owner has yet to agree. */
  setupAction: string | undefined
  state: string | undefined
  cookie: string | undefined
}

/** What the page says to a browser that comes from installing the App. */
export type Installed =
  /** The account's repositories are here. */
  | { is: 'synced'; account: string; repositories: number }
  /** It is known, but its repositories could not be fetched yet; `why` is a sentence. */
  | { is: 'later'; account: string; why: string }
  /** An owner of the organization has to agree first. */
  | { is: 'requested' }
  /** Nobody here sent this browser: GitHub's webhook tells Oore all that is to be known. */
  | { is: 'shown' }

/**
 * Takes a browser in that comes from installing the App. Only where Oore itself sent it there is
 * anything fetched. Throws OoreError `malformed` for a state that is not this browser's.
 */
export async function takeInstalledApp(
  ctx: Ctx,
  { installationId, setupAction, state, cookie }: InstalledBack,
): Promise<Installed> {
  if (!state) return { is: setupAction === 'request' ? 'requested' : 'shown' }
  const trip = await arrive(ctx, { purpose: 'github_install', state, cookie })
  // The state proved that an administrator sent this browser, whoever holds it here.
  const asOore: Ctx = { ...ctx, actor: { is: 'system' } }
  try {
    const done: Installed =
      setupAction === 'request' || !installationId
        ? { is: 'requested' }
        : await takeInstallation(asOore, installationId)
    const text = done.is === 'requested' ? 'It was asked for.' : 'It was installed.'
    await endHandshake(ctx, trip.id, { is: 'done', subject: installationId ?? '', text })
    return done
  } catch (error) {
    await endHandshake(ctx, trip.id, { is: 'failed', text: messageOf(error) })
    throw error
  }
}

async function takeInstallation(ctx: Ctx, externalId: string): Promise<Installed> {
  if (!may(ctx.actor, 'connection.change')) throw refused(ctx.actor)
  const app = await requireGithubApp(ctx)
  // The number in the address is anybody's word: GitHub is asked whether the App has it.
  const told = await showInstallation(githubHost(ctx), await app.jwt(), externalId).catch(
    (error: unknown) => {
      throw inWords(error, 'The installation cannot be looked at')
    },
  )
  if (told === null) {
    throw new OoreError(
      'conflict',
      `The GitHub App “${app.row.name}” has no installation ${externalId.slice(0, 20)}.`,
    )
  }
  const row = await change(ctx, (tx, record) => keepInstallation(ctx, tx, record, app.row.id, told))
  const synced = await syncInstallation(ctx, app, row)
  await checkGithub(ctx)
  return 'trouble' in synced
    ? { is: 'later', account: row.accountLogin, why: synced.trouble }
    : { is: 'synced', account: row.accountLogin, repositories: synced.repositories }
}
