import { eq } from 'drizzle-orm'
import { schema } from '../../db/client.ts'
import { hours } from '../../lib/clock.ts'
import { newToken } from '../../lib/ids.ts'
import { Secret } from '../../lib/secret.ts'
import { writeHookConfig } from '../../scm/github/app/api.ts'
import { GithubRefused } from '../../scm/github/app/call.ts'
import { hookUrl } from '../../scm/github/app/manifest.ts'
import { may, refused } from '../access/may.ts'
import type { Ctx } from '../ctx.ts'
import { change } from '../events/change.ts'
import { checkGithub } from './check.ts'
import { githubHost, githubPlace, requireGithubApp } from './find.ts'
import { inWords } from './trouble.ts'

/** Deliveries that were signed before, and those that GitHub sends again, are good for so long. */
const overlapMs = hours(1)

/**
 * Sets the App's webhook on GitHub: to this server's address, as JSON, with a new secret. The secret
 * before is good for an hour more. Both are written down before GitHub is told, so that whatever
 * becomes of the call, what it sends is believed. Throws OoreError `unavailable` or `conflict`.
 */
export async function resetGithubWebhook(ctx: Ctx): Promise<void> {
  if (!may(ctx.actor, 'connection.change')) throw refused(ctx.actor, 'connection.change')
  const app = await requireGithubApp(ctx)
  const { id } = app.row
  const next = new Secret(newToken())
  const before = app.webhookSecret()
  await keepSecrets(ctx, id, { secret: next, previous: before })
  try {
    const url = hookUrl(ctx.config.baseUrl)
    await writeHookConfig(githubHost(ctx), await app.jwt(), { url, secret: next })
  } catch (error) {
    // Where GitHub said no it has the old one still; else nobody knows, and both stay good.
    if (error instanceof GithubRefused) {
      await keepSecrets(ctx, id, { secret: before, previous: null })
    }
    throw inWords(error, 'The webhook cannot be set')
  }
  await checkGithub(ctx)
}

async function keepSecrets(
  ctx: Ctx,
  id: string,
  { secret, previous }: { secret: Secret; previous: Secret | null },
): Promise<void> {
  const { githubApps: a } = schema
  const place = githubPlace(id, 'previous_webhook_secret')
  await change(ctx, async (tx, record) => {
    await tx
      .update(a)
      .set({
        webhookSecretSealed: ctx.keyring.seal(secret, githubPlace(id, 'webhook_secret')),
        previousWebhookSecretSealed: previous && ctx.keyring.seal(previous, place),
        previousSecretUntil: previous && ctx.clock() + overlapMs,
      })
      .where(eq(a.id, id))
    record('github.changed', id, { is: 'secret_replaced' })
  })
}
