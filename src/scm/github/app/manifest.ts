/*
 * What Oore asks GitHub for. docs.github.com, "Registering a GitHub App from a manifest" and
 * "Permissions required for GitHub Apps" name the fields.
 */

/** How much an App may do with one kind of thing. */
export type PermissionLevel = 'read' | 'write' | 'admin'
export type Permissions = Record<string, PermissionLevel>

/** Of the account that installs the App, and of its repositories. */
export const wantedPermissions: Permissions = {
  contents: 'read',
  metadata: 'read',
  checks: 'write',
  statuses: 'write',
  pull_requests: 'write',
}

/** Said of organizations only: who their members are, for those who sign in. */
export const wantedOfOrganizations: Permissions = { members: 'read' }

/** Agreed to by each person who signs in, and by no installation. */
const wantedOfPeople: Permissions = { emails: 'read' }

/** `installation` and `installation_repositories` are told without being asked for. */
export const wantedEvents: readonly string[] = [
  'push',
  'pull_request',
  'check_run',
  'check_suite',
  'repository',
]

/** GitHub takes no longer names. Characters. */
const nameLengthMax = 34

export type Manifest = {
  name: string
  url: string
  description: string
  hook_attributes: { url: string; active: boolean }
  redirect_url: string
  callback_urls: string[]
  setup_url: string
  setup_on_update: boolean
  public: boolean
  default_permissions: Permissions
  default_events: readonly string[]
}

/** Where GitHub sends the App's events. */
export const hookUrl = (baseUrl: URL): string => new URL('/api/webhooks/github', baseUrl).href

/**
 * The App that is asked for. Names are taken once in all of GitHub, so `mark`, a few letters, goes
 * along; whoever creates the App can still change it there.
 */
export const manifestFor = (baseUrl: URL, mark: string): Manifest => ({
  name: nameFor(baseUrl.hostname, mark),
  url: baseUrl.href,
  description: 'Builds what is pushed, and answers on commits and pull requests.',
  hook_attributes: { url: hookUrl(baseUrl), active: true },
  redirect_url: new URL('/setup/github/callback', baseUrl).href,
  callback_urls: [new URL('/login/github/callback', baseUrl).href],
  setup_url: new URL('/setup/github/installed', baseUrl).href,
  setup_on_update: true,
  public: false,
  default_permissions: { ...wantedPermissions, ...wantedOfOrganizations, ...wantedOfPeople },
  default_events: wantedEvents,
})

function nameFor(hostname: string, mark: string): string {
  const room = nameLengthMax - 'Oore  '.length - mark.length
  return `Oore ${hostname.replace(/[^A-Za-z0-9.-]/g, '').slice(0, room)} ${mark}`
}

/** Where the form with the manifest is posted to, for a person or for an organization. */
export function newAppUrl(githubUrl: URL, organization: string | null, state: string): string {
  const path =
    organization === null
      ? 'settings/apps/new'
      : `organizations/${encodeURIComponent(organization)}/settings/apps/new`
  const url = new URL(`/${path}`, githubUrl)
  url.searchParams.set('state', state)
  return url.href
}

/** What of the wanted is not granted, as `checks: write`; empty where all is. */
export function missingPermissions(granted: Permissions, isOrganization: boolean): string[] {
  const wanted = { ...wantedPermissions, ...(isOrganization ? wantedOfOrganizations : {}) }
  return Object.entries(wanted)
    .filter(([name, level]) => !isGranted(granted, name, level))
    .map(([name, level]) => `${name}: ${level}`)
}

const order: readonly PermissionLevel[] = ['read', 'write', 'admin']

export function isGranted(granted: Permissions, name: string, level: PermissionLevel): boolean {
  const given = granted[name]
  return given !== undefined && order.indexOf(given) >= order.indexOf(level)
}
