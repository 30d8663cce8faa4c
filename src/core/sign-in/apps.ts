import { and, asc, eq, isNull } from 'drizzle-orm'
import { schema } from '../../db/client.ts'
import { OoreError } from '../../lib/errors.ts'
import type { Reach } from '../../lib/safe-fetch.ts'
import type { Secret } from '../../lib/secret.ts'
import { apiUrlOf, instanceName } from '../../scm/gitlab/instance/call.ts'
import type { Ctx } from '../ctx.ts'
import { findGithubApp, type FoundGithubApp, githubHost, githubInstance } from '../github/find.ts'
import { listingToken } from '../github/tokens.ts'
import { findGitlabInstances, gitlabOAuthApp, type GitlabRow } from '../gitlab/find.ts'
import { accessTokenOf } from '../gitlab/tokens.ts'

/** An application at a forge that people authorize when they sign in. */
export type SignInApp = {
  /** As repositories have it. */
  instance: string
  /** The forge's pages; with a path where it lies below one. */
  url: URL
  apiUrl: URL
  reach: Reach
  clientId: string
  clientSecret: Secret
  /** A token of the connection, to look names and members up with; null where there is none. */
  lookUpToken(): Promise<Secret | null>
}

/** Where the applications come from: the connections that an administrator made. */
export const signInApps: Record<'github' | 'gitlab', (ctx: Ctx) => Promise<SignInApp[]>> = {
  async github(ctx) {
    const app = await findGithubApp(ctx)
    return app === null ? [] : whereOpen(ctx, () => githubApp(ctx, app))
  },
  async gitlab(ctx) {
    const rows = await findGitlabInstances(ctx)
    return rows.flatMap((row) => whereOpen(ctx, () => gitlabApp(ctx, row)))
  },
}

const githubApp = (ctx: Ctx, app: FoundGithubApp): SignInApp => ({
  ...githubHost(ctx),
  instance: githubInstance(ctx),
  url: ctx.config.github.url,
  clientId: app.clientId,
  clientSecret: app.clientSecret(),
  lookUpToken: () => anyToken(ctx, app),
})

function gitlabApp(ctx: Ctx, row: GitlabRow): SignInApp {
  const { clientId, clientSecret, reach } = gitlabOAuthApp(ctx, row)
  return {
    instance: instanceName(row.url),
    url: new URL(row.url),
    apiUrl: new URL(apiUrlOf(row.url)),
    reach,
    clientId,
    clientSecret,
    lookUpToken: async () =>
      row.state === 'connected' ? (await accessTokenOf(ctx, row.id)).token : null,
  }
}

/** One whose secret does not open is no way in, and stands in no other's. */
function whereOpen(ctx: Ctx, open: () => SignInApp): SignInApp[] {
  try {
    return [open()]
  } catch (error) {
    if (!(error instanceof OoreError)) throw error
    ctx.log.warn({ why: error.message }, 'nobody can sign in by an application')
    return []
  }
}

/** Any installation's token reads what is public, without the narrow limits of who shows none. */
async function anyToken(ctx: Ctx, app: FoundGithubApp): Promise<Secret | null> {
  const { githubInstallations: i } = schema
  const installation = await ctx.db.read
    .select()
    .from(i)
    .where(and(eq(i.githubAppId, app.row.id), isNull(i.removedAt), isNull(i.suspendedAt)))
    .orderBy(asc(i.id))
    .get()
  return installation ? listingToken(ctx, app, installation) : null
}
