import type { Approval } from '../../core/approvals/approval.ts'
import type { Artifact } from '../../core/artifacts/artifact.ts'
import { type Build, type BuildDetail, durationMs, queueMs } from '../../core/builds/build.ts'
import type { Delivery } from '../../core/deliveries/delivery.ts'
import type { PipelineVersion } from '../../core/pipelines/stored.ts'
import type { Repository } from '../../core/repositories/repository.ts'
import type { Comment } from '../../core/comments/comment.ts'
import type { CommitCheck, StatusReport } from '../../core/statuses/status.ts'
import { type Step, isStepFinished, itemIndex, scriptIndex } from '../../core/steps/step.ts'
import type { TestCounts, TestResult } from '../../core/tests/test.ts'
import { type Millis, isoTime, isoTimeOrNull } from '../../lib/clock.ts'

/** A build as the API shows it. `now` ends what still lasts; `baseUrl` makes its address. */
export const buildJson = (build: Build, { now, baseUrl }: { now: Millis; baseUrl: URL }) => ({
  id: build.id,
  number: build.number,
  repository_id: build.repositoryId,
  repository: build.repository,
  workflow: build.workflow,
  status: build.status,
  failure_kind: build.failureKind,
  error_message: build.errorMessage,
  trigger_type: build.triggerType,
  branch: build.branch,
  tag: build.tag,
  commit_sha: build.commitSha,
  commit_message: build.commitMessage,
  commit_author: build.commitAuthor,
  pull_request_number: build.pullRequestNumber,
  pull_request_target: build.pullRequestTarget,
  merge_commit_sha: build.mergeCommitSha,
  from_fork: build.fork !== null,
  fork: build.fork?.name ?? null,
  config_source: build.configSource,
  priority: build.priority,
  labels: build.labels,
  retry_of: build.retryOf,
  queued_at: isoTime(build.queuedAt),
  started_at: isoTimeOrNull(build.startedAt),
  finished_at: isoTimeOrNull(build.finishedAt),
  queue_ms: queueMs(build, now),
  duration_ms: durationMs(build, now),
  tests: build.tests === null ? null : testCountsJson(build.tests),
  url: new URL(`/builds/${build.id}`, baseUrl).href,
})

const testCountsJson = ({ total, passed, failed, skipped, durationMs: ms }: TestCounts) => ({
  total,
  passed,
  failed,
  skipped,
  duration_ms: ms,
})

/** A test as the API shows it; its step is one of these, counted as the API counts steps. */
export const testJson = (test: TestResult, steps: readonly Step[]) => ({
  suite: test.suite,
  name: test.name,
  status: test.status,
  duration_ms: test.durationMs,
  message: test.message,
  details: test.details,
  file: test.file,
  line: test.line,
  step: stepIndexAt(test.position, steps),
})

function stepIndexAt(position: number, steps: readonly Step[]): number | null {
  const step = steps.find((each) => each.position === position)
  return step === undefined ? null : scriptIndex(step)
}

/** A step as the API shows it; its index, in the list it is in, is null for setup and finish. */
export const stepJson = (step: Step, { now }: { now: Millis }) => ({
  index: itemIndex(step),
  name: step.name,
  status: step.status,
  exit_code: step.exitCode,
  ignored_failure: step.ignoredFailure,
  started_at: isoTimeOrNull(step.startedAt),
  finished_at: isoTimeOrNull(step.finishedAt),
  duration_ms: stepMs(step, now),
  log_bytes: { stdout: step.stdoutBytes, stderr: step.stderrBytes },
  log_truncated: step.logTruncated,
})

function stepMs({ status, startedAt, finishedAt }: Step, now: Millis): number | null {
  if (startedAt === null) return null
  return Math.max(0, (isStepFinished(status) ? (finishedAt ?? now) : now) - startedAt)
}

/** A build with its steps and artifacts; setup and finish stand beside the author's steps. */
export function buildDetailJson(detail: BuildDetail, when: { now: Millis; baseUrl: URL }) {
  const { build, steps, artifacts, waitingFor } = detail
  const ofKind = (kind: Step['kind']) => steps.filter((step) => step.kind === kind)
  const one = ([step]: Step[]) => (step ? stepJson(step, when) : null)
  return {
    ...buildJson(build, when),
    waiting_for: waitingFor,
    approval: detail.approval && approvalJson(detail.approval),
    inputs: detail.inputs,
    pre_clone_steps: ofKind('pre_clone').map((step) => stepJson(step, when)),
    setup: one(ofKind('setup')),
    steps: ofKind('script').map((step) => stepJson(step, when)),
    finish: one(ofKind('finish')),
    artifacts: artifacts.map((artifact) => artifactJson(artifact, when)),
  }
}

/** What was said of a fork's commit, as the API shows it. */
export const approvalJson = ({ verdict, by, commitSha, at }: Approval) => ({
  verdict,
  by,
  commit_sha: commitSha,
  at: isoTime(at),
})

export const artifactJson = (artifact: Artifact, { baseUrl }: { baseUrl: URL }) => ({
  id: artifact.id,
  name: artifact.name,
  path: artifact.path,
  size_bytes: artifact.sizeBytes,
  sha256: artifact.sha256,
  content_type: artifact.contentType,
  kind: artifact.kind,
  metadata: {},
  created_at: isoTime(artifact.createdAt),
  url: new URL(
    `/api/builds/${artifact.buildId}/artifacts/${encodeURIComponent(artifact.name)}`,
    baseUrl,
  ).href,
})

/** What a forge was told of a build's commit, as the API shows it. */
export const statusReportJson = ({ forge, check }: StatusReport & { check: CommitCheck }) => ({
  forge,
  way: check.toldWay,
  context: check.context,
  commit_sha: check.commitSha,
  build_id: check.buildId,
  state: check.state,
  description: check.description,
  status: check.telling,
  told_state: check.toldState,
  told_at: isoTimeOrNull(check.toldAt),
  attempts: check.attempts,
  next_try_at: isoTimeOrNull(check.nextTryAt),
  last_error: check.lastError,
})

/** The comment of a pull request, in the list of what a forge was told. */
export const commentReportJson = (forge: StatusReport['forge'], comment: Comment) => ({
  forge,
  way: 'comment',
  pull_request_number: comment.number,
  commit_sha: comment.commitSha,
  status: comment.telling,
  told_at: isoTimeOrNull(comment.toldAt),
  attempts: comment.attempts,
  next_try_at: isoTimeOrNull(comment.nextTryAt),
  last_error: comment.lastError,
})

export const repositoryJson = (repository: Repository) => ({
  id: repository.id,
  provider: repository.provider,
  instance: repository.instance,
  owner: repository.owner,
  name: repository.name,
  full_name: repository.fullName,
  clone_url: repository.cloneUrl,
  has_credential: repository.hasCredential,
  has_webhook_secret: repository.hasWebhookSecret,
  webhook_verified_at: isoTimeOrNull(repository.hook.verifiedAt),
  webhook_failed_at: isoTimeOrNull(repository.hook.failedAt),
  webhook_failure: repository.hook.failure,
  refs_known_at: isoTimeOrNull(repository.refsKnownAt),
  default_branch: repository.defaultBranch,
  is_private: repository.isPrivate,
  state: repository.state,
  state_reason: repository.stateReason,
  is_archived: repository.isArchived,
  is_connected: repository.isConnected,
  next_build_number: repository.nextBuildNumber,
  configuration_first: repository.configurationFirst,
  fork_builds: repository.forkBuilds,
  pull_request_comments: repository.pullRequestComments,
  created_at: isoTime(repository.createdAt),
  updated_at: isoTime(repository.updatedAt),
})

export const deliveryJson = (delivery: Delivery) => ({
  id: delivery.id,
  provider: delivery.provider,
  event: delivery.event,
  delivery_id: delivery.deliveryId,
  repository_id: delivery.repositoryId,
  status: delivery.status,
  reason: delivery.reason,
  build_ids: delivery.buildIds,
  source_ip: delivery.sourceIp,
  headers: delivery.headers,
  received_at: isoTime(delivery.receivedAt),
  processed_at: isoTimeOrNull(delivery.processedAt),
  payload: payloadOf(delivery.payload),
})

// JSON of any depth can be read, but writing it again takes a call for each level.
const payloadDepthMax = 500

/**
 * The payload as a value where it is JSON of a usual depth, else as the text that came; null where
 * a list left it out for its length.
 */
function payloadOf(text: string): unknown {
  if (text === '') return null
  if (depthOf(text) > payloadDepthMax) return text
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** How deep brackets are nested, those inside of strings counted too. */
function depthOf(text: string): number {
  let depth = 0
  let deepest = 0
  for (const [bracket] of text.matchAll(/[[\]{}]/g)) {
    depth += bracket === '[' || bracket === '{' ? 1 : -1
    deepest = Math.max(deepest, depth)
  }
  return deepest
}

export const pipelineVersionJson = (version: PipelineVersion) => ({
  version: version.version,
  format: version.format,
  content: version.content,
  created_by: version.createdBy,
  created_at: isoTime(version.createdAt),
})
