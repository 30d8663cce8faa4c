import { z } from 'zod'
import { commitId, pageUrl, personName, readFields, refName } from '../hook-body.ts'
import type { ForkNames, PullRequestEvent, RepoEvent } from '../repo-event.ts'

const changes = z
  .object({
    title: z.object({ from: z.string() }).nullish().catch(null),
    ref: z.object({ from: z.string() }).nullish().catch(null),
    added_labels: z.array(z.unknown()).nullish().catch(null),
    removed_labels: z.array(z.unknown()).nullish().catch(null),
  })
  .nullish()
  .catch(null)

const anyAction = z.object({ action: z.string().max(64), changes })

const branch = z.object({
  // The branch; `refs/pull/N/head` where that is gone.
  ref: z.string(),
  // The branch's name all the same; empty for a request by `git push … refs/for/main`.
  label: z.string().nullish(),
  sha: commitId,
  // -1 once the fork is deleted.
  repo_id: z.int(),
})
const pullRequest = z.object({
  pull_request: z.object({
    number: z.int().min(1),
    title: z.string().nullish(),
    // Old versions do not send it.
    draft: z.boolean().nullish(),
    labels: z.array(z.object({ name: z.string() })).nullish(),
    // 1 for a request by `git push … refs/for/main`.
    flow: z.int().nullish(),
    html_url: pageUrl,
    user: z.object({ login: personName }).nullish().catch(null),
    head: branch.extend({
      repo: z.object({ id: z.int(), full_name: personName, html_url: pageUrl }).nullish(),
    }),
    base: branch.pick({ ref: true, repo_id: true }),
  }),
})
type Pull = z.infer<typeof pullRequest>['pull_request']
const closing = z.object({
  pull_request: pullRequest.shape.pull_request.pick({
    number: true,
    flow: true,
    head: true,
    base: true,
  }),
})

/** A `pull_request` event of Gitea or Forgejo. */
export function readPullRequest(json: unknown): RepoEvent {
  const { action, changes } = readFields(anyAction, json)
  if (action === 'closed') return readClosed(json)
  if (!told.has(action)) return { is: 'other', why: notBuilt(action) }
  const { pull_request: pull } = readFields(pullRequest, json)
  const { head, base } = pull
  const draft = pull.draft ?? isMarkedDraft(pull.title)
  const labels = (pull.labels ?? []).map(({ name }) => name)
  const known = actionOf(action, { draft, labels, changes })
  if (typeof known !== 'string') return { is: 'other', why: known.why }
  const fromFork = isFromOutside(pull)
  if (known === 'retargeted' && !fromFork) return { is: 'other', why: noNewCommits }
  return {
    is: 'pull_request',
    action: known,
    number: pull.number,
    source: {
      branch: refName(branchOf(head), 'branch', 'pull_request.head.ref'),
      commit: head.sha,
    },
    target: { branch: refName(base.ref, 'branch', 'pull_request.base.ref') },
    fromFork,
    ...(fromFork && { fork: forkNames(pull) }),
    draft,
    labels,
    // Its `mergeable` is false also for drafts, and while Gitea has not tried yet.
    conflicts: false,
  }
}

const branchOf = ({ ref, label }: Pull['head']): string =>
  ref.startsWith('refs/') ? label || ref.slice('refs/'.length) : ref

/**
 * From a fork, from one that is gone, or pushed to `refs/for/…` of the repository itself: everyone
 * who may read the repository may do that (https://docs.gitea.com/usage/pull-requests/agit).
 */
function isFromOutside(pull: Pick<Pull, 'head' | 'base' | 'flow'>): boolean {
  const { head, base } = pull
  return isAgit(pull) || head.repo == null || head.repo_id !== base.repo_id
}

const isAgit = ({ head, flow }: Pick<Pull, 'head' | 'flow'>): boolean =>
  flow === 1 || head.label === ''

function forkNames(pull: Pull): ForkNames {
  const { head, base, user, html_url: pullRequestUrl = null } = pull
  const author = user?.login ?? null
  if (isAgit(pull)) return { name: `refs/for/${base.ref}`, url: null, author, pullRequestUrl }
  const { full_name: name = null, html_url: url = null } = head.repo ?? {}
  return { name, url, author, pullRequestUrl }
}

function readClosed(json: unknown): RepoEvent {
  const why = notBuilt('closed')
  const { pull_request: pull } = readFields(closing, json)
  return isFromOutside(pull)
    ? { is: 'fork_closed', number: pull.number, why }
    : { is: 'other', why }
}

const told = new Set(['opened', 'synchronized', 'reopened', 'edited', 'label_updated'])

type Seen = { draft: boolean; labels: string[]; changes: z.infer<typeof changes> }

function actionOf(
  action: string,
  { draft, labels, changes }: Seen,
): PullRequestEvent['action'] | { why: string } {
  switch (action) {
    case 'opened':
    case 'reopened':
      return action
    case 'synchronized':
      return 'updated'
    case 'edited':
      // There is no event for it: a draft is one by its title.
      if (isMarkedDraft(changes?.title?.from) && !draft) return 'ready'
      // So it is told where the base was changed.
      return changes?.ref ? 'retargeted' : { why: noNewCommits }
    case 'label_updated': {
      const onlyRemoved = !changes?.added_labels?.length && !!changes?.removed_labels?.length
      return labels.length > 0 && !onlyRemoved ? 'labeled' : { why: noLabel }
    }
    default:
      return { why: notBuilt(action) }
  }
}

/** Gitea's and Forgejo's WORK_IN_PROGRESS_PREFIXES, where nobody set others. */
const isMarkedDraft = (title: string | null | undefined): boolean =>
  /^\s*(wip:|\[wip\])/i.test(title ?? '')

const noNewCommits =
  'The pull request was edited, but no commits were pushed to it: there is nothing to build.'
const noLabel = 'No label was put on the pull request: there is nothing to build.'

const notBuilt = (action: string): string =>
  action === 'closed'
    ? 'The pull request was closed: there is nothing to build.'
    : `The action ${JSON.stringify(action)} of a pull request starts nothing. Builds start when it ` +
      'is opened, updated, reopened, ready for review or labeled.'
