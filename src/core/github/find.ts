import { and, eq, isNull } from 'drizzle-orm'
import { schema } from '../../db/client.ts'
import { OoreError } from '../../lib/errors.ts'
import { operatorReach } from '../../lib/safe-fetch.ts'
import type { Secret } from '../../lib/secret.ts'
import type { GithubHost } from '../../scm/github/app/call.ts'
import { appJwt } from '../../scm/github/app/jwt.ts'
import type { Ctx } from '../ctx.ts'

export type GithubAppRow = typeof schema.githubApps.$inferSelect
export type GithubInstallationRow = typeof schema.githubInstallations.$inferSelect

/** An App with what is sealed of it, opened when it is asked for. */
export type FoundGithubApp = {
  row: GithubAppRow
  clientId: string
  /** Each throws OoreError `conflict` where it does not open. */
  clientSecret(): Secret
  webhookSecret(): Secret
  /** The one before, while its hour lasts; else null. */
  previousWebhookSecret(): Secret | null
  /** A JWT to speak for the App with, good for some minutes. */
  jwt(): Promise<Secret>
}

/** The App in use; null where none is. It is for parts of Oore: its callers ask `may`. */
export async function findGithubApp(ctx: Ctx): Promise<FoundGithubApp | null> {
  const { githubApps: a } = schema
  const row = await ctx.db.read
    .select()
    .from(a)
    .where(and(eq(a.organizationId, ctx.organizationId), isNull(a.removedAt)))
    .get()
  return row === undefined ? null : opened(ctx, row)
}

/** The App in use. Throws OoreError `not_found` where none is. */
export async function requireGithubApp(ctx: Ctx): Promise<FoundGithubApp> {
  const found = await findGithubApp(ctx)
  if (found !== null) return found
  throw new OoreError(
    'not_found',
    'GitHub is not connected. Connect it in the settings, or with: oore github setup.',
  )
}

function opened(ctx: Ctx, row: GithubAppRow): FoundGithubApp {
  const open = (sealed: string, column: SealedColumn) =>
    ctx.keyring.open(sealed, githubPlace(row.id, column))
  return {
    row,
    clientId: row.clientId,
    clientSecret: () => open(row.clientSecretSealed, 'client_secret'),
    webhookSecret: () => open(row.webhookSecretSealed, 'webhook_secret'),
    previousWebhookSecret() {
      const { previousWebhookSecretSealed: sealed, previousSecretUntil: until } = row
      if (sealed === null || until === null || until <= ctx.clock()) return null
      return open(sealed, 'previous_webhook_secret')
    },
    jwt: () =>
      appJwt(
        { appId: row.appId, privateKey: open(row.privateKeySealed, 'private_key') },
        ctx.clock(),
      ),
  }
}

/** GitHub's API, at the address that the operator gave. */
export const githubHost = ({ config }: Ctx): GithubHost => ({
  apiUrl: config.github.apiUrl,
  reach: operatorReach,
})

/** What `repositories.instance` is of repositories there. */
export const githubInstance = ({ config }: Ctx): string => config.github.url.hostname

type SealedColumn = 'client_secret' | 'private_key' | 'webhook_secret' | 'previous_webhook_secret'

/** Where a sealed value of an App lives; it opens nowhere else. */
export const githubPlace = (id: string, column: SealedColumn): string =>
  `github_apps/${id}/${column}`
