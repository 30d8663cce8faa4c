import type { Id } from '../../lib/ids.ts'
import { aboutGitlab } from '../../scm/gitlab/about.ts'
import type { HookWish } from '../../scm/gitlab/instance/api.ts'
import type { HookSecrets } from '../connections/connection.ts'
import type { Ctx } from '../ctx.ts'
import { webhookPath } from '../repositories/repository.ts'

/** The webhook of a repository as GitLab is to have it. */
export const hookWishOf = (ctx: Ctx, id: Id, secrets: HookSecrets): HookWish => ({
  url: new URL(webhookPath({ provider: 'gitlab', id }), ctx.config.baseUrl).href,
  ...secrets,
  events: aboutGitlab.webhookEvents,
})
