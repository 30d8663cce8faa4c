import { z } from 'zod'
import { commitId, readFields, refName } from '../hook-body.ts'
import type { PullRequestEvent, RepoEvent } from '../repo-event.ts'

const anyAction = z.object({ action: z.string().max(64) })

const repository = z.object({ id: z.int() })
const pullRequest = z.object({
  pull_request: z.object({
    number: z.int().min(1),
    draft: z.boolean().nullish(),
    // GitHub tries the merge after it has sent the event, so this is seldom known.
    mergeable: z.boolean().nullish(),
    labels: z.array(z.object({ name: z.string() })).nullish(),
    head: z.object({
      ref: z.string(),
      sha: commitId,
      // Null once the fork is deleted.
      repo: repository.nullable(),
    }),
    base: z.object({ ref: z.string(), repo: repository }),
  }),
})

const actions = new Map<string, PullRequestEvent['action']>([
  ['opened', 'opened'],
  ['synchronize', 'updated'],
  ['reopened', 'reopened'],
  ['ready_for_review', 'ready'],
  ['labeled', 'labeled'],
])

/** A `pull_request` event: codemagic-yaml.md 3.4 says which of its actions start builds. */
export function readPullRequest(json: unknown): RepoEvent {
  const { action } = readFields(anyAction, json)
  const known = actions.get(action)
  if (known === undefined) return { is: 'other', why: notBuilt(action) }
  const { pull_request: pull } = readFields(pullRequest, json)
  const { head, base } = pull
  return {
    is: 'pull_request',
    action: known,
    number: pull.number,
    source: {
      branch: refName(head.ref, 'branch', 'pull_request.head.ref'),
      commit: head.sha,
    },
    target: { branch: refName(base.ref, 'branch', 'pull_request.base.ref') },
    fromFork: head.repo?.id !== base.repo.id,
    draft: pull.draft ?? false,
    labels: (pull.labels ?? []).map(({ name }) => name),
    conflicts: pull.mergeable === false,
  }
}

const notBuilt = (action: string): string =>
  action === 'closed'
    ? 'The pull request was closed: there is nothing to build.'
    : `The action ${JSON.stringify(action)} of a pull request starts nothing. Builds start when it ` +
      'is opened, updated, reopened, ready for review or labeled.'
