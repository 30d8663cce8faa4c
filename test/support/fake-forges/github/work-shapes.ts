import type { Scene } from './bearer.ts'
import {
  accountShape,
  appById,
  appShape,
  nameById,
  nodeId,
  repositoryById,
  repositoryShape,
} from './shapes.ts'
import { type CheckRun, type Comment, fullNameOf, type Pull, type Status } from './world.ts'

/* What is made on repositories, as GitHub shows it: statuses, checks, comments and pull requests. */

export const statusShape = (scene: Scene, status: Status) => ({
  url: `${scene.apiUrl()}/repos/${nameById(scene.world, status.repositoryId)}/statuses/${status.sha}`,
  id: status.id,
  node_id: nodeId('SC', status.id),
  state: status.state,
  description: status.description,
  target_url: status.targetUrl,
  context: status.context,
  created_at: status.createdAt,
  updated_at: status.createdAt,
})

export function checkRunShape(scene: Scene, run: CheckRun) {
  const fullName = nameById(scene.world, run.repositoryId)
  const api = `${scene.apiUrl()}/repos/${fullName}/check-runs/${run.id}`
  return {
    id: run.id,
    name: run.name,
    node_id: nodeId('CR', run.id),
    head_sha: run.headSha,
    external_id: run.externalId,
    url: api,
    html_url: `${scene.url()}/${fullName}/runs/${run.id}`,
    details_url: run.detailsUrl,
    status: run.status,
    conclusion: run.conclusion,
    started_at: run.startedAt,
    completed_at: run.completedAt,
    output: {
      title: run.output.title,
      summary: run.output.summary,
      text: run.output.text,
      annotations_count: run.output.annotations.length,
      annotations_url: `${api}/annotations`,
    },
    check_suite: { id: run.suiteId },
    app: appShape(scene, appById(scene.world, run.appId)),
    pull_requests: scene.world.pulls
      .filter((pull) => pull.repositoryId === run.repositoryId && pull.headSha === run.headSha)
      .map((pull) => ({
        id: pull.id,
        number: pull.number,
        head: { ref: pull.headRef, sha: pull.headSha },
        base: { ref: pull.baseRef, sha: pull.baseSha },
      })),
  }
}

export function commentShape(scene: Scene, comment: Comment) {
  const fullName = nameById(scene.world, comment.repositoryId)
  const app = scene.world.apps.find((one) => one.id === comment.appId)
  return {
    id: comment.id,
    node_id: nodeId('IC', comment.id),
    url: `${scene.apiUrl()}/repos/${fullName}/issues/comments/${comment.id}`,
    html_url: `${scene.url()}/${fullName}/pull/${comment.issue}#issuecomment-${comment.id}`,
    issue_url: `${scene.apiUrl()}/repos/${fullName}/issues/${comment.issue}`,
    body: comment.body,
    user: accountShape(scene, comment.author),
    created_at: comment.createdAt,
    updated_at: comment.updatedAt,
    author_association: 'NONE',
    performed_via_github_app: app ? appShape(scene, app) : null,
  }
}

export function pullShape(scene: Scene, pull: Pull) {
  const { world } = scene
  const base = repositoryById(world, pull.repositoryId)
  const head = world.repositories.find((one) => one.id === pull.headRepositoryId) ?? null
  const fullName = fullNameOf(base)
  const api = `${scene.apiUrl()}/repos/${fullName}/pulls/${pull.number}`
  const page = `${scene.url()}/${fullName}/pull/${pull.number}`
  return {
    url: api,
    id: pull.id,
    node_id: nodeId('PR', pull.id),
    html_url: page,
    diff_url: `${page}.diff`,
    patch_url: `${page}.patch`,
    issue_url: `${scene.apiUrl()}/repos/${fullName}/issues/${pull.number}`,
    number: pull.number,
    state: pull.state,
    locked: false,
    title: pull.title,
    user: accountShape(scene, pull.author),
    body: pull.body,
    created_at: pull.createdAt,
    updated_at: pull.createdAt,
    closed_at: pull.state === 'closed' ? pull.createdAt : null,
    merged_at: pull.merged ? pull.createdAt : null,
    // GitHub works it out after it has told of the pull request.
    merge_commit_sha: pull.mergeSha,
    assignee: null,
    assignees: [],
    requested_reviewers: [],
    requested_teams: [],
    labels: pull.labels.map((name, at) => ({
      id: 5000 + at,
      node_id: nodeId('LA', 5000 + at),
      url: `${scene.apiUrl()}/repos/${fullName}/labels/${encodeURIComponent(name)}`,
      name,
      color: 'ededed',
      default: false,
      description: null,
    })),
    milestone: null,
    draft: pull.draft,
    commits_url: `${api}/commits`,
    comments_url: `${scene.apiUrl()}/repos/${fullName}/issues/${pull.number}/comments`,
    statuses_url: `${scene.apiUrl()}/repos/${fullName}/statuses/${pull.headSha}`,
    head: {
      label: `${pull.headOwner}:${pull.headRef}`,
      ref: pull.headRef,
      sha: pull.headSha,
      user: accountShape(scene, pull.headOwner),
      repo: head && repositoryShape(scene, head),
    },
    base: {
      label: `${base.owner}:${pull.baseRef}`,
      ref: pull.baseRef,
      sha: pull.baseSha,
      user: accountShape(scene, base.owner),
      repo: repositoryShape(scene, base),
    },
    author_association: 'CONTRIBUTOR',
    auto_merge: null,
    active_lock_reason: null,
    merged: pull.merged,
    mergeable: null,
    rebaseable: null,
    mergeable_state: 'unknown',
    merged_by: null,
    comments: 0,
    review_comments: 0,
    maintainer_can_modify: false,
    commits: 1,
    additions: 1,
    deletions: 0,
    changed_files: 1,
  }
}
