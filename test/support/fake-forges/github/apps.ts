import { generateKeyPairSync, randomBytes } from 'node:crypto'
import type { Scene } from './bearer.ts'
import {
  type App,
  type Installation,
  isName,
  nextId,
  type Permissions,
  type Token,
  type World,
} from './world.ts'

/** What an App is registered with: docs.github.com, "Registering a GitHub App from a manifest". */
export type Manifest = {
  name: string
  url: string
  hook_attributes?: { url: string; active?: boolean }
  redirect_url?: string
  callback_urls?: string[]
  setup_url?: string
  description?: string
  public?: boolean
  default_events?: string[]
  default_permissions?: Permissions
  request_oauth_on_install?: boolean
  setup_on_update?: boolean
}

const fields = [
  'name',
  'url',
  'hook_attributes',
  'redirect_url',
  'callback_urls',
  'setup_url',
  'description',
  'public',
  'default_events',
  'default_permissions',
  'request_oauth_on_install',
  'setup_on_update',
]

/** Which permission an event needs, one of those named. An event that is not here is always sent, or unknown. */
const eventNeeds: Record<string, readonly string[]> = {
  check_run: ['checks'],
  check_suite: ['checks'],
  create: ['contents'],
  delete: ['contents'],
  issue_comment: ['issues', 'pull_requests'],
  issues: ['issues'],
  label: ['metadata'],
  member: ['members'],
  merge_group: ['merge_queues'],
  organization: ['members'],
  public: ['metadata'],
  pull_request: ['pull_requests'],
  pull_request_review: ['pull_requests'],
  pull_request_review_comment: ['pull_requests'],
  push: ['contents'],
  release: ['contents'],
  repository: ['metadata'],
  status: ['statuses'],
  workflow_run: ['actions'],
}

const permissionNames = [
  'actions',
  'administration',
  'checks',
  'contents',
  'email_addresses',
  'emails',
  'issues',
  'members',
  'merge_queues',
  'metadata',
  'organization_administration',
  'pull_requests',
  'repository_hooks',
  'statuses',
  'workflows',
]

const nameMax = 34

/** What is wrong with a manifest, in words; empty where an App can be made of it. */
export function faultsOfManifest(world: World, manifest: Record<string, unknown>): string[] {
  const { name, url, hook_attributes: hook, callback_urls: callbacks } = manifest
  const permissions = (manifest['default_permissions'] ?? {}) as Record<string, unknown>
  const events = (manifest['default_events'] ?? []) as unknown[]
  const faults: string[] = []
  const check = (fits: boolean, fault: string) => fits || faults.push(fault)
  for (const field of Object.keys(manifest)) {
    check(fields.includes(field), `${field} is no field of a manifest`)
  }
  check(typeof name === 'string' && name !== '', 'Name can’t be blank')
  check(String(name ?? '').length <= nameMax, `Name is longer than ${nameMax} characters`)
  const slug = slugOf(String(name ?? ''))
  check(!world.apps.some((app) => app.slug === slug), 'Name is already taken')
  check(isWebAddress(url), 'url must be a valid URL')
  if (hook !== undefined) {
    const { url: hookUrl } = (hook ?? {}) as Record<string, unknown>
    check(isWebAddress(hookUrl), 'hook_attributes.url must be a valid URL')
  }
  for (const field of ['redirect_url', 'setup_url']) {
    const value = manifest[field]
    if (value !== undefined) check(isWebAddress(value), `${field} must be a valid URL`)
  }
  if (callbacks !== undefined) {
    const list = Array.isArray(callbacks) ? callbacks : [null]
    check(list.length <= 10 && list.every(isWebAddress), 'callback_urls must be up to 10 URLs')
  }
  if (manifest['public'] !== undefined) {
    check(typeof manifest['public'] === 'boolean', 'public must be a boolean')
  }
  for (const [permission, level] of Object.entries(permissions)) {
    check(
      permissionNames.includes(permission),
      `Default permission records resource is not included in the list: ${permission}`,
    )
    check(
      ['read', 'write', 'admin'].includes(String(level)),
      `${permission}: ${String(level)} is no level`,
    )
  }
  for (const event of events) {
    const needs = eventNeeds[String(event)]
    check(
      needs !== undefined && needs.some((one) => one === 'metadata' || one in permissions),
      `Default events unsupported: ${String(event)}`,
    )
  }
  return faults
}

/** Registers an App. The manifest must have no faults. */
export function registerApp(scene: Scene, manifest: Manifest, owner: string): App {
  const { world } = scene
  const { publicKey, privateKey } = keyPair()
  const permissions: Permissions = { ...manifest.default_permissions, metadata: 'read' }
  const app: App = {
    id: nextId(world),
    slug: slugOf(manifest.name),
    name: manifest.name,
    owner,
    description: manifest.description ?? null,
    externalUrl: manifest.url,
    clientId: `Iv23li${randomBytes(7).toString('hex')}`,
    clientSecret: randomBytes(20).toString('hex'),
    webhookSecret: manifest.hook_attributes ? randomBytes(20).toString('hex') : null,
    privateKeyPem: privateKey,
    publicKeyPem: publicKey,
    hookId: nextId(world),
    hookUrl: manifest.hook_attributes?.url ?? null,
    hookActive: manifest.hook_attributes?.active ?? manifest.hook_attributes !== undefined,
    hookContentType: 'json',
    hookInsecureSsl: '0',
    callbackUrls: manifest.callback_urls ?? [],
    setupUrl: manifest.setup_url ?? null,
    public: manifest.public ?? true,
    permissions,
    events: manifest.default_events ?? [],
    createdAt: new Date(scene.now()).toISOString(),
  }
  world.apps.push(app)
  return app
}

/** Puts an App on an account, with all its repositories or those of these ids. */
export function installApp(
  scene: Scene,
  app: App,
  account: string,
  repositoryIds: number[] | 'all',
): Installation {
  const installation: Installation = {
    id: nextId(scene.world),
    appId: app.id,
    account,
    selection: repositoryIds === 'all' ? 'all' : 'selected',
    repositoryIds: repositoryIds === 'all' ? [] : repositoryIds,
    permissions: { ...app.permissions },
    events: [...app.events],
    suspendedAt: null,
    createdAt: new Date(scene.now()).toISOString(),
  }
  scene.world.installations.push(installation)
  return installation
}

/** The App's installation on this account, if it has one. */
export const installationAt = (world: World, app: App, account: string): Installation | null =>
  world.installations.find((one) => one.appId === app.id && isName(one.account, account)) ?? null

const installationTokenMs = 3_600_000

/** A token of an installation, good for an hour. */
export function mintToken(
  scene: Scene,
  installation: Installation,
  limits: { repositoryIds: number[] | null; permissions: Permissions },
): Token & { is: 'installation' } {
  const token = {
    is: 'installation' as const,
    token: `ghs_${randomBytes(18).toString('hex')}`,
    installationId: installation.id,
    ...limits,
    expiresAtMs: scene.now() + installationTokenMs,
  }
  scene.world.tokens.push(token)
  return token
}

export const slugOf = (name: string): string =>
  name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')

const isWebAddress = (value: unknown): boolean =>
  typeof value === 'string' && URL.canParse(value) && /^https?:$/.test(new URL(value).protocol)

let keys: { publicKey: string; privateKey: string } | null = null

/** A real key of GitHub's kind (PKCS#1), made once: making one takes a moment. */
function keyPair(): { publicKey: string; privateKey: string } {
  keys ??= generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  })
  return keys
}
