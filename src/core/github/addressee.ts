import { and, eq, isNotNull } from 'drizzle-orm'
import { schema } from '../../db/client.ts'
import { OoreError } from '../../lib/errors.ts'
import { aboutIn } from '../../scm/github/app/hook.ts'
import type { ConnectionEvent, RepoEvent } from '../../scm/repo-event.ts'
import type { Ctx } from '../ctx.ts'
import type { Decision } from '../deliveries/decide.ts'
import type { DeliveryRow } from '../deliveries/find.ts'
import type { RepositoryRow } from '../repositories/find.ts'
import { decideConnection } from './event.ts'
import { findGithubApp, githubInstance } from './find.ts'
import { findByNumber } from './repositories.ts'
import { syncInstallation } from './sync.ts'

/**
 * The repository that a delivery to the App's webhook is about, by GitHub's number; or what came of
 * it, where it is about the App's reach, or about what is not here. One that is not known yet is
 * looked for at GitHub: throws OoreError `unavailable` where that does not answer.
 */
export async function addresseeOfApp(
  ctx: Ctx,
  delivery: DeliveryRow,
): Promise<RepositoryRow | Decision> {
  const app = await findGithubApp(ctx)
  if (app === null || app.row.id !== delivery.integrationId) {
    return ignored('The GitHub App that it was sent to is not connected any more.')
  }
  const happened = delivery.happened as RepoEvent
  if (isOfReach(happened)) return decideConnection(ctx, app, happened)
  if (happened.is === 'ping') {
    return { status: 'processed', reason: 'Ping: the webhook of the App works.', builds: [] }
  }
  const about = aboutIn(delivery.payload)
  const { githubInstallations: i } = schema
  const installation =
    about.installation === null
      ? undefined
      : await ctx.db.read
          .select()
          .from(i)
          .where(and(eq(i.githubAppId, app.row.id), eq(i.externalId, about.installation)))
          .get()
  if (installation === undefined) {
    return ignored(
      `Unknown installation ${about.installation ?? '(none is named)'}: as far as Oore knows, the ` +
        'GitHub App is not installed there. “Sync” in the settings asks GitHub.',
    )
  }
  if (installation.removedAt !== null) {
    return ignored(`${installation.accountLogin} has uninstalled the GitHub App.`)
  }
  if (about.repository === null) {
    return ignored(happened.is === 'other' ? happened.why : 'It names no repository.')
  }
  const known = await findByNumber(ctx, ctx.db.read, about.repository)
  if (known !== undefined) return known
  if (await wasRemoved(ctx, about.repository)) {
    return ignored('The repository was removed from Oore. Add it again to build it.')
  }
  if ((installation.syncedAt ?? 0) <= delivery.receivedAt) {
    const synced = await syncInstallation(ctx, app, installation)
    const found = await findByNumber(ctx, ctx.db.read, about.repository)
    if (found !== undefined) return found
    if ('trouble' in synced) throw new OoreError('unavailable', synced.trouble)
  }
  return ignored(
    `${installation.accountLogin} has not given the GitHub App this repository, so it is not here.`,
  )
}

const isOfReach = (happened: RepoEvent): happened is ConnectionEvent =>
  happened.is === 'installation' ||
  happened.is === 'installation_repositories' ||
  happened.is === 'repository'

async function wasRemoved(ctx: Ctx, externalId: string): Promise<boolean> {
  const { repositories: r } = schema
  const row = await ctx.db.read
    .select({ id: r.id })
    .from(r)
    .where(
      and(
        eq(r.organizationId, ctx.organizationId),
        eq(r.provider, 'github'),
        eq(r.instance, githubInstance(ctx)),
        eq(r.externalId, externalId),
        isNotNull(r.removedAt),
      ),
    )
    .get()
  return row !== undefined
}

const ignored = (reason: string): Decision => ({ status: 'ignored', reason, builds: [] })
