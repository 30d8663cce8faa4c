import { and, eq, isNull } from 'drizzle-orm'
import { schema, type Writer } from '../../db/client.ts'
import { may, refused } from '../access/may.ts'
import type { Ctx } from '../ctx.ts'
import { change, type Recorder } from '../events/change.ts'
import { type GithubAppRow, requireGithubApp } from './find.ts'
import { pauseRepositories } from './repositories.ts'
import { reasons } from './sync.ts'
import { dropTokens } from './tokens.ts'

/**
 * Forgets the GitHub App with its keys. Its repositories stay with all their builds, paused. The App
 * itself stays on GitHub, where its owner can delete it. Throws OoreError `not_found`.
 */
export async function disconnectGithub(ctx: Ctx): Promise<void> {
  if (!may(ctx.actor, 'connection.change')) throw refused(ctx.actor, 'connection.change')
  const { row } = await requireGithubApp(ctx)
  await change(ctx, async (tx, record) => {
    await dismiss(ctx, tx, record, row)
    record('github.disconnected', row.id, { name: row.name })
  })
}

/** Takes an App out of use. What was sealed of it is gone for good. */
export async function dismiss(
  ctx: Ctx,
  tx: Writer,
  record: Recorder,
  app: GithubAppRow,
): Promise<void> {
  const { githubApps: a, githubInstallations: i } = schema
  const now = ctx.clock()
  const gone = {
    clientSecretSealed: '',
    privateKeySealed: '',
    webhookSecretSealed: '',
    previousWebhookSecretSealed: null,
    previousSecretUntil: null,
  }
  await tx
    .update(a)
    .set({ removedAt: now, ...gone })
    .where(eq(a.id, app.id))
  const installations = await tx
    .update(i)
    .set({ removedAt: now })
    .where(and(eq(i.githubAppId, app.id), isNull(i.removedAt)))
    .returning()
    .all()
  for (const row of installations) {
    await pauseRepositories(ctx, tx, record, { connectionId: row.id }, reasons.disconnected)
    dropTokens(ctx, row)
  }
}
