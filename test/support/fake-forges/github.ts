import { createHash } from 'node:crypto'
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
import { accountRoutes } from './github/account-routes.ts'
import { makeActions } from './github/actions.ts'
import { appRoutes } from './github/app-routes.ts'
import { installApp, type Manifest, mintToken, registerApp } from './github/apps.ts'
import { problem, type Scene, tokenAllows, tokenReaches } from './github/bearer.ts'
import { checkRoutes } from './github/check-routes.ts'
import { makeDeliveries } from './github/deliveries.ts'
import { type Approval, conversionRoute, manifestRoutes } from './github/manifest.ts'
import { makePayloads } from './github/payloads.ts'
import { repositoryRoutes } from './github/repository-routes.ts'
import { signInRoutes, userRoutes } from './github/sign-in.ts'
import { webRoutes } from './github/web.ts'
import {
  type App,
  emptyWorld,
  type Installation,
  fullNameOf,
  nextId,
  type Org,
  type Permissions,
  type Person,
  type Repository,
  repositoryNamed,
  type World,
} from './github/world.ts'

export type FakeGithubOptions = {
  /** Milliseconds since 1970; the machine's clock where none is given. */
  now?: () => number
  port?: number
  /** Where its repositories lie; a directory of its own, removed with it, where none is given. */
  root?: string
  /** Goes on with what an earlier one knew. */
  world?: World
  /** A personal access token that may everything. */
  token?: string
  /** Repositories without a git directory, as `owner/name`. */
  repositories?: readonly string[]
}

export type FakeGithub = Awaited<ReturnType<typeof startFakeGithub>>

const apiVersions = ['2022-11-28', '2026-03-10']
const rateLimitDefault = 5000

/** A primary limit, as docs.github.com, "Rate limits for the REST API" says it is told. */
export const primaryLimit = (resetAtSeconds: number): Fate => ({
  status: 403,
  headers: {
    'x-ratelimit-limit': '5000',
    'x-ratelimit-remaining': '0',
    'x-ratelimit-reset': String(resetAtSeconds),
  },
  json: problem(403, 'API rate limit exceeded for installation.').json,
})

/** A secondary limit, which names its pause. */
export const secondaryLimit = (seconds: number, status: 403 | 429 = 403): Fate => ({
  status,
  headers: { 'retry-after': String(seconds) },
  json: problem(
    status,
    'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.',
  ).json,
})

/**
 * GitHub Enterprise Server: web pages at `url`, the API at `apiUrl`, repositories by git at
 * `url/owner/name.git`. It checks what it is asked and keeps what it was told.
 */
export async function startFakeGithub(options: FakeGithubOptions = {}) {
  const world = options.world ?? emptyWorld()
  const root = options.root ?? mkdtempSync(join(tmpdir(), 'oore-github-'))
  const now = options.now ?? Date.now
  const breaches: string[] = []
  const approval: Approval = { byHand: false }
  const rate = { limit: rateLimitDefault, used: 0, resetAtMs: now() + 3_600_000 }
  // Its address is known once it listens, and nothing is asked before.
  const scene: Scene = {
    world,
    now,
    url: () => server.url,
    apiUrl: () => `${server.url}/api/v3`,
    breaches,
  }
  const deliveries = makeDeliveries(scene)
  const payloads = makePayloads(scene)
  const actions = makeActions(scene, payloads, deliveries, root)
  const installed = (installation: Installation, isNew: boolean) =>
    isNew ? actions.changeInstallation(installation, 'created') : Promise.resolve()

  const server: ForgeServer = await startForge({
    apiPrefix: '/api/v3',
    api: [
      conversionRoute(scene),
      ...appRoutes(scene, deliveries),
      ...userRoutes(scene),
      ...accountRoutes(scene),
      ...checkRoutes(scene),
      ...repositoryRoutes(scene),
    ],
    web: [
      ...manifestRoutes(scene, approval, installed),
      ...signInRoutes(scene, approval),
      ...webRoutes(scene, actions, deliveries),
    ],
    beforeApi: (call) => faultOfHeaders(call, breaches) ?? overLimit(call),
    afterApi,
    noEndpoint: problem(404, 'Not Found'),
    breaches,
    git: { access: gitAccess, refs: refsOf, pushed },
    ...(options.port === undefined ? {} : { port: options.port }),
  })

  if (options.token !== undefined) addToken(options.token)
  for (const name of options.repositories ?? []) addRepository(name, { dir: null })

  function overLimit(call: Call): Reply | null {
    if (call.path.startsWith('/api/v3/app-manifests/')) return null
    if (now() >= rate.resetAtMs) Object.assign(rate, { used: 0, resetAtMs: now() + 3_600_000 })
    if (rate.used >= rate.limit) return problem(403, 'API rate limit exceeded for installation.')
    rate.used += 1
    return null
  }

  /** Gives an answer its tag and says how many requests are left; one that has not changed is 304. */
  function afterApi(call: Call, reply: Reply): Reply {
    const isRead = call.method === 'GET' && reply.status === 200
    const etag = `W/"${createHash('sha256').update(JSON.stringify(reply.json)).digest('hex')}"`
    const isSame = isRead && call.headers['if-none-match'] === etag
    // GitHub counts no request that it answers with 304.
    if (isSame) rate.used -= 1
    return {
      ...(isSame ? {} : reply),
      status: isSame ? 304 : reply.status,
      headers: {
        ...reply.headers,
        ...(isRead ? { etag } : {}),
        'x-github-request-id': `FAKE:${rate.used}`,
        'x-ratelimit-limit': String(rate.limit),
        'x-ratelimit-remaining': String(Math.max(0, rate.limit - rate.used)),
        'x-ratelimit-used': String(rate.used),
        'x-ratelimit-reset': String(Math.ceil(rate.resetAtMs / 1000)),
        'x-ratelimit-resource': 'core',
      },
    }
  }

  function gitAccess(path: string, login: GitLogin | null, wants: 'read' | 'write'): GitAccess {
    const repository = repositoryNamed(world, path)
    const dir = repository?.dir ?? null
    const token = world.tokens.find((one) => one.token === login?.password)
    // Whether there is such a repository is told only to who may know.
    if (login !== null && token === undefined) return { status: 401 }
    if (repository === null || dir === null) return { status: login === null ? 401 : 404 }
    if (token === undefined) {
      return repository.private || wants === 'write' ? { status: 401 } : { dir }
    }
    if (token.is !== 'installation') return { dir }
    const installation = world.installations.find((one) => one.id === token.installationId)
    const app = world.apps.find((one) => one.id === installation?.appId)
    if (!installation || !app || token.expiresAtMs <= now()) return { status: 401 }
    if (login?.username !== 'x-access-token') {
      breaches.push(`git signs in as ${login?.username}, not as x-access-token`)
    }
    const bearer = { is: 'installation' as const, token, installation, app }
    if (installation.suspendedAt !== null) return { status: 403 }
    if (!tokenReaches(bearer, repository)) return { status: repository.private ? 404 : 403 }
    return tokenAllows(bearer, 'contents', wants) ? { dir } : { status: 403 }
  }

  async function pushed(path: string, _: GitLogin | null, before: Record<string, string>) {
    const repository = repositoryNamed(world, path)
    if (!repository?.dir) return
    const after = refsOf(repository.dir)
    for (const ref of new Set([...Object.keys(before), ...Object.keys(after)])) {
      const [from = noCommit, to = noCommit] = [before[ref], after[ref]]
      if (from === to) continue
      await actions.toldOfPush(repository, { ref, before: from, after: to })
      await actions.moveAlong(repository, ref.replace('refs/heads/', ''), from)
    }
  }

  function addPerson(login: string, more: Partial<Omit<Person, 'id' | 'login'>> = {}): Person {
    const emails = [{ email: `${login}@example.com`, primary: true, verified: true }]
    const person = { id: nextId(world), login, name: login, emails, ...more }
    world.people.push(person)
    return person
  }

  /** `members` by login; all are active. */
  function addOrg(login: string, members: Record<string, 'admin' | 'member'> = {}): Org {
    const active = Object.entries(members).map(
      ([name, role]) => [name, { role, state: 'active' as const }] as const,
    )
    const org: Org = { id: nextId(world), login, members: Object.fromEntries(active) }
    world.orgs.push(org)
    return org
  }

  /** A private repository with one commit, unless told otherwise; `dir` takes one that is there. */
  function addRepository(
    fullName: string,
    more: Partial<Omit<Repository, 'id' | 'owner' | 'name'>> & {
      files?: Record<string, string>
    } = {},
  ): Repository {
    const [owner = '', name = ''] = fullName.split('/')
    const { files = { 'README.md': 'A repository\n' }, ...given } = more
    const id = nextId(world)
    const branch = given.defaultBranch ?? 'main'
    const dir =
      given.dir === undefined ? makeBare(root, `${owner}-${name}-${id}`, branch) : given.dir
    const repository: Repository = {
      id,
      owner,
      name,
      private: true,
      archived: false,
      defaultBranch: branch,
      description: null,
      forkOf: null,
      collaborators: {},
      formerNames: [],
      ...given,
      dir,
    }
    world.repositories.push(repository)
    if (given.dir === undefined && dir !== null) {
      commitTo(dir, { branch, files, message: 'Begin', atSeconds: Math.floor(now() / 1000) })
    }
    return repository
  }

  function addToken(token: string, login: string | null = null): void {
    world.tokens.push({ is: 'personal', token, login })
  }

  return {
    ...server,
    apiUrl: `${server.url}/api/v3`,
    world,
    payloads,
    ...actions,
    deliver: deliveries.deliver,
    redeliver: deliveries.redeliver,
    addPerson,
    addOrg,
    addRepository,
    addToken,
    /** An App as the manifest flow makes it, without the flow. */
    addApp: (manifest: Manifest, owner: string): App => registerApp(scene, manifest, owner),
    /** Installs without telling of it; `changeInstallation(…, 'created')` tells. */
    install(app: App, account: string, repositories: readonly Repository[] | 'all' = 'all') {
      const ids = repositories === 'all' ? repositories : repositories.map((one) => one.id)
      return installApp(scene, app, account, ids)
    },
    /** A token as the App would get it. */
    token: (
      installation: Installation,
      permissions: Permissions = installation.permissions,
      repositories: readonly Repository[] | null = null,
    ) => {
      const repositoryIds = repositories?.map((one) => one.id) ?? null
      return mintToken(scene, installation, { repositoryIds, permissions }).token
    },
    repository(fullName: string): Repository {
      const found = repositoryNamed(world, fullName)
      if (found === null) throw new Error(`There is no repository ${fullName}.`)
      return found
    },
    /** Who sits at the browser; null denies whatever is asked. */
    signIn: (login: string | null) => void (world.currentPerson = login),
    /** Asks in the browser before it agrees to anything. */
    askByHand: () => void (approval.byHand = true),
    /** What is left of the primary limit, until its end. */
    limitTo: (left: number, resetAtMs = now() + 3_600_000) =>
      void Object.assign(rate, { used: rate.limit - left, resetAtMs }),
    /** Every status that was taken, in order. */
    get kept(): KeptStatus[] {
      return keptOf(world)
    },
    /** The state that GitHub shows for this check; null where it has none. */
    shown: (sha: string, context: string): string | null =>
      keptOf(world).findLast((one) => one.sha === sha && one.context === context)?.state ?? null,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]()
      if (options.root === undefined) rmSync(root, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

/** What GitHub asks of every request: docs.github.com, "Getting started with the REST API". */
function faultOfHeaders({ method, path, headers, body }: Call, breaches: string[]): Reply | null {
  const version = headers['x-github-api-version']
  const wrong = [
    headers['accept'] === 'application/vnd.github+json' || `accept is ${headers['accept']}`,
    version !== undefined || 'no version of the API is named',
    !!headers['user-agent'] || 'no user agent',
    method === 'GET' || typeof body !== 'string' || 'the body is no JSON',
  ].filter((found) => found !== true)
  breaches.push(...wrong.map((found) => `${method} ${path}: ${found}`))
  if (!headers['user-agent']) return problem(403, 'Request forbidden by administrative rules.')
  if (typeof body === 'string') return problem(400, 'Problems parsing JSON')
  if (version === undefined || apiVersions.includes(version)) return null
  breaches.push(`${method} ${path}: the version of the API is ${version}`)
  return problem(400, `Version ${version} is not a supported API version.`)
}

const keptOf = (world: World): KeptStatus[] =>
  world.statuses.map((one) => {
    const repository = world.repositories.find(({ id }) => id === one.repositoryId)
    return {
      repository: repository ? fullNameOf(repository) : '',
      sha: one.sha,
      context: one.context,
      state: one.state,
      description: one.description,
      url: one.targetUrl,
      ref: null,
    }
  })
