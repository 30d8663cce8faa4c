import {
  type CommitWish,
  commitTo,
  fork,
  mergeOf,
  noCommit,
  setRef,
  shaOf,
  takeOver,
} from '../git-store.ts'
import type { Scene } from './bearer.ts'
import type { Deliveries } from './deliveries.ts'
import { makeOwnerActions } from './owner-actions.ts'
import type { Payloads } from './payloads.ts'
import { appById, repositoryById } from './shapes.ts'
import {
  type App,
  type CheckRun,
  type Delivery,
  fullNameOf,
  installationOn,
  nextId,
  type Pull,
  type Repository,
} from './world.ts'

export type PushWish = Partial<Omit<CommitWish, 'atSeconds'>> & { by?: string }

export type PullWish = {
  /** The branch it comes from, made where it is new. */
  branch: string
  files?: Record<string, string | null>
  title?: string
  message?: string
  base?: string
  /** Comes from this person's fork, made where there is none. */
  fork?: string
  by?: string
  draft?: boolean
  labels?: string[]
}

/** `told: false` keeps an action from being told by webhook, as while Oore is down. */
export type Told = { told?: boolean }

/** What people do on GitHub. Each tells the Apps that listen, and waits for what they answer. */
export function makeActions(
  scene: Scene,
  payloads: Payloads,
  deliveries: Deliveries,
  root: string,
) {
  const { world } = scene

  /** Tells every App that reaches the repository and listens to the event. */
  async function tell(
    event: string,
    repository: Repository,
    payloadFor: (app: App) => object,
    told = true,
  ): Promise<Delivery[]> {
    const listening = world.apps.filter((app) => {
      const installation = installationOn(world, app.id, repository)
      return (
        told &&
        app.hookActive &&
        app.hookUrl !== null &&
        installation !== null &&
        installation.suspendedAt === null &&
        installation.events.includes(event)
      )
    })
    return Promise.all(listening.map((app) => deliveries.deliver(event, payloadFor(app), { app })))
  }

  const tellApp = async (event: string, app: App, payload: object, told = true) =>
    told && app.hookActive && app.hookUrl !== null
      ? [await deliveries.deliver(event, payload, { app })]
      : []

  async function toldOfPush(
    repository: Repository,
    push: { ref: string; before: string; after: string; by?: string },
    told = true,
  ) {
    const sent = await tell('push', repository, (app) => payloads.push(repository, push, app), told)
    return { ...push, deliveries: sent }
  }

  /** Who pushes has written it, unless told otherwise. */
  function authorOf(login: string | undefined): Pick<CommitWish, 'author'> {
    const person = world.people.find((one) => one.login === login)
    if (person === undefined) return {}
    const email = person.emails.find(({ primary }) => primary)?.email ?? ''
    return { author: { name: person.name ?? person.login, email } }
  }

  /** Commits to a branch and pushes it; open pull requests of that branch move along. */
  async function push(repository: Repository, wish: PushWish = {}, { told = true }: Told = {}) {
    const branch = wish.branch ?? repository.defaultBranch
    const atSeconds = Math.floor(scene.now() / 1000)
    const { before, after } = commitTo(dirOf(repository), {
      ...authorOf(wish.by),
      ...wish,
      branch,
      atSeconds,
    })
    const ref = `refs/heads/${branch}`
    const by = wish.by ? { by: wish.by } : {}
    const done = await toldOfPush(repository, { ref, before, after, ...by }, told)
    const moved = await moveAlong(repository, branch, before, told)
    return { ...done, deliveries: [...done.deliveries, ...moved] }
  }

  /** Makes a tag or a branch at a commit, or removes it (null), and tells of it. */
  async function setRefAt(
    repository: Repository,
    ref: string,
    sha: string | null,
    { told = true }: Told = {},
  ) {
    const dir = dirOf(repository)
    const before = shaOf(dir, ref) ?? noCommit
    setRef(dir, ref, sha)
    return toldOfPush(repository, { ref, before, after: sha ?? noCommit }, told)
  }

  /** The fork of a person: all branches, in a repository of their own. */
  function forkOf(repository: Repository, owner: string): Repository {
    const found = world.repositories.find(
      (one) => one.forkOf === repository.id && one.owner === owner,
    )
    if (found !== undefined) return found
    const { name, defaultBranch } = repository
    const made: Repository = {
      ...repository,
      id: nextId(world),
      owner,
      forkOf: repository.id,
      collaborators: {},
      formerNames: [],
      dir: fork(root, `${owner}-${name}-${world.lastId}`, dirOf(repository), defaultBranch),
    }
    world.repositories.push(made)
    return made
  }

  /** Opens a pull request with one new commit; its head and merge lie below refs/pull/. */
  async function openPull(repository: Repository, wish: PullWish, { told = true }: Told = {}) {
    const head = wish.fork === undefined ? repository : forkOf(repository, wish.fork)
    const baseRef = wish.base ?? repository.defaultBranch
    const baseSha = shaOf(dirOf(repository), `refs/heads/${baseRef}`)
    if (baseSha === null) throw new Error(`${fullNameOf(repository)} has no branch ${baseRef}.`)
    const headDir = dirOf(head)
    const tip = shaOf(headDir, `refs/heads/${wish.branch}`)
    if (tip === null || wish.files !== undefined) {
      const commit: PushWish = {
        branch: wish.branch,
        ...(tip === null ? { from: baseSha } : {}),
        files: wish.files ?? { 'feature.txt': 'new\n' },
        message: wish.message ?? wish.title ?? 'Add a feature',
        by: wish.by ?? wish.fork ?? repository.owner,
      }
      if (tip === null && head !== repository)
        takeOver(headDir, dirOf(repository), baseSha, 'refs/base')
      await push(head, commit, { told })
    }
    const numbers = world.pulls.filter((one) => one.repositoryId === repository.id)
    const pull: Pull = {
      id: nextId(world),
      number: numbers.length + 1,
      repositoryId: repository.id,
      headRepositoryId: head.id,
      headOwner: head.owner,
      headRef: wish.branch,
      headSha: '',
      baseRef,
      baseSha,
      mergeSha: null,
      title: wish.title ?? 'Add a feature',
      body: null,
      author: wish.by ?? wish.fork ?? repository.owner,
      draft: wish.draft ?? false,
      state: 'open',
      merged: false,
      labels: wish.labels ?? [],
      createdAt: new Date(scene.now()).toISOString(),
    }
    world.pulls.push(pull)
    refreshPull(pull)
    return { pull, deliveries: await tellPull(pull, 'opened', {}, told) }
  }

  /** Tells of a pull request: reopened, closed, labeled, ready_for_review, edited… after changing it so. */
  async function changePull(
    pull: Pull,
    action: string,
    { label, changes }: { label?: string; changes?: object } = {},
    { told = true }: Told = {},
  ) {
    if (action === 'closed') pull.state = 'closed'
    if (action === 'reopened') pull.state = 'open'
    if (action === 'ready_for_review') pull.draft = false
    if (action === 'converted_to_draft') pull.draft = true
    if (action === 'labeled' && label !== undefined) pull.labels.push(label)
    if (action === 'unlabeled') pull.labels = pull.labels.filter((one) => one !== label)
    const more = { ...(label ? { label } : {}), ...(changes ? { changes } : {}) }
    return tellPull(pull, action, more, told)
  }

  /** The fork of a pull request is deleted: what it showed stays, without a repository. */
  function dropFork(pull: Pull): void {
    world.repositories = world.repositories.filter((one) => one.id !== pull.headRepositoryId)
    pull.headRepositoryId = null
  }

  const tellPull = (
    pull: Pull,
    action: string,
    more: { before?: string; label?: string; changes?: object } = {},
    told = true,
  ) =>
    tell(
      'pull_request',
      repositoryById(world, pull.repositoryId),
      (app) => payloads.pullRequest(pull, action, { ...more, app }),
      told,
    )

  /** Brings refs/pull/N/head and merge to where the branches are. */
  function refreshPull(pull: Pull): void {
    const dir = dirOf(repositoryById(world, pull.repositoryId))
    const head = world.repositories.find((one) => one.id === pull.headRepositoryId)
    const sha = head && shaOf(dirOf(head), `refs/heads/${pull.headRef}`)
    if (!head || !sha) return
    pull.headSha = sha
    pull.baseSha = shaOf(dir, `refs/heads/${pull.baseRef}`) ?? pull.baseSha
    const name = `refs/pull/${pull.number}`
    takeOver(dir, dirOf(head), sha, `${name}/head`)
    pull.mergeSha = mergeOf(dir, pull.baseSha, sha, `Merge ${sha} into ${pull.baseSha}`)
    setRef(dir, `${name}/merge`, pull.mergeSha)
  }

  async function moveAlong(repository: Repository, branch: string, before: string, told = true) {
    const sent: Delivery[] = []
    for (const pull of world.pulls.filter((one) => one.state === 'open')) {
      const isHead = pull.headRepositoryId === repository.id && pull.headRef === branch
      const isBase = pull.repositoryId === repository.id && pull.baseRef === branch
      if (isHead || isBase) refreshPull(pull)
      if (isHead) sent.push(...(await tellPull(pull, 'synchronize', { before }, told)))
    }
    return sent
  }

  /** Somebody presses "Re-run" beside a check, or "Re-run all checks". */
  const rerun = (run: CheckRun, what: 'check_run' | 'check_suite' = 'check_run', by?: string) => {
    const payload =
      what === 'check_run'
        ? payloads.checkRun(run, 'rerequested', by)
        : payloads.checkSuite(run, 'rerequested', by)
    // GitHub sends these to the App that made the check, whatever it listens to.
    return tellApp(what, appById(world, run.appId), payload)
  }

  return {
    push,
    setRef: setRefAt,
    forkOf,
    openPull,
    changePull,
    dropFork,
    ...makeOwnerActions(scene, payloads, tellApp),
    rerun,
    toldOfPush,
    moveAlong,
  }
}

function dirOf(repository: Repository): string {
  if (repository.dir === null) throw new Error(`${fullNameOf(repository)} has no git directory.`)
  return repository.dir
}

export type Actions = ReturnType<typeof makeActions>
