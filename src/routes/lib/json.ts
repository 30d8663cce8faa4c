import { type Build, durationMs, queueMs } from '../../core/builds/build.ts'
import { type Step, isStepFinished, scriptIndex } from '../../core/steps/step.ts'
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
  config_source: build.configSource,
  priority: build.priority,
  labels: build.labels,
  retry_of: build.retryOf,
  queued_at: isoTime(build.queuedAt),
  started_at: isoTimeOrNull(build.startedAt),
  finished_at: isoTimeOrNull(build.finishedAt),
  queue_ms: queueMs(build, now),
  duration_ms: durationMs(build, now),
  url: new URL(`/builds/${build.id}`, baseUrl).href,
})

/** A step as the API shows it; its index is null for setup and finish. */
export const stepJson = (step: Step, { now }: { now: Millis }) => ({
  index: scriptIndex(step),
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
