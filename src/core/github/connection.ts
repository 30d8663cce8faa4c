import { and, eq } from 'drizzle-orm'
import { schema } from '../../db/client.ts'
import { OoreError } from '../../lib/errors.ts'
import { operatorReach } from '../../lib/safe-fetch.ts'
import type { Connection } from '../connections/connection.ts'
import { requireGithubApp } from './find.ts'
import { repositoryToken } from './tokens.ts'

/** As git signs in with an installation's token: docs.github.com, "Authenticating as an installation". */
const tokenUsername = 'x-access-token'

/** Repositories that a GitHub App speaks for. */
export const githubConnection: Connection = {
  async access(ctx, row, need) {
    const app = await requireGithubApp(ctx)
    const { githubInstallations: i } = schema
    const installation = await ctx.db.read
      .select()
      .from(i)
      .where(and(eq(i.id, row.connectionId), eq(i.githubAppId, app.row.id)))
      .get()
    if (installation === undefined || installation.removedAt !== null || row.externalId === null) {
      throw new OoreError(
        'conflict',
        `The GitHub App does not reach ${row.fullName} any more. Install it there again: ` +
          `${installUrl(app.row.htmlUrl)}.`,
      )
    }
    if (installation.suspendedAt !== null) {
      throw new OoreError(
        'conflict',
        `${installation.accountLogin} has suspended the GitHub App. Its owner ends that at ${installation.htmlUrl}.`,
      )
    }
    const wish = { repository: row.externalId, need }
    return {
      via: 'app',
      credential: {
        username: tokenUsername,
        password: await repositoryToken(ctx, app, installation, wish),
      },
      apiUrl: ctx.config.github.apiUrl.href,
      reach: operatorReach,
    }
  },
}

/** Where an App is installed, from its own page on. */
export const installUrl = (htmlUrl: string): string =>
  `${htmlUrl.replace(/\/$/, '')}/installations/new`
