import type { Id } from '../../lib/ids.ts'
import type { Millis } from '../../lib/clock.ts'
import type { Comment } from '../comments/comment.ts'
import type { CommitState } from '../../scm/contract.ts'
import type { Provider } from '../repositories/repository.ts'

export type ReportWay = 'check' | 'status'

export type TellingStatus = 'waiting' | 'told' | 'given_up'

/** What the forge of a build is told of it. Builds of plain git have none. */
export type StatusReport = {
  /** A provider that can be told how its commits stand. */
  forge: Provider
  /** Why nothing is told: there is no token, or the configuration was a draft. Else null. */
  silence: 'token' | 'draft' | null
  /** Null where nothing was to be told yet. */
  check: CommitCheck | null
}

/** All that a forge is told of a build. */
export type Answers = { report: StatusReport | null; comment: Comment | null }

/** One check of a commit, as the forge is to show it and as it was told. */
export type CommitCheck = {
  context: string
  commitSha: string
  /** The build that speaks for this check: the newest of its commit and workflow. */
  buildId: Id
  buildNumber: number
  state: CommitState
  description: string
  telling: TellingStatus
  /** What the forge took last, and when; null where it took nothing. */
  toldState: CommitState | null
  toldAt: Millis | null
  /** By a check with its steps, or by a plain status; null where nothing was told. */
  toldWay: ReportWay | null
  /** Failed attempts at telling this state. */
  attempts: number
  /** When it is tried next; null where nothing is to be sent. */
  nextTryAt: Millis | null
  /** A sentence: why the last attempt failed. */
  lastError: string | null
}

/** Is this how something ends? */
export const isEnd = (state: CommitState | null): boolean =>
  state !== null && state !== 'pending' && state !== 'running'

/** Does the forge show what it is to show? What it took is sent once more where that is in doubt. */
export const isTold = ({ telling, state, toldState, lastError }: CommitCheck): boolean =>
  telling === 'told' || (telling === 'waiting' && toldState === state && lastError === null)
