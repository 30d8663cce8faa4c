import { cancelPrevious } from './cancel-previous.ts'
import { commentPullRequest } from './comments.ts'
import { reportStatus } from './commit-statuses.ts'
import type { Reaction } from './reaction.ts'

/** Everything that follows from facts: one file each, one line here. */
export const reactions: readonly Reaction[] = [cancelPrevious, reportStatus, commentPullRequest]
