import { messageOf } from '../../lib/errors.ts'
import { may, refused } from '../access/may.ts'
import type { Ctx } from '../ctx.ts'
import { requireGitlabRow, showGitlabInstance } from './find.ts'
import type { GitlabInstance } from './instance.ts'
import { asking } from './ask.ts'
import { lookAtInstance } from './finish.ts'
import { refreshInstance } from './tokens.ts'

/**
 * Asks an instance for new tokens because somebody wants it now, and looks whether they are good.
 * Throws OoreError `conflict` where somebody has to authorize anew, `unavailable` where GitLab does
 * not answer.
 */
export async function renewInstance(ctx: Ctx, named: string | null): Promise<GitlabInstance> {
  if (!may(ctx.actor, 'connection.change')) throw refused(ctx.actor, 'connection.change')
  const { id, url } = await requireGitlabRow(ctx, named)
  await refreshInstance(ctx, id)
  await asking(ctx, id, ({ row, token }) => lookAtInstance(ctx, row, token)).catch(
    (error: unknown) => {
      ctx.log.warn({ instance: url, why: messageOf(error) }, 'a GitLab instance has trouble')
    },
  )
  return showGitlabInstance(ctx, id)
}
