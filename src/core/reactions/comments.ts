import { wantComment } from '../comments/want.ts'
import type { Reaction } from './reaction.ts'

/** The comment of a pull request follows its builds: core/comments/worker.ts writes it. */
export const commentPullRequest: Reaction = {
  name: 'pull-request-comments',
  to: ['build.held', 'build.queued', 'build.started', 'build.finished'],
  react: (ctx, fact) => wantComment(ctx, fact.subject),
}
