import { eq } from 'drizzle-orm'
import { schema } from '../../db/client.ts'
import { messageOf, OoreError } from '../../lib/errors.ts'
import { readHookConfig, showApp } from '../../scm/github/app/api.ts'
import { hookUrl } from '../../scm/github/app/manifest.ts'
import type { HookConfig } from '../../scm/github/app/read.ts'
import { may, refused } from '../access/may.ts'
import type { Ctx } from '../ctx.ts'
import { change } from '../events/change.ts'
import { type FoundGithubApp, githubHost, requireGithubApp } from './find.ts'
import { inWords } from './trouble.ts'

type Checked = Partial<typeof schema.githubApps.$inferInsert>

/**
 * Asks GitHub how the App stands, and writes down what it says: whether Oore can speak for it, what it
 * may do, and whether its webhook leads here. What goes wrong becomes a sentence that is shown.
 */
export async function checkGithub(ctx: Ctx): Promise<void> {
  if (!may(ctx.actor, 'connection.change')) throw refused(ctx.actor, 'connection.change')
  const app = await requireGithubApp(ctx)
  const found = await look(ctx, app)
  await change(ctx, async (tx, record) => {
    const { githubApps: a } = schema
    await tx
      .update(a)
      .set({ ...found, checkedAt: ctx.clock() })
      .where(eq(a.id, app.row.id))
    record('github.changed', app.row.id, { is: 'checked', trouble: found.trouble ?? null })
  })
}

async function look(ctx: Ctx, app: FoundGithubApp): Promise<Checked> {
  try {
    const host = githubHost(ctx)
    const jwt = await app.jwt()
    const { slug, name, owner, htmlUrl, permissions, events } = await showApp(host, jwt)
    const hook = await readHookConfig(host, jwt)
    return {
      slug,
      name,
      ownerLogin: owner.login,
      ownerType: owner.type,
      htmlUrl,
      permissions,
      events,
      trouble: null,
      hookTrouble: hookTroubleIn(hook, hookUrl(ctx.config.baseUrl)),
    }
  } catch (error) {
    const said = inWords(error, 'Oore cannot speak for the GitHub App')
    if (!(said instanceof OoreError)) throw said
    return { trouble: messageOf(said) }
  }
}

/** What of the App's webhook is not as it should be, as a sentence; null where all is. */
export function hookTroubleIn(hook: HookConfig, wanted: string): string | null {
  if (hook.url === '') return 'The App has no webhook, so GitHub tells Oore nothing.'
  if (hook.url !== wanted) return `GitHub sends events to ${hook.url}, and not to ${wanted}.`
  if (hook.contentType !== 'json') return 'GitHub sends events as forms; Oore takes JSON.'
  if (!hook.hasSecret) return 'The webhook has no secret, so Oore believes nothing it sends.'
  if (hook.isTlsUnchecked) return 'GitHub does not check the certificate of this server.'
  return null
}
