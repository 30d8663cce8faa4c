import { z } from 'zod'
import { commitId, pageUrl, personName, readFields, refName } from '../hook-body.ts'
import type { ForkNames, PullRequestEvent, RepoEvent } from '../repo-event.ts'

const anyAction = z.object({ action: z.string().max(64) })

const repository = z.object({ id: z.int(), full_name: personName, html_url: pageUrl })
const pullRequest = z.object({
  pull_request: z.object({
    number: z.int().min(1),
    html_url: pageUrl,
    user: z.object({ login: personName }).nullish().catch(null),
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

const closing = z.object({
  pull_request: pullRequest.shape.pull_request.pick({ number: true, head: true, base: true }),
})
const editing = z.object({ changes: z.object({ base: z.object({}).optional() }).nullish() })

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
  if (action === 'closed') return readClosed(json)
  const known = actions.get(action) ?? (isRetargeted(action, json) ? 'retargeted' : undefined)
  if (known === undefined) return { is: 'other', why: notBuilt(action) }
  const { pull_request: pull } = readFields(pullRequest, json)
  const { head, base } = pull
  const fromFork = isFromFork(pull)
  if (known === 'retargeted' && !fromFork) return { is: 'other', why: notBuilt(action) }
  return {
    is: 'pull_request',
    action: known,
    number: pull.number,
    source: {
      branch: refName(head.ref, 'branch', 'pull_request.head.ref'),
      commit: head.sha,
    },
    target: { branch: refName(base.ref, 'branch', 'pull_request.base.ref') },
    fromFork,
    ...(fromFork && { fork: forkNames(pull) }),
    draft: pull.draft ?? false,
    labels: (pull.labels ?? []).map(({ name }) => name),
    conflicts: pull.mergeable === false,
  }
}

type Pull = z.infer<typeof pullRequest>['pull_request']

/** By the repositories' numbers: names can be taken by others, and authors can call themselves anything. */
const isFromFork = ({ head, base }: Pick<Pull, 'head' | 'base'>): boolean =>
  head.repo?.id !== base.repo.id

const forkNames = ({ head, user, html_url: url }: Pull): ForkNames => ({
  name: head.repo?.full_name ?? null,
  url: head.repo?.html_url ?? null,
  author: user?.login ?? null,
  pullRequestUrl: url ?? null,
})

function readClosed(json: unknown): RepoEvent {
  const why = notBuilt('closed')
  const { pull_request: pull } = readFields(closing, json)
  return isFromFork(pull) ? { is: 'fork_closed', number: pull.number, why } : { is: 'other', why }
}

const isRetargeted = (action: string, json: unknown): boolean =>
  action === 'edited' && readFields(editing, json).changes?.base !== undefined

const notBuilt = (action: string): string =>
  action === 'closed'
    ? 'The pull request was closed: there is nothing to build.'
    : `The action ${JSON.stringify(action)} of a pull request starts nothing. Builds start when it ` +
      'is opened, updated, reopened, ready for review or labeled.'
