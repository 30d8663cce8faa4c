import { eq } from 'drizzle-orm'
import { revokeToken } from '../../auth/oauth.ts'
import { schema } from '../../db/client.ts'
import { seconds } from '../../lib/clock.ts'
import { messageOf } from '../../lib/errors.ts'
import type { Id } from '../../lib/ids.ts'
import { instanceName } from '../../scm/gitlab/instance/call.ts'
import { may, refused } from '../access/may.ts'
import type { Ctx } from '../ctx.ts'
import { change } from '../events/change.ts'
import type { RepositoryRow } from '../repositories/find.ts'
import { asking } from './ask.ts'
import { dropHook } from './disable.ts'
import { findGitlabRow, gitlabOAuthApp, type GitlabRow, requireGitlabRow } from './find.ts'
import { openedTokens } from './finish.ts'
import { repositoriesOf } from './repository-row.ts'

/** Webhooks that are not removed by then stay; their deliveries lead to nothing. */
const tidyMs = seconds(20)

export type Disconnected = {
  instance: string
  /** How many repositories were paused. */
  paused: number
  /** How many webhooks are left on GitLab, because they could not be removed. */
  hooksLeft: number
  /** Did GitLab take back what it had given? */
  isRevoked: boolean
}

/**
 * Disconnects an instance: removes the webhooks as far as GitLab lets it, gives the tokens back, and
 * forgets application and tokens. Its repositories are paused with the reason; their builds stay.
 * Throws OoreError `not_found`.
 */
export async function disconnectInstance(ctx: Ctx, id: string): Promise<Disconnected> {
  if (!may(ctx.actor, 'connection.change')) throw refused(ctx.actor, 'connection.change')
  const row = await requireGitlabRow(ctx, id)
  const repositories = await repositoriesOf(ctx, row.id)
  const dropped = await dropHooks(ctx, row, repositories)
  const isRevoked = await giveBack(ctx, row.id)
  await forget(ctx, row, dropped)
  const hooked = repositories.filter(({ hookExternalId }) => hookExternalId !== null)
  return {
    instance: instanceName(row.url),
    paused: repositories.length,
    hooksLeft: hooked.length - dropped.size,
    isRevoked,
  }
}

async function dropHooks(
  ctx: Ctx,
  row: GitlabRow,
  repositories: readonly RepositoryRow[],
): Promise<Set<Id>> {
  const dropped = new Set<Id>()
  const hooked = repositories.filter(({ hookExternalId }) => hookExternalId !== null)
  if (row.state !== 'connected' || hooked.length === 0) return dropped
  const signal = AbortSignal.timeout(tidyMs)
  try {
    for (const repository of hooked) {
      await asking(ctx, row.id, (at) => dropHook(at, repository, signal))
      dropped.add(repository.id)
    }
  } catch (error) {
    ctx.log.warn({ instance: row.url, why: messageOf(error) }, 'webhooks are left on GitLab')
  }
  return dropped
}

async function giveBack(ctx: Ctx, id: Id): Promise<boolean> {
  // As it is now: removing webhooks may have refreshed the tokens.
  const row = await findGitlabRow(ctx, id)
  if (row === undefined) return false
  try {
    const app = gitlabOAuthApp(ctx, row)
    const answers = []
    for (const token of openedTokens(ctx, row)) {
      answers.push(await revokeToken(app, `${row.url}/oauth/revoke`, token))
    }
    return answers.length > 0 && answers.every(Boolean)
  } catch (error) {
    ctx.log.warn({ instance: row.url, why: messageOf(error) }, 'tokens could not be given back')
    return false
  }
}

async function forget(ctx: Ctx, row: GitlabRow, dropped: ReadonlySet<Id>): Promise<void> {
  const { repositories: r, gitlabInstances: g } = schema
  await change(ctx, async (tx, record) => {
    const mine = await tx.select({ id: r.id }).from(r).where(eq(r.connectionId, row.id)).all()
    for (const { id } of mine) {
      await tx
        .update(r)
        .set({
          connectionId: null,
          state: 'inactive',
          stateReason: `${instanceName(row.url)} was disconnected. Connect it again and enable the project.`,
          ...(dropped.has(id) ? { hookExternalId: null } : {}),
          updatedAt: ctx.clock(),
        })
        .where(eq(r.id, id))
      record('repository.changed', id, { fields: ['connection', 'state'], state: 'inactive' })
    }
    await tx.delete(g).where(eq(g.id, row.id))
    record('gitlab.removed', row.id, { url: row.url, paused: mine.length })
  })
}
