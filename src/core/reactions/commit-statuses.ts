import { wantStatus } from '../statuses/want.ts'
import type { Reaction } from './reaction.ts'

/** The forge of a build is told each time that the build moves: core/statuses/worker.ts sends it. */
export const reportStatus: Reaction = {
  name: 'commit-statuses',
  to: ['build.held', 'build.queued', 'build.started', 'build.finished'],
  react: (ctx, fact) => wantStatus(ctx, fact.subject),
}
