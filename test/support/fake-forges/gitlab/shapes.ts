import { commitInfo } from '../git-store.ts'
import type { Scene } from './bearer.ts'
import type { Access, Hook, MergeRequest, Note, Project, Status, World } from './world.ts'

export function userShape(scene: Scene, username: string) {
  const person = scene.world.people.find((one) => one.username === username)
  return {
    id: person?.id ?? 1,
    username,
    name: person?.name ?? username,
    state: person?.state ?? 'active',
    locked: false,
    avatar_url: null,
    web_url: `${scene.url()}/${username}`,
  }
}

export function projectShape(scene: Scene, project: Project, access?: Access) {
  const name = project.path.split('/').at(-1) ?? ''
  const namespace = project.path.split('/').slice(0, -1).join('/')
  const group = scene.world.groups.find((one) => one.path === namespace)
  const page = `${scene.url()}/${project.path}`
  const given = (level: number | null) =>
    level === null ? null : { access_level: level, notification_level: 3 }
  return {
    id: project.id,
    description: null,
    name,
    name_with_namespace: project.path.split('/').join(' / '),
    path: name,
    path_with_namespace: project.path,
    created_at: '2026-01-05T09:00:00.000Z',
    default_branch: project.defaultBranch,
    topics: [],
    ssh_url_to_repo: `git@${new URL(scene.url()).host}:${project.path}.git`,
    http_url_to_repo: `${page}.git`,
    web_url: page,
    avatar_url: null,
    forks_count: 0,
    star_count: 0,
    last_activity_at: '2026-11-20T16:04:02.000Z',
    namespace: {
      id: group?.id ?? 1,
      name: namespace.split('/').at(-1),
      path: namespace.split('/').at(-1),
      kind: group === undefined ? 'user' : 'group',
      full_path: namespace,
      web_url: `${scene.url()}/${group === undefined ? '' : 'groups/'}${namespace}`,
    },
    archived: project.archived,
    visibility: project.visibility,
    empty_repo: false,
    ...(project.forkOf === null ? {} : { forked_from_project: { id: project.forkOf } }),
    ...(access === undefined
      ? {}
      : {
          permissions: {
            project_access: given(access.project),
            group_access: given(access.group),
          },
        }),
  }
}

/** Never with its tokens: what GitLab shows is whether there are any. */
export const hookShape = (scene: Scene, hook: Hook) => ({
  id: hook.id,
  url: hook.url,
  name: hook.name,
  description: hook.description,
  created_at: hook.createdAt,
  ...hook.events,
  enable_ssl_verification: hook.sslVerification,
  project_id: hook.projectId,
  push_events_branch_filter: hook.branchFilter,
  branch_filter_strategy: 'wildcard',
  custom_webhook_template: '',
  custom_headers: [],
  url_variables: [],
  alert_status: hook.alertStatus,
  disabled_until: null,
  repository_update_events: false,
  ...(scene.signs
    ? { token_present: hook.token !== null, signing_token_present: hook.signingToken !== null }
    : {}),
})

export const statusShape = (scene: Scene, status: Status) => ({
  id: status.id,
  sha: status.sha,
  ref: status.ref,
  status: status.state,
  name: status.name,
  target_url: status.targetUrl,
  description: status.description,
  created_at: status.createdAt,
  started_at: null,
  finished_at: null,
  allow_failure: false,
  coverage: null,
  pipeline_id: 1,
  author: userShape(scene, 'oore'),
})

export const noteShape = (scene: Scene, note: Note) => ({
  id: note.id,
  type: null,
  body: note.body,
  author: userShape(scene, note.author),
  created_at: note.createdAt,
  updated_at: note.updatedAt,
  system: false,
  noteable_type: 'MergeRequest',
  noteable_iid: note.iid,
  project_id: note.projectId,
  resolvable: false,
  confidential: false,
  internal: false,
})

export function mergeRequestShape(scene: Scene, merge: MergeRequest) {
  const project = projectById(scene.world, merge.projectId)
  return {
    id: merge.id,
    iid: merge.iid,
    project_id: merge.projectId,
    title: merge.title,
    description: merge.description,
    state: merge.state,
    created_at: merge.createdAt,
    target_branch: merge.targetBranch,
    source_branch: merge.sourceBranch,
    source_project_id: merge.sourceProjectId,
    target_project_id: merge.projectId,
    author: userShape(scene, merge.author),
    labels: merge.labels,
    draft: merge.draft,
    sha: merge.headSha,
    merge_status: merge.mergeSha === null ? 'cannot_be_merged' : 'can_be_merged',
    has_conflicts: merge.mergeSha === null,
    web_url: `${scene.url()}/${project.path}/-/merge_requests/${merge.iid}`,
  }
}

export function commitShape(scene: Scene, project: Project, sha: string) {
  const info = project.dir === null ? null : commitInfo(project.dir, sha)
  const message = info?.message ?? 'Change something'
  return {
    id: sha,
    short_id: sha.slice(0, 8),
    title: message.split('\n')[0] ?? '',
    message: `${message}\n`,
    author_name: info?.name ?? 'Ada Lovelace',
    author_email: info?.email ?? 'ada@example.com',
    authored_date: info?.date ?? new Date(scene.now()).toISOString(),
    parent_ids: info?.parents ?? [],
    web_url: `${scene.url()}/${project.path}/-/commit/${sha}`,
  }
}

export function projectById(world: World, id: number): Project {
  const project = world.projects.find((one) => one.id === id)
  if (project === undefined) throw new Error(`There is no project ${id}.`)
  return project
}
