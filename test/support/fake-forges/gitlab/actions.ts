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
import type { Payloads } from './payloads.ts'
import { projectById } from './shapes.ts'
import { type Delivery, levels, type MergeRequest, nextId, type Project } from './world.ts'

export type PushWish = Partial<Omit<CommitWish, 'atSeconds'>> & { by?: string }

export type MergeWish = {
  /** The branch it comes from, made where it is new. */
  branch: string
  files?: Record<string, string | null>
  title?: string
  target?: string
  /** Comes from this person's fork, made where there is none. */
  fork?: string
  by?: string
  draft?: boolean
  labels?: string[]
}

export type Told = { told?: boolean }

/** What people do on GitLab. Each tells the webhooks that listen, and waits for what they answer. */
export function makeActions(
  scene: Scene,
  payloads: Payloads,
  deliveries: Deliveries,
  root: string,
) {
  const { world } = scene
  const tell = (project: Project, event: string, payload: object, told = true) =>
    told ? deliveries.tell(project, event, payload) : Promise.resolve([])

  async function toldOfPush(
    project: Project,
    push: { ref: string; before: string; after: string; by: string },
    told = true,
  ) {
    const event = push.ref.startsWith('refs/tags/') ? 'Tag Push Hook' : 'Push Hook'
    return { ...push, deliveries: await tell(project, event, payloads.push(project, push), told) }
  }

  /** Who pushes has written it, unless told otherwise. */
  function authorOf(username: string | undefined): Pick<CommitWish, 'author'> {
    const person = world.people.find((one) => one.username === username)
    return person ? { author: { name: person.name, email: person.email } } : {}
  }

  /** Commits to a branch and pushes it; open merge requests of that branch move along. */
  async function push(project: Project, wish: PushWish = {}, { told = true }: Told = {}) {
    const branch = wish.branch ?? project.defaultBranch
    const atSeconds = Math.floor(scene.now() / 1000)
    const { before, after } = commitTo(dirOf(project), {
      ...authorOf(wish.by),
      ...wish,
      branch,
      atSeconds,
    })
    const ref = `refs/heads/${branch}`
    const done = await toldOfPush(project, { ref, before, after, by: wish.by ?? 'root' }, told)
    const moved = await moveAlong(project, branch, before, told)
    return { ...done, deliveries: [...done.deliveries, ...moved] }
  }

  /** Makes a tag or a branch at a commit, or removes it (null), and tells of it. */
  async function setRefAt(
    project: Project,
    ref: string,
    sha: string | null,
    { told = true }: Told = {},
  ) {
    const dir = dirOf(project)
    const before = shaOf(dir, ref) ?? noCommit
    setRef(dir, ref, sha)
    return toldOfPush(project, { ref, before, after: sha ?? noCommit, by: 'root' }, told)
  }

  function forkOf(project: Project, username: string): Project {
    const found = world.projects.find(
      (one) => one.forkOf === project.id && one.path.startsWith(`${username}/`),
    )
    if (found !== undefined) return found
    const name = project.path.split('/').at(-1) ?? ''
    const id = nextId(world)
    const made: Project = {
      ...project,
      id,
      path: `${username}/${name}`,
      members: { [username]: levels.owner },
      forkOf: project.id,
      formerPaths: [],
      dir: fork(root, `fork-${id}`, dirOf(project), project.defaultBranch),
    }
    world.projects.push(made)
    return made
  }

  /** Opens a merge request; its head and merge lie below refs/merge-requests/. */
  async function openMerge(project: Project, wish: MergeWish, { told = true }: Told = {}) {
    const source = wish.fork === undefined ? project : forkOf(project, wish.fork)
    const target = wish.target ?? project.defaultBranch
    const base = shaOf(dirOf(project), `refs/heads/${target}`)
    if (base === null) throw new Error(`${project.path} has no branch ${target}.`)
    const tip = shaOf(dirOf(source), `refs/heads/${wish.branch}`)
    if (tip === null || wish.files !== undefined) {
      if (source !== project) takeOver(dirOf(source), dirOf(project), base, 'refs/base')
      const commit: PushWish = {
        branch: wish.branch,
        files: wish.files ?? { 'feature.txt': 'new\n' },
        message: wish.title ?? 'Add a feature',
        by: wish.by ?? wish.fork ?? 'root',
        ...(tip === null ? { from: base } : {}),
      }
      await push(source, commit, { told })
    }
    const merge: MergeRequest = {
      id: nextId(world),
      iid: world.mergeRequests.filter((one) => one.projectId === project.id).length + 1,
      projectId: project.id,
      sourceProjectId: source.id,
      sourceBranch: wish.branch,
      targetBranch: target,
      headSha: '',
      mergeSha: null,
      title: wish.title ?? 'Add a feature',
      description: '',
      author: wish.by ?? wish.fork ?? 'root',
      draft: wish.draft ?? false,
      state: 'opened',
      labels: wish.labels ?? [],
      createdAt: new Date(scene.now()).toISOString(),
    }
    world.mergeRequests.push(merge)
    refresh(merge)
    const sent = await tell(
      project,
      'Merge Request Hook',
      payloads.mergeRequest(merge, 'open'),
      told,
    )
    return { merge, deliveries: sent }
  }

  /** Tells of a merge request: update (ready, labelled), reopen, close, merge, after changing it so. */
  async function changeMerge(
    merge: MergeRequest,
    action: 'update' | 'reopen' | 'close' | 'merge',
    change: Partial<Pick<MergeRequest, 'draft' | 'labels' | 'title'>> = {},
    { told = true }: Told = {},
  ) {
    const previous = { draft: merge.draft, title: merge.title, labels: merge.labels }
    Object.assign(merge, change)
    if (action === 'close') merge.state = 'closed'
    if (action === 'merge') merge.state = 'merged'
    if (action === 'reopen') merge.state = 'opened'
    const names = Object.keys(change) as (keyof typeof previous)[]
    const labelsOf = (labels: string[]) => labels.map((title, at) => ({ id: 300 + at, title }))
    const valueOf = (from: typeof previous, name: keyof typeof previous) =>
      name === 'labels' ? labelsOf(from.labels) : from[name]
    const changes = Object.fromEntries(
      names.map((name) => [
        name,
        { previous: valueOf(previous, name), current: valueOf(merge, name) },
      ]),
    )
    const payload = payloads.mergeRequest(merge, action, { changes })
    return tell(projectById(world, merge.projectId), 'Merge Request Hook', payload, told)
  }

  function refresh(merge: MergeRequest): void {
    const dir = dirOf(projectById(world, merge.projectId))
    const source = world.projects.find((one) => one.id === merge.sourceProjectId)
    const sha = source && shaOf(dirOf(source), `refs/heads/${merge.sourceBranch}`)
    const base = shaOf(dir, `refs/heads/${merge.targetBranch}`)
    if (!source || !sha || base === null) return
    merge.headSha = sha
    const name = `refs/merge-requests/${merge.iid}`
    takeOver(dir, dirOf(source), sha, `${name}/head`)
    merge.mergeSha = mergeOf(dir, base, sha, `Merge ${sha} into ${base}`)
    setRef(dir, `${name}/merge`, merge.mergeSha)
  }

  async function moveAlong(project: Project, branch: string, oldrev: string, told = true) {
    const sent: Delivery[] = []
    for (const merge of world.mergeRequests.filter((one) => one.state === 'opened')) {
      const isHead = merge.sourceProjectId === project.id && merge.sourceBranch === branch
      const isBase = merge.projectId === project.id && merge.targetBranch === branch
      if (isHead || isBase) refresh(merge)
      if (!isHead) continue
      const payload = payloads.mergeRequest(merge, 'update', { oldrev })
      const target = projectById(world, merge.projectId)
      sent.push(...(await tell(target, 'Merge Request Hook', payload, told)))
    }
    return sent
  }

  return { push, setRef: setRefAt, forkOf, openMerge, changeMerge, toldOfPush, moveAlong }
}

function dirOf(project: Project): string {
  if (project.dir === null) throw new Error(`${project.path} has no git directory.`)
  return project.dir
}

export type Actions = ReturnType<typeof makeActions>
