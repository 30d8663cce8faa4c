import type { InputValues } from '../../pipeline/pipeline.ts'
import type { Id } from '../../lib/ids.ts'
import type { Millis } from '../../lib/clock.ts'
import type { Artifact } from '../artifacts/artifact.ts'
import type { Approval } from '../approvals/approval.ts'
import type { Comment } from '../comments/comment.ts'
import type { StatusReport } from '../statuses/status.ts'
import type { Step } from '../steps/step.ts'
import type { TestCounts, TestSummary } from '../tests/test.ts'

export const buildStatuses = [
  'waiting_approval',
  'pending',
  'running',
  'success',
  'failure',
  'cancelled',
  'skipped',
] as const
export type BuildStatus = (typeof buildStatuses)[number]

/** Why a build failed: the author's step said no, or Oore could not do its part. */
export type FailureKind = 'step' | 'timeout' | 'setup' | 'config' | 'credentials' | 'interrupted'

export const triggerTypes = [
  'push',
  'pull_request',
  'merge_request',
  'tag',
  'manual',
  'api',
  'schedule',
] as const
export type TriggerType = (typeof triggerTypes)[number]

/** Where the code of a build came from, where that is another repository: to be shown. */
export type Fork = {
  /** Null once it is deleted. */
  name: string | null
  url: string | null
  /** The login of whoever opened the pull request, where the forge told it. */
  author: string | null
  pullRequestUrl: string | null
  /** The commit of the target branch whose configuration was used. */
  configCommit: string
}

/** Where the configuration of a build was: `draft` was sent along for it and never stored. */
export type ConfigSource = 'database' | 'repository' | 'default' | 'draft'

/** 1 is served first: a person waits for it. */
export type Priority = 1 | 2 | 3 | 4

export type Build = {
  id: Id
  /** Counts up within the repository. */
  number: number
  repositoryId: Id
  /** The repository's full name, for showing. */
  repository: string
  /** The workflow's id in the configuration. */
  workflow: string
  workflowName: string
  status: BuildStatus
  failureKind: FailureKind | null
  /** A sentence: what happened and what to do. Null unless it failed or was cancelled. */
  errorMessage: string | null
  triggerType: TriggerType
  branch: string | null
  tag: string | null
  commitSha: string
  commitMessage: string | null
  commitAuthor: string | null
  pullRequestNumber: number | null
  /** The branch that the pull request goes to. */
  pullRequestTarget: string | null
  /** What was checked out instead of the commit: the pull request merged into its target. */
  mergeCommitSha: string | null
  /** Null for the repository's own. What a build of a fork may have is decided by trust.ts. */
  fork: Fork | null
  /** The approval that let it start; null for the repository's own, and while it waits for one. */
  approvalId: Id | null
  configSource: ConfigSource
  priority: Priority
  labels: string[]
  retryOf: Id | null
  /** Set when someone asked a running build to end, and it has not ended yet. */
  cancelRequestedAt: Millis | null
  queuedAt: Millis
  startedAt: Millis | null
  finishedAt: Millis | null
  /** Null where no test was reported. */
  tests: TestCounts | null
}

/** A build with what hangs off it, as its page and `GET /api/builds/:id` show it. */
export type BuildDetail = {
  build: Build
  /** Every step by position, as `positionsOf` orders them. */
  steps: Step[]
  artifacts: Artifact[]
  /** What its test reports say first; null where no test was reported. */
  tests: TestSummary | null
  /** The exact configuration text used, where there was one, and its file name. */
  config: { fileName: string; content: string } | null
  /** What was put in for `${{ inputs.… }}`; empty where the workflow asks for nothing. */
  inputs: InputValues
  /** Why it waits, in words; null once it has started. */
  waitingFor: string | null
  /** Who let a build of a fork start; null for every other. */
  approval: Approval | null
  /** What its forge was told; null for plain git, where there is none. */
  report: StatusReport | null
  /** The comment of its pull request; null where there is none. */
  comment: Comment | null
}

/** The only moves a build may make. Read this before adding a status. */
export const moves = {
  waiting_approval: ['pending', 'cancelled'],
  pending: ['running', 'cancelled', 'skipped', 'failure'],
  running: ['success', 'failure', 'cancelled'],
  success: [],
  failure: [],
  cancelled: [],
  skipped: [],
} as const satisfies Record<BuildStatus, readonly BuildStatus[]>

/** The statuses from which a build may come to `to`. */
export const sourcesOf = (to: BuildStatus): BuildStatus[] =>
  buildStatuses.filter((from) => (moves[from] as readonly BuildStatus[]).includes(to))

export const isFinished = (status: BuildStatus): boolean => moves[status].length === 0

/** Time from queueing to start, up to now while it waits. Milliseconds. */
export const queueMs = (build: Build, now: Millis): number =>
  Math.max(0, (build.startedAt ?? build.finishedAt ?? now) - build.queuedAt)

/** Time from start to end, up to now while it runs; null before the start. Milliseconds. */
export const durationMs = (build: Build, now: Millis): number | null =>
  build.startedAt === null ? null : Math.max(0, (build.finishedAt ?? now) - build.startedAt)
