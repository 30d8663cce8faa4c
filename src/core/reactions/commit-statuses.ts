import { wantBroken } from '../statuses/broken.ts'
import { wantProgress, wantStatus } from '../statuses/want.ts'
import type { Reaction } from './reaction.ts'

/** The forge of a build is told each time that the build moves: core/statuses/worker.ts sends it. */
export const reportStatus: Reaction = {
  name: 'commit-statuses',
  to: ['build.held', 'build.queued', 'build.started', 'build.finished', 'step.finished'],
  async react(ctx, { kind, subject }) {
    if (kind === 'step.finished') return wantProgress(ctx, subject)
    await wantStatus(ctx, subject)
    if (kind === 'build.finished') await wantBroken(ctx, subject)
  },
}
