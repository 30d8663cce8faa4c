import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type Call,
  type Fate,
  type ForgeServer,
  type GitAccess,
  type GitLogin,
  type KeptStatus,
  type Reply,
  startForge,
} from './forge.ts'
import { commitTo, makeBare, noCommit, refsOf } from './git-store.ts'
import { makeActions } from './gitlab/actions.ts'
import type { Scene } from './gitlab/bearer.ts'
import { makeDeliveries } from './gitlab/deliveries.ts'
import { hookRoutes } from './gitlab/hook-routes.ts'
import { oauthRoutes } from './gitlab/oauth.ts'
import { makePayloads } from './gitlab/payloads.ts'
import { projectRoutes } from './gitlab/project-routes.ts'
import { webRoutes } from './gitlab/web.ts'
import { userRoutes } from './gitlab/user-routes.ts'
import {
  type AccessLevel,
  accessOf,
  emptyWorld,
  type Group,
  levels,
  nextId,
  type OauthApp,
  type Person,
  type Project,
  projectNamed,
  type World,
} from './gitlab/world.ts'

export type FakeGitlabOptions = {
  /** Milliseconds since 1970; the machine's clock where none is given. */
  now?: () => number
  port?: number
  /** The instance lies below this path: `/gitlab`. */
  prefix?: string
  tls?: { key: string; cert: string }
  version?: string
  /** Whether its webhooks can be signed, as newer versions do. */
  signs?: boolean
  root?: string
  world?: World
  /** A personal access token that may everything. */
  token?: string
  /** Projects without a git directory, as their paths. */
  projects?: readonly string[]
}

export type FakeGitlab = Awaited<ReturnType<typeof startFakeGitlab>>

/** A rate limit, as docs.gitlab.com, "Rate limits" says it is told. */
export const rateLimited = (seconds: number, nowMs = Date.now()): Fate => ({
  status: 429,
  headers: {
    'retry-after': String(seconds),
    'ratelimit-limit': '60',
    'ratelimit-name': 'throttle_authenticated_api',
    'ratelimit-observed': '67',
    'ratelimit-remaining': '0',
    'ratelimit-reset': String(Math.ceil(nowMs / 1000) + seconds),
  },
  json: { message: '429 Too Many Requests' },
})

/**
 * A GitLab at `url`, with the API at `apiUrl` and repositories by git at `url/group/project.git`. It
 * checks what it is asked and keeps what it was told.
 */
export async function startFakeGitlab(options: FakeGitlabOptions = {}) {
  const world = options.world ?? emptyWorld()
  const root = options.root ?? mkdtempSync(join(tmpdir(), 'oore-gitlab-'))
  const now = options.now ?? Date.now
  const breaches: string[] = []
  const approval = { byHand: false }
  const { port, prefix, tls } = options
  const scene: Scene = {
    world,
    now,
    url: () => server.url,
    breaches,
    version: options.version ?? '18.5.0',
    signs: options.signs ?? true,
  }
  const payloads = makePayloads(scene)
  const deliveries = makeDeliveries(scene, payloads)
  const actions = makeActions(scene, payloads, deliveries, root)

  const server: ForgeServer = await startForge({
    apiPrefix: '/api/v4',
    api: [...hookRoutes(scene, deliveries), ...projectRoutes(scene), ...userRoutes(scene)],
    web: [...oauthRoutes(scene, approval), ...webRoutes(scene, actions, deliveries, addApp)],
    beforeApi: faultOfBody,
    afterApi,
    noEndpoint: { status: 404, json: { error: '404 Not Found' } },
    breaches,
    git: { access: gitAccess, refs: refsOf, pushed },
    ...(port === undefined ? {} : { port }),
    ...(prefix === undefined ? {} : { prefix }),
    ...(tls === undefined ? {} : { tls }),
  })

  if (options.token !== undefined) addToken(options.token)
  for (const path of options.projects ?? []) addProject(path, { dir: null })

  function faultOfBody({ method, path, body }: Call): Reply | null {
    if (typeof body !== 'string') return null
    breaches.push(`${method} ${path}: the body is neither JSON nor a form`)
    return { status: 400, json: { error: 'body is invalid' } }
  }

  function afterApi(_: Call, reply: Reply): Reply {
    const headers = {
      ...reply.headers,
      'ratelimit-limit': '2000',
      'ratelimit-observed': '1',
      'ratelimit-remaining': '1999',
      'ratelimit-reset': String(Math.ceil(now() / 1000) + 60),
      'x-request-id': `FAKE${randomBytes(8).toString('hex')}`,
    }
    return { ...reply, headers }
  }

  function gitAccess(path: string, login: GitLogin | null, wants: 'read' | 'write'): GitAccess {
    const project = projectNamed(world, path)
    const dir = project?.dir ?? null
    const token = world.tokens.find((one) => one.token === login?.password)
    const isOver =
      token !== undefined &&
      (token.isRevoked || (token.expiresAtMs !== null && token.expiresAtMs <= now()))
    if (login !== null && (token === undefined || isOver)) return { status: 401 }
    if (project === null || dir === null) return { status: login === null ? 401 : 404 }
    if (token === undefined) {
      return project.visibility === 'public' && wants === 'read' ? { dir } : { status: 401 }
    }
    if (token.is === 'oauth' && login?.username !== 'oauth2') {
      breaches.push(`git signs in as ${login?.username}, not as oauth2`)
      return { status: 401 }
    }
    const scopes =
      wants === 'read'
        ? ['api', 'read_repository', 'write_repository']
        : ['api', 'write_repository']
    if (!token.scopes.some((scope) => scopes.includes(scope))) return { status: 403 }
    const { level } = accessOf(world, project, token.username)
    if (level === 0 && project.visibility === 'private') return { status: 404 }
    if (wants === 'read') {
      return level >= levels.reporter || project.visibility !== 'private'
        ? { dir }
        : { status: 403 }
    }
    return level >= levels.developer && !project.archived ? { dir } : { status: 403 }
  }

  async function pushed(path: string, login: GitLogin | null, before: Record<string, string>) {
    const project = projectNamed(world, path)
    if (!project?.dir) return
    const by = world.tokens.find((one) => one.token === login?.password)?.username ?? 'root'
    const after = refsOf(project.dir)
    for (const ref of new Set([...Object.keys(before), ...Object.keys(after)])) {
      const [from = noCommit, to = noCommit] = [before[ref], after[ref]]
      if (from === to) continue
      await actions.toldOfPush(project, { ref, before: from, after: to, by })
      await actions.moveAlong(project, ref.replace('refs/heads/', ''), from)
    }
  }

  function addPerson(
    username: string,
    more: Partial<Omit<Person, 'id' | 'username'>> = {},
  ): Person {
    const person: Person = {
      id: nextId(world),
      username,
      name: username,
      email: `${username}@example.com`,
      confirmedAt: '2026-01-05T09:00:00.000Z',
      state: 'active',
      ...more,
    }
    world.people.push(person)
    return person
  }

  function addGroup(path: string, members: Record<string, AccessLevel> = {}): Group {
    const group = { id: nextId(world), path, members }
    world.groups.push(group)
    return group
  }

  /** A private project with one commit, unless told otherwise; `dir` takes one that is there. */
  function addProject(
    path: string,
    more: Partial<Omit<Project, 'id' | 'path'>> & { files?: Record<string, string> } = {},
  ): Project {
    const { files = { 'README.md': 'A project\n' }, ...given } = more
    const id = nextId(world)
    const branch = given.defaultBranch ?? 'main'
    const dir = given.dir === undefined ? makeBare(root, `project-${id}`, branch) : given.dir
    const project: Project = {
      id,
      path,
      visibility: 'private',
      archived: false,
      defaultBranch: branch,
      members: {},
      forkOf: null,
      formerPaths: [],
      ...given,
      dir,
    }
    world.projects.push(project)
    if (given.dir === undefined && dir !== null) {
      commitTo(dir, { branch, files, message: 'Begin', atSeconds: Math.floor(now() / 1000) })
    }
    return project
  }

  /** An OAuth application, as somebody enters it under "Applications". */
  function addApp(
    redirectUris: string[],
    scopes: string[] = ['api', 'read_user', 'read_repository'],
  ): OauthApp {
    const app: OauthApp = {
      id: nextId(world),
      name: 'Oore',
      clientId: randomBytes(32).toString('hex'),
      clientSecret: `gloas-${randomBytes(32).toString('hex')}`,
      redirectUris,
      scopes,
    }
    world.apps.push(app)
    return app
  }

  /** A personal access token; of nobody, it may everything its scopes allow. */
  function addToken(
    token: string,
    username: string | null = null,
    scopes: string[] = ['api'],
  ): void {
    world.tokens.push({
      is: 'personal',
      token,
      refreshToken: null,
      appId: null,
      username,
      scopes,
      expiresAtMs: null,
      isRevoked: false,
    })
  }

  return {
    ...server,
    apiUrl: `${server.url}/api/v4`,
    world,
    payloads,
    ...actions,
    deliver: deliveries.deliver,
    redeliver: deliveries.redeliver,
    addPerson,
    addGroup,
    addProject,
    addApp,
    addToken,
    project(path: string): Project {
      const found = projectNamed(world, path)
      if (found === null) throw new Error(`There is no project ${path}.`)
      return found
    },
    /** Who sits at the browser; null denies whatever is asked. */
    signIn: (username: string | null) => void (world.currentPerson = username),
    /** Asks in the browser before it agrees to anything. */
    askByHand: () => void (approval.byHand = true),
    /** Somebody takes the access away again, in the settings of their account. */
    revokeAll: () => world.tokens.forEach((token) => (token.isRevoked = true)),
    /** Every status that was taken, in order. */
    get kept(): KeptStatus[] {
      return keptOf(world)
    },
    /** The state that GitLab shows for this check; null where it has none. */
    shown: (sha: string, name: string): string | null =>
      keptOf(world).findLast((one) => one.sha === sha && one.context === name)?.state ?? null,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]()
      if (options.root === undefined) rmSync(root, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

const keptOf = (world: World): KeptStatus[] =>
  world.statuses.map((one) => ({
    repository: world.projects.find(({ id }) => id === one.projectId)?.path ?? '',
    sha: one.sha,
    context: one.name,
    state: one.state,
    description: one.description,
    url: one.targetUrl,
    ref: one.ref,
  }))
