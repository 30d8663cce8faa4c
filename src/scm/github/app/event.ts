import { z } from 'zod'
import { readFields } from '../../hook-body.ts'
import type { ConnectionEvent, RepoEvent } from '../../repo-event.ts'
import * as shapes from './read.ts'

const anyAction = z.object({ action: z.string().max(64) })

const installed = z.object({
  installation: shapes.installation,
  repositories: z.array(shapes.repository).nullish(),
})
const chosen = z.object({
  installation: shapes.installation,
  repositories_added: z.array(shapes.repository).nullish(),
  repositories_removed: z.array(shapes.repository).nullish(),
})
const changed = z.object({
  installation: z.object({ id: z.int().min(1) }),
  repository: shapes.repository,
})

const installationActions = new Map<string, (ConnectionEvent & { is: 'installation' })['what']>([
  ['created', 'created'],
  ['deleted', 'deleted'],
  ['suspend', 'suspended'],
  ['unsuspend', 'unsuspended'],
  ['new_permissions_accepted', 'permissions'],
])

const repositoryActions = new Map<string, (ConnectionEvent & { is: 'repository' })['what']>([
  ['created', 'changed'],
  ['edited', 'changed'],
  ['renamed', 'renamed'],
  ['transferred', 'transferred'],
  ['archived', 'archived'],
  ['unarchived', 'unarchived'],
  ['privatized', 'hidden'],
  ['publicized', 'shown'],
  ['deleted', 'deleted'],
])

/** Does this event tell of what the App reaches, rather than of code? */
export const isConnectionEvent = (event: string): boolean =>
  event === 'installation' || event === 'installation_repositories' || event === 'repository'

/**
 * What an event about the App's reach means: docs.github.com, "Webhook events and payloads",
 * `installation`, `installation_repositories` and `repository`. Throws OoreError `malformed` by field.
 */
export function readConnectionEvent(event: string, json: unknown): RepoEvent {
  const { action } = readFields(anyAction, json)
  if (event === 'installation_repositories') {
    const read = readFields(chosen, json)
    return {
      is: 'installation_repositories',
      installation: read.installation,
      added: read.repositories_added ?? [],
      removed: (read.repositories_removed ?? []).map(({ externalId, fullName }) => ({
        externalId,
        fullName,
      })),
    }
  }
  if (event === 'installation') {
    const what = installationActions.get(action)
    if (what === undefined) return unknown(event, action)
    const { installation, repositories } = readFields(installed, json)
    return {
      is: 'installation',
      what,
      installation,
      repositories: what === 'created' ? (repositories ?? []) : [],
    }
  }
  const what = repositoryActions.get(action)
  if (what === undefined) return unknown(event, action)
  const { installation, repository } = readFields(changed, json)
  return { is: 'repository', what, installation: String(installation.id), repository }
}

const unknown = (event: string, action: string): RepoEvent => ({
  is: 'other',
  why: `The action ${JSON.stringify(action)} of a "${event}" event changes nothing in Oore.`,
})
