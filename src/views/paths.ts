import type { BuildFilters } from '../core/builds/filters.ts'
import type { DeliveryStatus } from '../core/deliveries/delivery.ts'
import { type CredentialKind, credentialNouns } from '../core/credentials/credential.ts'
import type { Provider, RepositoryState } from '../core/repositories/repository.ts'
import type { SignInProviderKey, UserFilters } from '../core/users/user.ts'
import type { TestFilters } from '../core/tests/test.ts'
import type { Id } from '../lib/ids.ts'
import { isoTime } from '../lib/clock.ts'

/** Which output of a step is read. */
export type StreamFilter = 'all' | 'stdout' | 'stderr'

export type RepositoryTab = 'overview' | 'builds' | 'pipeline' | 'variables' | 'settings'

/** What the list of deliveries may be narrowed by: the query of `/webhooks`. */
export type DeliveryFilters = {
  repository: Id | null
  provider: Provider | null
  event: string | null
  status: DeliveryStatus | null
}

/** What the list of repositories may be narrowed by: the query of `/repositories`. */
export type RepositoryFilters = {
  provider: Provider | null
  q: string | null
  state: RepositoryState | null
  sort: 'name' | 'created_at'
}

type LogAddress = { step?: string; stream?: StreamFilter; from?: string | number }

/** Every address of a page, once. No view puts a URL together itself. */
export const paths = {
  dashboard: () => '/',
  login: (next?: string) =>
    next === undefined || next === '/' ? '/login' : `/login${query({ next })}`,
  signInAt: (provider: SignInProviderKey) => `/login/${provider}`,
  logout: () => '/logout',
  account: () => '/account',
  signOutEverywhere: () => '/account/sign-out-everywhere',

  people: (filters?: Partial<UserFilters>, cursor?: string | null) =>
    `/settings/people${query({ ...filters, cursor })}`,
  invite: () => '/settings/people/invite',
  entryRules: (cursor?: string | null) => `/settings/people/rules${query({ cursor })}`,
  removeEntryRule: (id: Id) => `/settings/people/rules/${id}/remove`,
  person: (id: Id) => `/settings/people/${id}`,
  disablePerson: (id: Id) => `/settings/people/${id}/disable`,
  enablePerson: (id: Id) => `/settings/people/${id}/enable`,
  removePerson: (id: Id) => `/settings/people/${id}/remove`,
  theme: () => '/theme',

  builds: (filters?: Partial<BuildFilters>, cursor?: string | null) =>
    `/builds${query({ ...(filters && buildQuery(filters)), cursor })}`,
  build: (id: Id) => `/builds/${id}`,
  buildStep: (id: Id, address: LogAddress) => `/builds/${id}${query(logQuery(address))}`,
  cancelBuild: (id: Id) => `/builds/${id}/cancel`,
  approval: (id: Id) => `/builds/${id}/approval`,
  approveBuild: (id: Id) => `/builds/${id}/approve`,
  denyBuild: (id: Id) => `/builds/${id}/deny`,
  retryBuild: (id: Id) => `/builds/${id}/retry`,
  resendComment: (id: Id) => `/builds/${id}/comment/resend`,
  resendStatus: (id: Id) => `/builds/${id}/status-reports/resend`,
  rawLog: (id: Id, address: LogAddress = {}) => `/builds/${id}/logs${query(logQuery(address))}`,
  liveBuild: (id: Id, address: LogAddress) => `/builds/${id}/live${query(logQuery(address))}`,
  tests: (id: Id, filters?: Partial<TestFilters>, cursor?: string | null) =>
    `/builds/${id}/tests${query({ ...(filters && testQuery(filters)), cursor })}`,
  artifact: (id: Id, name: string) => `/builds/${id}/artifacts/${encodeURIComponent(name)}`,
  artifactsZip: (id: Id) => `/builds/${id}/artifacts.zip`,
  createInstallLink: (id: Id, name: string) =>
    `/builds/${id}/artifacts/${encodeURIComponent(name)}/install-link`,

  install: (token: string) => `/install/${encodeURIComponent(token)}`,
  installFile: (token: string) => `${paths.install(token)}/file`,
  installManifest: (token: string) => `${paths.install(token)}/manifest.plist`,
  /** What makes iOS fetch the manifest and then the app (Apple's `itms-services` scheme). */
  installOnIos: (manifest: URL) =>
    `itms-services://?action=download-manifest&url=${encodeURIComponent(manifest.href)}`,
  installIcon: (token: string) => `${paths.install(token)}/icon.png`,
  installQr: (token: string) => `${paths.install(token)}/qr.svg`,

  settings: () => '/settings',
  github: () => '/settings/github',
  connectGithub: () => '/settings/github/connect',
  syncGithub: () => '/settings/github/sync',
  resetGithubWebhook: () => '/settings/github/webhook',
  disconnectGithub: () => '/settings/github/disconnect',

  repositories: (filters?: Partial<RepositoryFilters>, cursor?: string | null) =>
    `/repositories${query({ ...(filters && repositoryQuery(filters)), cursor })}`,
  newRepository: () => '/repositories/new',
  repository: (id: Id, tab: RepositoryTab = 'overview', cursor?: string | null) =>
    `/repositories/${id}${tab === 'overview' ? '' : `/${tab}`}${query({ cursor })}`,
  trigger: (id: Id) => `/repositories/${id}/trigger`,
  rotateSecret: (id: Id) => `/repositories/${id}/secret`,
  voidPreviousSecret: (id: Id) => `/repositories/${id}/previous-secret/void`,
  editPipeline: (id: Id, version?: number) =>
    `/repositories/${id}/pipeline/edit${query({ version })}`,
  validatePipeline: (id: Id) => `/repositories/${id}/pipeline/validate`,
  checkPipeline: (id: Id) => `/repositories/${id}/pipeline/check`,
  convertPipeline: (id: Id) => `/repositories/${id}/pipeline/convert`,
  runPipeline: (id: Id) => `/repositories/${id}/pipeline/run`,
  explainPipeline: (id: Id) => `/repositories/${id}/pipeline/explain`,
  dropPipeline: (id: Id) => `/repositories/${id}/pipeline/drop`,
  buildNumbers: (id: Id) => `/repositories/${id}/build-numbers`,
  pipelineVersions: (id: Id, cursor?: string | null) =>
    `/repositories/${id}/pipeline/versions${query({ cursor })}`,
  pipelineVersion: (id: Id, version: number, against?: 'now') =>
    `/repositories/${id}/pipeline/versions/${version}${query({ against })}`,
  restorePipeline: (id: Id, version: number) =>
    `/repositories/${id}/pipeline/versions/${version}/restore`,
  removeRepository: (id: Id) => `/repositories/${id}/remove`,

  variables: (repositoryId: Id | null, cursor?: string | null) =>
    `${variablesBase(repositoryId)}${query({ cursor })}`,
  variablesForAll: (repositoryId: Id | null) => `${variablesBase(repositoryId)}/for-all`,
  variableGroup: (id: Id) => `/settings/variables/${id}`,
  removeVariableGroup: (id: Id) => `/settings/variables/${id}/remove`,
  renameVariableGroup: (id: Id) => `/settings/variables/${id}/rename`,
  importVariables: (id: Id) => `/settings/variables/${id}/import`,
  variable: (groupId: Id, key: VariableKey) => `${variablePath(groupId, key)}${keyText(key)}`,
  removeVariable: (groupId: Id, key: VariableKey) =>
    `${variablePath(groupId, key)}/remove${keyText(key)}`,

  signing: () => '/settings/signing',
  signingCalendar: () => '/settings/signing/calendar',
  devices: (cursor?: string | null) => `/settings/signing/devices${query({ cursor })}`,
  deviceLinks: () => '/settings/signing/device-links',
  removeDeviceLink: (id: Id) => `/settings/signing/device-links/${id}/remove`,
  device: (id: Id) => `/settings/signing/devices/${id}`,
  registerDevice: (id: Id) => `/settings/signing/devices/${id}/register`,
  removeDevice: (id: Id) => `/settings/signing/devices/${id}/remove`,
  enrolmentProfile: (token: string) => `/enroll/${encodeURIComponent(token)}/profile.mobileconfig`,
  credentials: (kind: CredentialKind, cursor?: string | null) =>
    `/settings/signing/${credentialNouns[kind]}${query({ cursor })}`,
  credential: (kind: CredentialKind, id: Id) => `/settings/signing/${credentialNouns[kind]}/${id}`,
  removeCredential: (kind: CredentialKind, id: Id) => `${paths.credential(kind, id)}/remove`,
  downloadCredential: (kind: CredentialKind, id: Id) => `${paths.credential(kind, id)}/download`,
  apple: (id: Id) => `${paths.credential('app_store_key', id)}/apple`,
  appleDevices: (id: Id) => `${paths.apple(id)}/devices`,
  appleAppIds: (id: Id) => `${paths.apple(id)}/bundle-ids`,
  appleCertificates: (id: Id) => `${paths.apple(id)}/certificates`,
  appleProfiles: (id: Id) => `${paths.apple(id)}/profiles`,
  storeProfile: (id: Id, profile: string) =>
    `${paths.appleProfiles(id)}/${encodeURIComponent(profile)}/store`,
  renewProfile: (id: Id) => `${paths.credential('profile', id)}/renew`,
  credentialPasswords: (kind: CredentialKind, id: Id) => `${paths.credential(kind, id)}/passwords`,

  address: () => '/settings/address',
  checkAddress: () => '/setup/self-test',
  gitlab: () => '/settings/gitlab',
  registerGitlab: () => '/settings/gitlab/register',
  authorizeGitlab: (id: Id) => `/settings/gitlab/${id}/authorize`,
  refreshGitlab: (id: Id) => `/settings/gitlab/${id}/refresh`,
  disconnectGitlab: (id: Id) => `/settings/gitlab/${id}/disconnect`,
  gitlabProjects: (id: Id, search?: { q?: string | null; page?: number }) =>
    `/settings/gitlab/${id}/projects${query({ q: search?.q, page: search?.page === 1 ? null : search?.page })}`,
  enableProject: (id: Id, project: string) => `/settings/gitlab/${id}/projects/${project}/enable`,
  disableProject: (id: Id, project: string) => `/settings/gitlab/${id}/projects/${project}/disable`,

  webhooks: (filters?: Partial<DeliveryFilters>, cursor?: string | null) =>
    `/webhooks${query({ ...filters, cursor })}`,
  webhook: (id: Id) => `/webhooks/${id}`,
  redeliver: (id: Id) => `/webhooks/${id}/redeliver`,
}

const variablesBase = (repositoryId: Id | null): string =>
  repositoryId === null ? '/settings/variables' : `/repositories/${repositoryId}/variables`

/** What tells the variables of one group apart. */
type VariableKey = { name: string; environment: string; branchPattern: string }

const variablePath = (groupId: Id, { name }: VariableKey): string =>
  `/settings/variables/${groupId}/variable/${encodeURIComponent(name)}`

const keyText = ({ environment, branchPattern }: VariableKey): string =>
  query({ environment: environment || null, branch_pattern: branchPattern || null })

const logQuery = ({ step, stream, from }: LogAddress) => ({
  step,
  stream: stream === 'all' ? undefined : stream,
  from,
})

const buildQuery = ({ since, until, sort, ...rest }: Partial<BuildFilters>) => ({
  ...rest,
  since: since == null ? null : isoTime(since).slice(0, 10),
  until: until == null ? null : isoTime(until).slice(0, 10),
  sort: sort === '-queued_at' ? null : sort,
})

const testQuery = ({ sort, ...rest }: Partial<TestFilters>) => ({
  ...rest,
  sort: sort === 'status' ? null : sort,
})

const repositoryQuery = ({ sort, ...rest }: Partial<RepositoryFilters>) => ({
  ...rest,
  sort: sort === 'name' ? null : sort,
})

function query(fields: Record<string, string | number | null | undefined>): string {
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(fields)) {
    if (value !== undefined && value !== null && value !== '') search.set(name, String(value))
  }
  const text = search.toString()
  return text === '' ? '' : `?${text}`
}
