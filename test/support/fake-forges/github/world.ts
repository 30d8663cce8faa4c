/*
 * What a GitHub knows, as plain data: it can be written to a file and read again. Nothing here
 * speaks HTTP.
 */

export type Person = {
  id: number
  login: string
  name: string | null
  emails: { email: string; primary: boolean; verified: boolean }[]
}

export type Org = {
  id: number
  login: string
  /** By login; `pending` was invited and has not come yet. */
  members: Record<string, { role: 'admin' | 'member'; state: 'active' | 'pending' }>
}

export type RepoPermission = 'admin' | 'maintain' | 'write' | 'triage' | 'read'

export type Repository = {
  id: number
  /** The login of its owner. */
  owner: string
  name: string
  private: boolean
  archived: boolean
  defaultBranch: string
  description: string | null
  /** Of a fork: the id of what it was made from. */
  forkOf: number | null
  collaborators: Record<string, RepoPermission>
  /** Its bare repository; null where a test needs none, which has any commit that is asked for. */
  dir: string | null
  /** Names it had before, as `owner/name`: GitHub sends these on. */
  formerNames: string[]
}

export type Permissions = Record<string, 'read' | 'write' | 'admin'>

export type App = {
  id: number
  slug: string
  name: string
  /** The login of its owner. */
  owner: string
  description: string | null
  externalUrl: string
  clientId: string
  clientSecret: string
  /** null where the App has no webhook. */
  webhookSecret: string | null
  privateKeyPem: string
  publicKeyPem: string
  hookId: number
  hookUrl: string | null
  hookActive: boolean
  hookContentType: 'json' | 'form'
  hookInsecureSsl: '0' | '1'
  callbackUrls: string[]
  setupUrl: string | null
  public: boolean
  permissions: Permissions
  events: string[]
  createdAt: string
}

export type Installation = {
  id: number
  appId: number
  account: string
  selection: 'all' | 'selected'
  /** Where selected. */
  repositoryIds: number[]
  /** What its owner has agreed to: an App's later wishes are not in it until accepted. */
  permissions: Permissions
  events: string[]
  suspendedAt: string | null
  createdAt: string
}

export type Token =
  | {
      is: 'installation'
      token: string
      installationId: number
      /** null is all that the installation may. */
      repositoryIds: number[] | null
      permissions: Permissions
      expiresAtMs: number
    }
  | {
      is: 'user'
      token: string
      refreshToken: string
      login: string
      appId: number
      expiresAtMs: number
    }
  /** A personal access token with the scope `repo`. */
  | { is: 'personal'; token: string; login: string | null }

export type Status = {
  id: number
  repositoryId: number
  sha: string
  context: string
  state: string
  description: string | null
  targetUrl: string | null
  createdAt: string
}

export type CheckOutput = {
  title: string | null
  summary: string | null
  text: string | null
  annotations: Record<string, unknown>[]
}

export type CheckRun = {
  id: number
  suiteId: number
  repositoryId: number
  appId: number
  name: string
  headSha: string
  status: string
  conclusion: string | null
  startedAt: string | null
  completedAt: string | null
  detailsUrl: string | null
  externalId: string
  output: CheckOutput
  actions: { label: string; description: string; identifier: string }[]
}

export type Comment = {
  id: number
  repositoryId: number
  issue: number
  body: string
  /** `oore[bot]`, or a person. */
  author: string
  appId: number | null
  createdAt: string
  updatedAt: string
}

export type Pull = {
  id: number
  number: number
  repositoryId: number
  /** null once the fork is gone. */
  headRepositoryId: number | null
  headOwner: string
  headRef: string
  headSha: string
  baseRef: string
  baseSha: string
  mergeSha: string | null
  title: string
  body: string | null
  author: string
  draft: boolean
  state: 'open' | 'closed'
  merged: boolean
  labels: string[]
  createdAt: string
}

export type Delivery = {
  id: number
  guid: string
  appId: number
  hookId: number
  deliveredAt: string
  redelivery: boolean
  durationSeconds: number
  status: string
  statusCode: number
  event: string
  action: string | null
  installationId: number | null
  repositoryId: number | null
  url: string
  requestHeaders: Record<string, string>
  requestBody: string
  responseHeaders: Record<string, string>
  responseBody: string
}

/** A code of the sign-in, or of the manifest flow, which is good once. */
export type Code =
  | {
      is: 'sign-in'
      code: string
      login: string
      clientId: string
      redirectUri: string
      challenge: string | null
      untilMs: number
    }
  | { is: 'manifest'; code: string; appId: number; untilMs: number }

export type World = {
  lastId: number
  people: Person[]
  orgs: Org[]
  repositories: Repository[]
  apps: App[]
  installations: Installation[]
  tokens: Token[]
  codes: Code[]
  statuses: Status[]
  checkRuns: CheckRun[]
  comments: Comment[]
  pulls: Pull[]
  deliveries: Delivery[]
  /** Who sits at the browser; null where nobody is signed in, who then denies what is asked. */
  currentPerson: string | null
}

export const emptyWorld = (): World => ({
  lastId: 1000,
  people: [],
  orgs: [],
  repositories: [],
  apps: [],
  installations: [],
  tokens: [],
  codes: [],
  statuses: [],
  checkRuns: [],
  comments: [],
  pulls: [],
  deliveries: [],
  currentPerson: null,
})

export const nextId = (world: World): number => (world.lastId += 1)

export const fullNameOf = ({ owner, name }: Repository): string => `${owner}/${name}`

/** GitHub's names are the same in any case of letters. */
export const isName = (one: string, other: string): boolean =>
  one.toLowerCase() === other.toLowerCase()

/** A repository by `owner/name`, or by a name it had before. */
export function repositoryNamed(world: World, fullName: string): Repository | null {
  const now = world.repositories.find((one) => isName(fullNameOf(one), fullName))
  const before = (one: Repository) => one.formerNames.some((name) => isName(name, fullName))
  return now ?? world.repositories.find(before) ?? null
}

/** Does this installation reach the repository? */
export function reaches(installation: Installation, repository: Repository): boolean {
  if (!isName(installation.account, repository.owner)) return false
  return installation.selection === 'all' || installation.repositoryIds.includes(repository.id)
}

/** The installation through which an App reaches a repository. */
export const installationOn = (
  world: World,
  appId: number,
  repository: Repository,
): Installation | null =>
  world.installations.find((one) => one.appId === appId && reaches(one, repository)) ?? null

/** What a person may do with a repository; null is nothing. */
export function permissionOf(
  world: World,
  repository: Repository,
  login: string,
): RepoPermission | null {
  const given = Object.entries(repository.collaborators).find(([name]) => isName(name, login))?.[1]
  if (isName(repository.owner, login)) return 'admin'
  const org = world.orgs.find((one) => isName(one.login, repository.owner))
  const member = Object.entries(org?.members ?? {}).find(([name]) => isName(name, login))?.[1]
  if (member?.state === 'active' && member.role === 'admin') return 'admin'
  if (given !== undefined) return given
  if (member?.state === 'active') return 'write'
  return repository.private ? null : 'read'
}
