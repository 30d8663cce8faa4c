import type { Build, ConfigSource, FailureKind, TriggerType } from '../../core/builds/build.ts'
import type { Step } from '../../core/steps/step.ts'
import type { IconName } from '../ui/icon.tsx'
import { shortSha } from '../ui/sha.tsx'
import { plain } from '../ui/text.tsx'

export const triggerWords: Record<TriggerType, string> = {
  push: 'Push',
  pull_request: 'Pull request',
  merge_request: 'Merge request',
  tag: 'Tag',
  manual: 'Started by hand',
  api: 'Started by a program',
  schedule: 'Schedule',
}

export const triggerIcons: Record<TriggerType, IconName> = {
  push: 'push',
  pull_request: 'pull',
  merge_request: 'pull',
  tag: 'tag',
  manual: 'hand',
  api: 'plug',
  schedule: 'clock',
}

export const sourceWords: Record<ConfigSource, string> = {
  database: 'stored in Oore',
  repository: 'from the repository at this commit',
  default: 'the default, because the repository has none',
  draft: 'a draft that was not stored',
}

/** Which configuration a build goes by, in a sentence; a fork's own is never used. */
export function configurationOf(build: Build, fileName: string | null): string {
  const { configSource: source, fork, pullRequestTarget } = build
  if (fork === null || source !== 'repository') {
    const not = fork === null ? '' : ', and nothing of the fork’s'
    return `The configuration is ${sourceWords[source]}${not}.`
  }
  return (
    `The configuration is ${fileName ?? 'the file'} of ${plain(pullRequestTarget ?? 'the target')} ` +
    `at ${shortSha(fork.configCommit)}, not the fork’s.`
  )
}

/** `Pull request #87`, or as GitLab calls and writes it. */
export const pullRequestName = ({ triggerType, pullRequestNumber, fork }: Build): string => {
  const isGitlab =
    triggerType === 'merge_request' || fork?.pullRequestUrl?.includes('/merge_requests/') === true
  return `${isGitlab ? 'Merge request !' : 'Pull request #'}${pullRequestNumber ?? ''}`
}

/** What to do about a failure, by its kind; the build's own message says what happened. */
export const failureHelp: Record<FailureKind, string> = {
  step: 'The step’s log shows what the command said before it ended.',
  timeout: 'Make the work shorter, or raise max_build_duration in the configuration.',
  setup:
    'Oore could not prepare the build. Check the repository’s address and credential, then retry.',
  config: 'Correct the configuration and push, or change the one stored in Oore. Then build again.',
  credentials:
    'Store what is missing under Settings, then retry. No runner was needed to find out.',
  interrupted:
    'Oore or its runner was stopped while this ran. A retry uses the same commit and configuration.',
}

/** A build's state in a sentence: `before` the step's name, the name, and what follows it. */
export type Sentence = { before: string; step: string | null; after: string; ms: number | null }

/** `Failed in *Run tests* after 6m 12s`. The duration is null where none makes sense. */
export function sentenceOf(build: Build, steps: readonly Step[], ms: number | null): Sentence {
  const at = decisiveStep(build, steps)?.name ?? null
  const within = at === null ? '' : ' in '
  const after = ms === null ? '' : ' after '
  switch (build.status) {
    case 'waiting_approval':
      return { before: 'Needs approval before it starts', step: null, after: '', ms: null }
    case 'pending':
      return { before: 'Waiting to start', step: null, after: '', ms: null }
    case 'running':
      return build.cancelRequestedAt === null
        ? { before: at === null ? 'Running' : 'Running ', step: at, after: ' for ', ms }
        : { before: at === null ? 'Stopping' : 'Stopping ', step: at, after, ms }
    case 'success':
      return { before: 'Succeeded', step: null, after: ' in ', ms }
    case 'failure':
      return {
        before: `${failureWords[build.failureKind ?? 'step']}${within}`,
        step: at,
        after,
        ms,
      }
    case 'cancelled':
      return ms === null
        ? { before: 'Cancelled before it started', step: null, after: '', ms: null }
        : { before: `Cancelled${within}`, step: at, after, ms }
    case 'skipped':
      return { before: 'Skipped', step: null, after: '', ms: null }
  }
}

const failureWords: Record<FailureKind, string> = {
  step: 'Failed',
  timeout: 'Ran out of time',
  setup: 'Could not be prepared',
  config: 'The configuration cannot be used',
  credentials: 'Lacks what it needs',
  interrupted: 'Interrupted',
}

/** The step that says most about the build now: the one that runs, else the one that ended it. */
function decisiveStep(build: Build, steps: readonly Step[]): Step | undefined {
  if (build.failureKind === 'config' || build.failureKind === 'credentials') return undefined
  const wanted = build.status
  return steps.find((step) => step.status === wanted && !step.ignoredFailure)
}

/** A build's title: the commit's first line, or what there is. */
export const buildTitle = (build: Build): string =>
  build.commitMessage?.trim().split('\n', 1)[0] || `Commit ${shortSha(build.commitSha)}`
