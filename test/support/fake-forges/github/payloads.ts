import { commitInfo, commitsBetween, isAncestor, noCommit } from '../git-store.ts'
import type { Scene } from './bearer.ts'
import {
  accountShape,
  appById,
  appShape,
  briefRepository,
  installationShape,
  nodeId,
  organizationShape,
  repositoryById,
  repositoryShape,
} from './shapes.ts'
import { checkRunShape, pullShape } from './work-shapes.ts'
import {
  type App,
  type CheckRun,
  type Installation,
  installationOn,
  type Pull,
  type Repository,
} from './world.ts'

export type Push = { ref: string; before: string; after: string; by?: string }

/** The payloads of GitHub's webhooks, made of what the fake knows: docs.github.com, "Webhook events and payloads". */
export function makePayloads(scene: Scene) {
  /** What every event of a repository ends with. */
  const around = (repository: Repository, by: string, app?: App) => {
    const organization = organizationShape(scene, repository.owner)
    const installation = app && installationOn(scene.world, app.id, repository)
    return {
      repository: repositoryShape(scene, repository),
      ...(organization === null ? {} : { organization }),
      sender: accountShape(scene, by),
      ...(installation
        ? { installation: { id: installation.id, node_id: nodeId('I', installation.id) } }
        : {}),
    }
  }

  return {
    push(repository: Repository, { ref, before, after, by = repository.owner }: Push, app?: App) {
      const { dir } = repository
      const page = `${scene.url()}/${repository.owner}/${repository.name}`
      const isDeleted = after === noCommit
      const commits = dir === null ? [] : commitsBetween(dir, before, after).map(commitOf)
      const forced =
        dir !== null && !isDeleted && before !== noCommit && !isAncestor(dir, before, after)
      const head = isDeleted
        ? null
        : dir === null
          ? bareCommit(after)
          : commitOf(commitInfo(dir, after))
      return {
        ref,
        before,
        after,
        ...around(repository, by, app),
        // Of pushes alone GitHub tells a repository's times in seconds.
        repository: {
          ...repositoryShape(scene, repository),
          created_at: 1_770_796_800,
          pushed_at: Math.floor(scene.now() / 1000),
          stargazers: 3,
          master_branch: repository.defaultBranch,
        },
        pusher: { name: by, email: `${by}@example.com` },
        created: before === noCommit,
        deleted: isDeleted,
        forced,
        base_ref: null,
        compare: `${page}/compare/${before.slice(0, 12)}...${after.slice(0, 12)}`,
        commits: isDeleted ? [] : commits,
        head_commit: head,
      }

      function commitOf(info: ReturnType<typeof commitInfo>) {
        const person = { name: info.name, email: info.email, date: info.date, username: by }
        const { sha, tree, message, date, added, removed, modified } = info
        return {
          id: sha,
          tree_id: tree,
          distinct: true,
          message,
          timestamp: date,
          url: `${page}/commit/${sha}`,
          author: person,
          committer: person,
          added,
          removed,
          modified,
        }
      }

      function bareCommit(sha: string) {
        const date = new Date(scene.now()).toISOString()
        const person = { name: by, email: `${by}@example.com`, date, username: by }
        return {
          id: sha,
          tree_id: sha,
          distinct: true,
          message: 'Change something',
          timestamp: date,
          url: `${page}/commit/${sha}`,
          author: person,
          committer: person,
          added: [],
          removed: [],
          modified: ['lib/main.dart'],
        }
      }
    },

    pullRequest(
      pull: Pull,
      action: string,
      { by = pull.author, before, label, app, changes }: PullOptions = {},
    ) {
      const repository = repositoryById(scene.world, pull.repositoryId)
      return {
        action,
        number: pull.number,
        pull_request: pullShape(scene, pull),
        ...(before === undefined ? {} : { before, after: pull.headSha }),
        ...(label === undefined ? {} : { label: { id: 5000, name: label, color: 'ededed' } }),
        ...(changes === undefined ? {} : { changes }),
        ...around(repository, by, app),
      }
    },

    /** `action`: created, deleted, suspend, unsuspend or new_permissions_accepted. */
    installation(installation: Installation, action: string, by = installation.account) {
      const { world } = scene
      const all = world.repositories.filter(
        (one) => installationOn(world, installation.appId, one)?.id === installation.id,
      )
      const mine = installation.selection === 'all' ? all : byIds(installation.repositoryIds)
      return {
        action,
        installation: installationShape(scene, installation),
        repositories: mine.map(briefRepository),
        requester: null,
        sender: accountShape(scene, by),
      }
    },

    installationRepositories(
      installation: Installation,
      action: 'added' | 'removed',
      repositories: readonly Repository[],
      by = installation.account,
    ) {
      const shown = repositories.map(briefRepository)
      return {
        action,
        installation: installationShape(scene, installation),
        repository_selection: installation.selection,
        repositories_added: action === 'added' ? shown : [],
        repositories_removed: action === 'removed' ? shown : [],
        requester: null,
        sender: accountShape(scene, by),
      }
    },

    /** `action`: renamed, transferred, archived, unarchived, privatized, publicized, deleted, edited. */
    repository(repository: Repository, action: string, changes?: object, app?: App) {
      return {
        action,
        ...(changes === undefined ? {} : { changes }),
        ...around(repository, repository.owner, app),
      }
    },

    checkRun(run: CheckRun, action: string, by?: string, requested?: string) {
      const repository = repositoryById(scene.world, run.repositoryId)
      const app = appById(scene.world, run.appId)
      return {
        action,
        check_run: { ...checkRunShape(scene, run), check_suite: suiteOf(run) },
        ...(requested === undefined ? {} : { requested_action: { identifier: requested } }),
        ...around(repository, by ?? repository.owner, app),
      }
    },

    checkSuite(run: CheckRun, action: string, by?: string) {
      const repository = repositoryById(scene.world, run.repositoryId)
      const app = appById(scene.world, run.appId)
      return {
        action,
        check_suite: suiteOf(run),
        ...around(repository, by ?? repository.owner, app),
      }
    },

    ping(app: App) {
      return {
        zen: 'Keep it logically awesome.',
        hook_id: app.hookId,
        hook: {
          type: 'App',
          id: app.hookId,
          name: 'web',
          active: app.hookActive,
          events: app.events,
          config: { content_type: 'json', insecure_ssl: '0', secret: '********', url: app.hookUrl },
          updated_at: app.createdAt,
          created_at: app.createdAt,
          app_id: app.id,
        },
        sender: accountShape(scene, app.owner),
      }
    },
  }

  function byIds(ids: readonly number[]): Repository[] {
    return scene.world.repositories.filter((one) => ids.includes(one.id))
  }

  function suiteOf(run: CheckRun) {
    const { dir, defaultBranch } = repositoryById(scene.world, run.repositoryId)
    const pull = scene.world.pulls.find(
      (one) => one.repositoryId === run.repositoryId && one.headSha === run.headSha,
    )
    return {
      id: run.suiteId,
      head_branch: pull?.headRef ?? (dir === null ? null : defaultBranch),
      head_sha: run.headSha,
      status: run.status,
      conclusion: run.conclusion,
      before: null,
      after: run.headSha,
      pull_requests: checkRunShape(scene, run).pull_requests,
      app: appShape(scene, appById(scene.world, run.appId)),
      created_at: run.startedAt,
      updated_at: run.completedAt ?? run.startedAt,
    }
  }
}

type PullOptions = { by?: string; before?: string; label?: string; app?: App; changes?: object }

export type Payloads = ReturnType<typeof makePayloads>
