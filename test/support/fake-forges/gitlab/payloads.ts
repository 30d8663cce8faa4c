import { commitsBetween, noCommit, shaOf } from '../git-store.ts'
import type { Scene } from './bearer.ts'
import { commitShape, projectById, userShape } from './shapes.ts'
import { levels, type MergeRequest, type Project } from './world.ts'

const commitsMax = 20

/** The payloads of GitLab's webhooks: docs.gitlab.com, "Webhook events". */
export function makePayloads(scene: Scene) {
  function projectOf(project: Project) {
    const page = `${scene.url()}/${project.path}`
    const ssh = `git@${new URL(scene.url()).host}:${project.path}.git`
    const parts = project.path.split('/')
    return {
      id: project.id,
      name: parts.at(-1),
      description: null,
      web_url: page,
      avatar_url: null,
      git_ssh_url: ssh,
      git_http_url: `${page}.git`,
      namespace: parts.at(-2),
      visibility_level: { private: 0, internal: 10, public: 20 }[project.visibility],
      path_with_namespace: project.path,
      default_branch: project.defaultBranch,
      ci_config_path: null,
      homepage: page,
      url: ssh,
      ssh_url: ssh,
      http_url: `${page}.git`,
    }
  }

  const repositoryOf = (project: Project) => {
    const { name, url, homepage } = projectOf(project)
    return { name, url, description: null, homepage }
  }

  const userOf = (username: string) => {
    const { id, name } = userShape(scene, username)
    return { id, name, username, avatar_url: null, email: '[REDACTED]' }
  }

  const commitOf = (project: Project, sha: string) => {
    const {
      id,
      message,
      title,
      authored_date: timestamp,
      web_url: url,
      author_name,
    } = commitShape(scene, project, sha)
    return {
      id,
      message,
      title,
      timestamp,
      url,
      author: { name: author_name, email: '[REDACTED]' },
    }
  }

  function push(
    project: Project,
    { ref, before, after, by }: { ref: string; before: string; after: string; by: string },
  ) {
    const kind = ref.startsWith('refs/tags/') ? 'tag_push' : 'push'
    const { id, name } = userShape(scene, by)
    const isDeleted = after === noCommit
    const commits =
      project.dir === null || isDeleted || kind === 'tag_push'
        ? []
        : commitsBetween(project.dir, before, after, commitsMax)
    return {
      object_kind: kind,
      event_name: kind,
      before,
      after,
      ref,
      ref_protected: ref === `refs/heads/${project.defaultBranch}`,
      checkout_sha: isDeleted ? null : after,
      message: null,
      user_id: id,
      user_name: name,
      user_username: by,
      user_email: '',
      user_avatar: null,
      project_id: project.id,
      project: projectOf(project),
      commits: commits.map((info) => ({
        ...commitOf(project, info.sha),
        added: info.added,
        modified: info.modified,
        removed: info.removed,
      })),
      total_commits_count: commits.length,
      push_options: {},
      repository: {
        ...repositoryOf(project),
        git_http_url: projectOf(project).git_http_url,
        git_ssh_url: projectOf(project).git_ssh_url,
        visibility_level: projectOf(project).visibility_level,
      },
    }
  }

  /** `action`: open, update, reopen, close, merge, approved; an update by a push has `oldrev`. */
  function mergeRequest(
    merge: MergeRequest,
    action: string,
    {
      oldrev,
      changes = {},
      by = merge.author,
    }: { oldrev?: string; changes?: object; by?: string } = {},
  ) {
    const target = projectById(scene.world, merge.projectId)
    const source = scene.world.projects.find((one) => one.id === merge.sourceProjectId) ?? null
    const labels = merge.labels.map((title, at) => ({ id: 300 + at, title, color: '#428BCA' }))
    const at = merge.createdAt.replace('T', ' ').replace(/\.\d+Z$/, ' UTC')
    return {
      object_kind: 'merge_request',
      event_type: 'merge_request',
      user: userOf(by),
      project: projectOf(target),
      object_attributes: {
        id: merge.id,
        iid: merge.iid,
        author_id: userShape(scene, merge.author).id,
        created_at: at,
        updated_at: at,
        description: merge.description,
        draft: merge.draft,
        work_in_progress: merge.draft,
        merge_status: merge.mergeSha === null ? 'cannot_be_merged' : 'checking',
        detailed_merge_status: 'checking',
        source_branch: merge.sourceBranch,
        // A fork that is gone leaves its number behind.
        source_project_id: merge.sourceProjectId,
        state_id: { opened: 1, closed: 2, merged: 3 }[merge.state],
        state: merge.state,
        target_branch: merge.targetBranch,
        target_project_id: target.id,
        title: merge.title,
        labels,
        last_commit: commitOf(source ?? target, merge.headSha),
        source: source && projectOf(source),
        target: projectOf(target),
        system: false,
        url: `${scene.url()}/${target.path}/-/merge_requests/${merge.iid}`,
        action,
        ...(oldrev === undefined ? {} : { oldrev }),
      },
      labels,
      changes,
      repository: repositoryOf(target),
    }
  }

  /** What the button "Test" sends of pushes: the newest commit of the default branch. */
  function testPush(project: Project) {
    const { dir, defaultBranch } = project
    const ref = `refs/heads/${defaultBranch}`
    const after = (dir && shaOf(dir, ref)) ?? noCommit
    const owner = scene.world.people.find((one) => project.members[one.username] === levels.owner)
    return push(project, { ref, before: noCommit, after, by: owner?.username ?? 'root' })
  }

  function pipeline(project: Project, sha: string, ref: string, status: string) {
    return {
      object_kind: 'pipeline',
      object_attributes: { id: 31, iid: 3, ref, tag: false, sha, status, source: 'push' },
      merge_request: null,
      user: userOf('root'),
      project: projectOf(project),
      commit: commitOf(project, sha),
      builds: [],
    }
  }

  return { push, mergeRequest, testPush, pipeline }
}

export type Payloads = ReturnType<typeof makePayloads>
