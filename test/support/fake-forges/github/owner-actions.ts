import type { Told } from './actions.ts'
import type { Scene } from './bearer.ts'
import type { Payloads } from './payloads.ts'
import { appById } from './shapes.ts'
import {
  type App,
  type Delivery,
  fullNameOf,
  type Installation,
  installationOn,
  type Permissions,
  type Repository,
} from './world.ts'

type TellApp = (event: string, app: App, payload: object, told?: boolean) => Promise<Delivery[]>

/** What the owner of an account does: to an App's installation, and to whole repositories. */
export function makeOwnerActions(scene: Scene, payloads: Payloads, tellApp: TellApp) {
  const { world } = scene

  /** Adds repositories to an installation, or takes them away. */
  async function chooseRepositories(
    installation: Installation,
    action: 'added' | 'removed',
    repositories: readonly Repository[],
    { told = true }: Told = {},
  ) {
    const ids = repositories.map((one) => one.id)
    installation.selection = 'selected'
    installation.repositoryIds =
      action === 'added'
        ? [...new Set([...installation.repositoryIds, ...ids])]
        : installation.repositoryIds.filter((id) => !ids.includes(id))
    const payload = payloads.installationRepositories(installation, action, repositories)
    const app = appById(world, installation.appId)
    return tellApp('installation_repositories', app, payload, told)
  }

  /** `deleted`, `suspend`, `unsuspend`, `new_permissions_accepted` (with what it now may). */
  async function changeInstallation(
    installation: Installation,
    action: 'created' | 'deleted' | 'suspend' | 'unsuspend' | 'new_permissions_accepted',
    { told = true, permissions }: Told & { permissions?: Permissions } = {},
  ) {
    const app = appById(world, installation.appId)
    if (action === 'suspend') installation.suspendedAt = new Date(scene.now()).toISOString()
    if (action === 'unsuspend') installation.suspendedAt = null
    if (action === 'new_permissions_accepted') {
      installation.permissions = { ...(permissions ?? app.permissions) }
      installation.events = [...app.events]
    }
    const payload = payloads.installation(installation, action)
    if (action === 'deleted') {
      world.installations = world.installations.filter((one) => one !== installation)
      world.tokens = world.tokens.filter(
        (one) => one.is !== 'installation' || one.installationId !== installation.id,
      )
    }
    return tellApp('installation', app, payload, told)
  }

  /** Renames, transfers, archives, hides or deletes a repository. */
  async function changeRepository(
    repository: Repository,
    change:
      | { name: string }
      | { owner: string }
      | { archived: boolean }
      | { private: boolean }
      | 'deleted',
    { told = true }: Told = {},
  ) {
    const { name, owner } = repository
    // Who listens is found before: a repository that is transferred away is told of once more.
    const apps = world.apps.filter((app) => installationOn(world, app.id, repository) !== null)
    if (change !== 'deleted' && ('name' in change || 'owner' in change)) {
      repository.formerNames.push(fullNameOf(repository))
    }
    if (change === 'deleted') {
      world.repositories = world.repositories.filter((one) => one !== repository)
    } else Object.assign(repository, change)
    const [action, changes] = repositoryNews(change, name, owner)
    const sent = apps.filter((app) => app.events.includes('repository'))
    return (
      await Promise.all(
        sent.map((app) =>
          tellApp('repository', app, payloads.repository(repository, action, changes, app), told),
        ),
      )
    ).flat()
  }

  return { chooseRepositories, changeInstallation, changeRepository }
}

function repositoryNews(
  change:
    { name: string } | { owner: string } | { archived: boolean } | { private: boolean } | 'deleted',
  name: string,
  owner: string,
): [string, object?] {
  if (change === 'deleted') return ['deleted']
  if ('name' in change) return ['renamed', { repository: { name: { from: name } } }]
  if ('owner' in change) {
    return ['transferred', { owner: { from: { organization: { login: owner }, user: null } } }]
  }
  if ('archived' in change) return [change.archived ? 'archived' : 'unarchived']
  return [change.private ? 'privatized' : 'publicized']
}
