import type { Scene } from './bearer.ts'
import {
  type App,
  fullNameOf,
  type Installation,
  isName,
  type Repository,
  type World,
} from './world.ts'

/*
 * Things as GitHub shows them, in the API and in webhooks alike. Addresses are made as GitHub
 * Enterprise Server makes them, with the API below its own host.
 */

/** An account by its login: a person, an organization, or the bot of an App. */
export function accountShape(scene: Scene, login: string) {
  const { world } = scene
  const org = world.orgs.find((one) => isName(one.login, login))
  const person = world.people.find((one) => isName(one.login, login))
  const bot = world.apps.find((one) => `${one.slug}[bot]` === login)
  const known = org ?? person
  const api = `${scene.apiUrl()}/users/${encodeURIComponent(login)}`
  const id = known?.id ?? (bot ? bot.id + 200_000_000 : 10_137)
  return {
    login: known?.login ?? login,
    id,
    node_id: nodeId(org ? 'O' : 'U', id),
    avatar_url: `${scene.url()}/avatars/u/${id}`,
    gravatar_id: '',
    url: api,
    html_url: bot ? `${scene.url()}/apps/${bot.slug}` : `${scene.url()}/${login}`,
    followers_url: `${api}/followers`,
    following_url: `${api}/following{/other_user}`,
    gists_url: `${api}/gists{/gist_id}`,
    starred_url: `${api}/starred{/owner}{/repo}`,
    subscriptions_url: `${api}/subscriptions`,
    organizations_url: `${api}/orgs`,
    repos_url: `${api}/repos`,
    events_url: `${api}/events{/privacy}`,
    received_events_url: `${api}/received_events`,
    type: org ? 'Organization' : bot ? 'Bot' : 'User',
    user_view_type: 'public',
    site_admin: false,
  }
}

/** What webhooks say of an organization; null where the login is no organization. */
export function organizationShape(scene: Scene, login: string) {
  const org = scene.world.orgs.find((one) => isName(one.login, login))
  if (org === undefined) return null
  const api = `${scene.apiUrl()}/orgs/${org.login}`
  return {
    login: org.login,
    id: org.id,
    node_id: nodeId('O', org.id),
    url: api,
    repos_url: `${api}/repos`,
    events_url: `${api}/events`,
    hooks_url: `${api}/hooks`,
    issues_url: `${api}/issues`,
    members_url: `${api}/members{/member}`,
    public_members_url: `${api}/public_members{/member}`,
    avatar_url: `${scene.url()}/avatars/u/${org.id}`,
    description: null,
  }
}

export function repositoryShape(scene: Scene, repository: Repository) {
  const fullName = fullNameOf(repository)
  const api = `${scene.apiUrl()}/repos/${fullName}`
  const page = `${scene.url()}/${fullName}`
  const host = new URL(scene.url()).host
  return {
    id: repository.id,
    node_id: nodeId('R', repository.id),
    name: repository.name,
    full_name: fullName,
    private: repository.private,
    owner: accountShape(scene, repository.owner),
    html_url: page,
    description: repository.description,
    fork: repository.forkOf !== null,
    url: api,
    branches_url: `${api}/branches{/branch}`,
    collaborators_url: `${api}/collaborators{/collaborator}`,
    comments_url: `${api}/comments{/number}`,
    commits_url: `${api}/commits{/sha}`,
    compare_url: `${api}/compare/{base}...{head}`,
    contents_url: `${api}/contents/{+path}`,
    hooks_url: `${api}/hooks`,
    issue_comment_url: `${api}/issues/comments{/number}`,
    issues_url: `${api}/issues{/number}`,
    pulls_url: `${api}/pulls{/number}`,
    statuses_url: `${api}/statuses/{sha}`,
    tags_url: `${api}/tags`,
    created_at: '2026-02-11T08:00:00Z',
    updated_at: '2026-11-20T15:59:58Z',
    pushed_at: '2026-11-20T16:04:02Z',
    git_url: `git://${host}/${fullName}.git`,
    ssh_url: `git@${host}:${fullName}.git`,
    clone_url: `${page}.git`,
    svn_url: page,
    homepage: null,
    size: 48_211,
    stargazers_count: 3,
    watchers_count: 3,
    language: 'Dart',
    has_issues: true,
    has_projects: true,
    has_downloads: true,
    has_wiki: false,
    has_pages: false,
    forks_count: scene.world.repositories.filter((one) => one.forkOf === repository.id).length,
    mirror_url: null,
    archived: repository.archived,
    disabled: false,
    open_issues_count: 0,
    license: null,
    allow_forking: true,
    is_template: false,
    topics: [],
    visibility: repository.private ? 'private' : 'public',
    default_branch: repository.defaultBranch,
  }
}

/** A repository in the few words of `installation` events. */
export const briefRepository = (repository: Repository) => ({
  id: repository.id,
  node_id: nodeId('R', repository.id),
  name: repository.name,
  full_name: fullNameOf(repository),
  private: repository.private,
})

export const appShape = (scene: Scene, app: App) => ({
  id: app.id,
  slug: app.slug,
  node_id: nodeId('A', app.id),
  client_id: app.clientId,
  owner: accountShape(scene, app.owner),
  name: app.name,
  description: app.description,
  external_url: app.externalUrl,
  html_url: `${scene.url()}/github-apps/${app.slug}`,
  created_at: app.createdAt,
  updated_at: app.createdAt,
  permissions: app.permissions,
  events: app.events,
})

export function installationShape(scene: Scene, installation: Installation) {
  const { world } = scene
  const app = appById(world, installation.appId)
  const account = accountShape(scene, installation.account)
  const isOrg = account.type === 'Organization'
  const settings = isOrg ? `organizations/${account.login}/settings` : 'settings'
  return {
    id: installation.id,
    client_id: app.clientId,
    account,
    repository_selection: installation.selection,
    access_tokens_url: `${scene.apiUrl()}/app/installations/${installation.id}/access_tokens`,
    repositories_url: `${scene.apiUrl()}/installation/repositories`,
    html_url: `${scene.url()}/${settings}/installations/${installation.id}`,
    app_id: app.id,
    app_slug: app.slug,
    target_id: account.id,
    target_type: account.type,
    permissions: installation.permissions,
    events: installation.events,
    created_at: installation.createdAt,
    updated_at: installation.createdAt,
    single_file_name: null,
    has_multiple_single_files: false,
    single_file_paths: [],
    suspended_by:
      installation.suspendedAt === null ? null : accountShape(scene, installation.account),
    suspended_at: installation.suspendedAt,
  }
}

export const nodeId = (kind: string, id: number): string =>
  `${kind}_${Buffer.from(String(id)).toString('base64url')}`

export function appById(world: World, id: number): App {
  const app = world.apps.find((one) => one.id === id)
  if (app === undefined) throw new Error(`There is no App ${id}.`)
  return app
}

export function repositoryById(world: World, id: number): Repository {
  const repository = world.repositories.find((one) => one.id === id)
  if (repository === undefined) throw new Error(`There is no repository ${id}.`)
  return repository
}

export const nameById = (world: World, id: number): string => fullNameOf(repositoryById(world, id))
