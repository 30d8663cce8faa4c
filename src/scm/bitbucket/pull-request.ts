import { z } from 'zod'
import { readFields, refName } from '../hook-body.ts'
import type { PullRequestEvent, RepoEvent } from '../repo-event.ts'

/** Bitbucket shortens the commits of pull requests to 12 digits. */
const shortCommitId = z.string().regex(/^[0-9a-f]{12,64}$/, 'is not the id of a commit')

const repository = z.object({ uuid: z.string().min(1) })
const pullRequest = z.object({
  pullrequest: z.object({
    id: z.int().min(1),
    state: z.string().max(64),
    draft: z.boolean().nullish(),
    source: z.object({
      branch: z.object({ name: z.string() }),
      commit: z.object({ hash: shortCommitId }),
      // Null once the fork is deleted.
      repository: repository.nullable(),
    }),
    destination: z.object({
      branch: z.object({ name: z.string() }),
      repository,
    }),
  }),
})

const actions = new Map<string, PullRequestEvent['action']>([
  ['pullrequest:created', 'opened'],
  ['pullrequest:updated', 'updated'],
  ['pullrequest:push', 'updated'],
])

export const isOfPullRequest = (event: string): boolean => event.startsWith('pullrequest:')

/**
 * An event of a pull request. Of new commits, of a draft that became ready and of an edited title
 * Bitbucket tells alike, as `updated`. It has no labels, and opens nothing again.
 */
export function readPullRequest(event: string, json: unknown): RepoEvent {
  const action = actions.get(event)
  if (action === undefined) return { is: 'other', why: notBuilt.get(event) ?? unknown(event) }
  const { pullrequest: pull } = readFields(pullRequest, json)
  const { source, destination } = pull
  if (pull.state !== 'OPEN') return { is: 'other', why: isClosed }
  return {
    is: 'pull_request',
    action,
    number: pull.id,
    source: {
      branch: refName(source.branch.name, 'branch', 'pullrequest.source.branch.name'),
      commit: source.commit.hash,
    },
    target: {
      branch: refName(destination.branch.name, 'branch', 'pullrequest.destination.branch.name'),
    },
    fromFork: source.repository?.uuid !== destination.repository.uuid,
    draft: pull.draft ?? false,
    labels: [],
    conflicts: false,
    ...(action === 'updated' ? { mayBeBuilt: true } : {}),
  }
}

const isClosed = 'The pull request is not open any more: there is nothing to build.'

const notBuilt = new Map([
  [
    'pullrequest:fulfilled',
    'The pull request was merged: the push of its target branch starts its builds.',
  ],
  ['pullrequest:rejected', 'The pull request was declined: there is nothing to build.'],
])

const unknown = (event: string): string =>
  `A "${event}" event of a pull request starts nothing: builds start when it is created or updated.`
