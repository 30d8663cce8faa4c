import { z } from 'zod'
import { commitId, pageUrl, personName, readFields, refName } from '../hook-body.ts'
import type { ForkNames, PullRequestEvent, RepoEvent } from '../repo-event.ts'

const becameReady = z.object({ previous: z.literal(true), current: z.literal(false) })
const anyAction = z.object({
  object_attributes: z.object({
    // What GitLab's Test button sends has none.
    action: z.string().max(64).nullish(),
    // Of an update there is one where commits were pushed, and only there.
    oldrev: z.string().nullish(),
  }),
  changes: z
    .object({
      draft: z.unknown(),
      work_in_progress: z.unknown(),
      labels: z.unknown(),
      target_branch: z.unknown(),
    })
    .partial()
    .nullish()
    .catch(null),
})

const labels = z.array(z.object({ title: z.string() })).nullish()
const changedLabels = z.object({
  previous: z.array(z.object({ title: z.string() })),
  current: z.array(z.object({ title: z.string() })),
})
const mergeRequest = z.object({
  object_attributes: z.object({
    iid: z.int().min(1),
    source_branch: z.string(),
    target_branch: z.string(),
    // Null once the fork is deleted.
    source_project_id: z.int().nullable(),
    target_project_id: z.int(),
    last_commit: z.object({ id: commitId }),
    draft: z.boolean().nullish(),
    // What `draft` was called before GitLab 13.2.
    work_in_progress: z.boolean().nullish(),
    merge_status: z.string().nullish(),
    labels,
    action: z.string().nullish(),
    url: pageUrl,
    source: z.object({ path_with_namespace: personName, web_url: pageUrl }).nullish().catch(null),
  }),
  labels,
  // Whoever did what this tells of; of the author there is only a number.
  user: z.object({ username: personName }).nullish().catch(null),
})
type MergeRequest = z.infer<typeof mergeRequest>
const closing = z.object({
  object_attributes: mergeRequest.shape.object_attributes.pick({
    iid: true,
    source_project_id: true,
    target_project_id: true,
  }),
})

/** A `Merge Request Hook`: GitLab tells of labels, too, as of an update. */
export function readMergeRequest(json: unknown): RepoEvent {
  const asked = readFields(anyAction, json)
  const action = actionOf(asked)
  if (typeof action !== 'string')
    return action.closes ? readClosed(json, action.why) : other(action)
  const read = readFields(mergeRequest, json)
  const { object_attributes: merge, labels: outer } = read
  const fromFork = isFromFork(merge)
  if (action === 'retargeted' && !fromFork) return other({ why: noNewCommits })
  return {
    is: 'pull_request',
    // One form changes the target and what else there is; of a fork the target counts most.
    action: fromFork && isRetargeted(asked) ? 'retargeted' : action,
    number: merge.iid,
    source: {
      branch: refName(merge.source_branch, 'branch', 'object_attributes.source_branch'),
      commit: merge.last_commit.id,
    },
    target: {
      branch: refName(merge.target_branch, 'branch', 'object_attributes.target_branch'),
    },
    fromFork,
    ...(fromFork && { fork: forkNames(read) }),
    draft: merge.draft ?? merge.work_in_progress ?? false,
    labels: (merge.labels ?? outer ?? []).map(({ title }) => title),
    conflicts: merge.merge_status === 'cannot_be_merged',
  }
}

const other = ({ why }: { why: string }): RepoEvent => ({ is: 'other', why })

/** By the projects' numbers: names can be taken by others, and authors can call themselves anything. */
const isFromFork = (
  merge: Pick<MergeRequest['object_attributes'], 'source_project_id' | 'target_project_id'>,
): boolean => merge.source_project_id !== merge.target_project_id

const forkNames = ({ object_attributes: merge, user }: MergeRequest): ForkNames => ({
  name: merge.source?.path_with_namespace ?? null,
  url: merge.source?.web_url ?? null,
  author: merge.action === 'open' ? (user?.username ?? null) : null,
  pullRequestUrl: merge.url ?? null,
})

function readClosed(json: unknown, why: string): RepoEvent {
  const { object_attributes: merge } = readFields(closing, json)
  return isFromFork(merge) ? { is: 'fork_closed', number: merge.iid, why } : other({ why })
}

type NotBuilt = { why: string; closes?: true }

function actionOf(read: z.infer<typeof anyAction>): PullRequestEvent['action'] | NotBuilt {
  const { action, oldrev } = read.object_attributes
  switch (action) {
    case 'open':
      return 'opened'
    case 'reopen':
      return 'reopened'
    case 'update':
      if (oldrev) return 'updated'
      if (isReady(read.changes)) return 'ready'
      if (isLabeled(read.changes)) return 'labeled'
      return isRetargeted(read) ? 'retargeted' : { why: noNewCommits }
    case 'close':
      return { why: 'The merge request was closed: there is nothing to build.', closes: true }
    case 'merge':
      return {
        why: 'The merge request was merged: the push of its target branch is built.',
        closes: true,
      }
    case undefined:
    case null:
      return { why: 'It says nothing of an action, as a test of the webhook does: it works.' }
    default:
      return { why: `The action ${JSON.stringify(action)} of a merge request starts nothing.` }
  }
}

const isReady = (changes: z.infer<typeof anyAction>['changes']): boolean =>
  [changes?.draft, changes?.work_in_progress].some(
    (change) => becameReady.safeParse(change).success,
  )

const isRetargeted = ({ changes }: z.infer<typeof anyAction>): boolean =>
  changes?.target_branch !== undefined

/** Was a label put on it that was not there? One that was taken off starts nothing. */
function isLabeled(changes: z.infer<typeof anyAction>['changes']): boolean {
  const read = changedLabels.safeParse(changes?.labels)
  if (!read.success) return false
  const before = new Set(read.data.previous.map(({ title }) => title))
  return read.data.current.some(({ title }) => !before.has(title))
}

const noNewCommits =
  'The merge request was changed, but no commits were pushed to it and no label was put on it: ' +
  'there is nothing to build.'
