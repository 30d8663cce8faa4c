import type { PipelineEvent } from '../../pipeline/pipeline.ts'
import type { Want } from '../../scm/contract.ts'
import { aboutProvider } from '../../scm/providers.ts'
import type { OneEvent, PullRequestEvent } from '../../scm/repo-event.ts'
import type { Priority, TriggerType } from '../builds/build.ts'
import type { RepositoryRow } from '../repositories/find.ts'

/** Why builds are made: what an event of any forge comes down to. */
export type Cause = {
  /** The commit that has the configuration. */
  want: Want
  triggerType: TriggerType
  branch: string | null
  tag: string | null
  pullRequest: PullRequestEvent | null
  priority: Priority
  /**
   * What happened, but for its commit: each workflow is built once of these two, from however many
   * sides it is told (dedupe.ts). Null where each telling counts, such as each label.
   */
  once: string | null
  /** The event as triggers look at it, with the commit's message once it is known. */
  eventWith(commitMessage: string | null): PipelineEvent
}

/**
 * What a push, a tag or a pull request comes down to. Of a pull request the configuration is the one
 * of its newest commit, and its builds are called by its source branch (codemagic-yaml.md 3.4, 3.11).
 */
export function causeOf(
  row: RepositoryRow,
  happened: Extract<OneEvent, { is: 'push' | 'tag' | 'pull_request' }>,
  payload: unknown,
): Cause {
  const seen = (commitMessage: string | null) => ({ commitMessage, changedFiles: null, payload })
  switch (happened.is) {
    case 'push': {
      const { branch, commit } = happened
      return {
        want: { commit, branch },
        triggerType: 'push',
        branch,
        tag: null,
        pullRequest: null,
        priority: branch === row.defaultBranch ? 3 : 4,
        once: `push:${branch}`,
        eventWith: (message) => ({ type: 'push', branch, ...seen(message) }),
      }
    }
    case 'tag': {
      const { tag } = happened
      return {
        want: { tag },
        triggerType: 'tag',
        branch: null,
        tag,
        pullRequest: null,
        priority: 4,
        once: `tag:${tag}`,
        eventWith: (message) => ({ type: 'tag', tag, ...seen(message) }),
      }
    }
    case 'pull_request': {
      const { source, target, draft, labels, action } = happened
      const about = { sourceBranch: source.branch, targetBranch: target.branch, draft, labels }
      // Whatever is told of one of a fork, it never shares a build with one that is not.
      const kind = happened.fromFork ? 'fork' : 'pull'
      const type = action === 'labeled' ? 'pull_request_labeled' : 'pull_request'
      return {
        want: source,
        triggerType: triggerTypes[aboutProvider(row.provider).pullRequest],
        branch: source.branch,
        tag: null,
        pullRequest: happened,
        // Journey 17.3: a person waits for these.
        priority: 2,
        // What may be built already is looked for, also by what of it was held back: built.ts.
        once:
          (action === 'opened' || action === 'updated') && !happened.mayBeBuilt
            ? `${kind}:${happened.number}`
            : null,
        eventWith: (message) => ({ type, ...about, ...seen(message) }),
      }
    }
    default:
      return happened satisfies never
  }
}

const triggerTypes = {
  'pull request': 'pull_request',
  'merge request': 'merge_request',
} as const
