/* What a GitLab knows, as plain data: it can be written to a file and read again. */

export type AccessLevel = 10 | 20 | 30 | 40 | 50

export const levels = { guest: 10, reporter: 20, developer: 30, maintainer: 40, owner: 50 } as const

export type Person = {
  id: number
  username: string
  name: string
  email: string
  /** null until the address is confirmed. */
  confirmedAt: string | null
  state: 'active' | 'blocked'
}

export type Group = { id: number; path: string; members: Record<string, AccessLevel> }

export type Project = {
  id: number
  /** With its groups: `lumen/apps/wallet`. */
  path: string
  visibility: 'private' | 'internal' | 'public'
  archived: boolean
  defaultBranch: string
  members: Record<string, AccessLevel>
  forkOf: number | null
  /** Its bare repository; null where a test needs none, which has any commit that is asked for. */
  dir: string | null
  formerPaths: string[]
}

export type OauthApp = {
  id: number
  name: string
  clientId: string
  clientSecret: string
  redirectUris: string[]
  scopes: string[]
}

export type Token = {
  is: 'oauth' | 'personal'
  token: string
  refreshToken: string | null
  appId: number | null
  /** null is somebody who may everything. */
  username: string | null
  scopes: string[]
  expiresAtMs: number | null
  isRevoked: boolean
}

export type Code = {
  code: string
  appId: number
  username: string
  redirectUri: string
  scopes: string[]
  challenge: string | null
  untilMs: number
}

export type Hook = {
  id: number
  projectId: number
  url: string
  name: string
  description: string
  /** null where it has none: GitLab never shows either. */
  token: string | null
  signingToken: string | null
  events: Record<string, boolean>
  branchFilter: string
  sslVerification: boolean
  alertStatus: 'executable' | 'temporarily_disabled' | 'disabled'
  createdAt: string
}

export type Delivery = {
  id: number
  hookId: number
  projectId: number
  /** `Push Hook` */
  event: string
  idempotencyKey: string
  eventUuid: string
  url: string
  sentAt: string
  requestHeaders: Record<string, string>
  requestBody: string
  status: string
  statusCode: number
  responseHeaders: Record<string, string>
  responseBody: string
  durationSeconds: number
}

export type Status = {
  id: number
  projectId: number
  sha: string
  name: string
  state: string
  description: string | null
  targetUrl: string | null
  ref: string | null
  createdAt: string
}

export type MergeRequest = {
  id: number
  iid: number
  projectId: number
  /** null once the fork is gone. */
  sourceProjectId: number | null
  sourceBranch: string
  targetBranch: string
  headSha: string
  mergeSha: string | null
  title: string
  description: string
  author: string
  draft: boolean
  state: 'opened' | 'closed' | 'merged'
  labels: string[]
  createdAt: string
}

export type Note = {
  id: number
  projectId: number
  iid: number
  body: string
  author: string
  createdAt: string
  updatedAt: string
}

export type World = {
  lastId: number
  people: Person[]
  groups: Group[]
  projects: Project[]
  apps: OauthApp[]
  tokens: Token[]
  codes: Code[]
  hooks: Hook[]
  deliveries: Delivery[]
  statuses: Status[]
  mergeRequests: MergeRequest[]
  notes: Note[]
  currentPerson: string | null
}

export const emptyWorld = (): World => ({
  lastId: 4000,
  people: [],
  groups: [],
  projects: [],
  apps: [],
  tokens: [],
  codes: [],
  hooks: [],
  deliveries: [],
  statuses: [],
  mergeRequests: [],
  notes: [],
  currentPerson: null,
})

export const nextId = (world: World): number => (world.lastId += 1)

/** A project by number or path, also by a path it had before. */
export function projectNamed(world: World, id: string): Project | null {
  const by = (fits: (one: Project) => boolean) => world.projects.find(fits) ?? null
  if (/^\d+$/.test(id)) return by((one) => String(one.id) === id)
  const path = id.toLowerCase()
  return (
    by((one) => one.path.toLowerCase() === path) ??
    by((one) => one.formerPaths.some((former) => former.toLowerCase() === path))
  )
}

export type Access = { project: number | null; group: number | null; level: number }

/** What somebody may do with a project, by being its member or one of the groups it lies in. */
export function accessOf(world: World, project: Project, username: string | null): Access {
  if (username === null) return { project: levels.owner, group: null, level: levels.owner }
  const isOwn = project.path.startsWith(`${username}/`)
  const own = isOwn ? levels.owner : (project.members[username] ?? null)
  const above = world.groups.filter((group) => project.path.startsWith(`${group.path}/`))
  const ofGroups = above.flatMap(({ members }) => members[username] ?? [])
  const group = ofGroups.length === 0 ? null : Math.max(...ofGroups)
  return { project: own, group, level: Math.max(own ?? 0, group ?? 0) }
}
