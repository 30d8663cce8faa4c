import type { Build } from '../../core/builds/build.ts'
import type { Repository } from '../../core/repositories/repository.ts'
import { hours, minutes, seconds } from '../../lib/clock.ts'

/** The moment at which the gallery's pages are drawn. */
export const now = Date.UTC(2026, 10, 20, 16, 4, 5)

export const hostile = `"'><img src=x onerror=boom>&amp;`

export const id = (n: number): string => `01KAFZ0000000000000000${String(n).padStart(4, '0')}`
export const sha = (n: number): string =>
  `${n.toString(16).padStart(4, '7')}c0ffee`.padEnd(40, '3a91b')

export const repository = (changes: Partial<Repository> = {}): Repository => ({
  id: id(1),
  provider: 'git',
  instance: null,
  owner: 'lumen',
  name: 'wallet',
  fullName: 'lumen/wallet',
  cloneUrl: 'https://git.lumen.example/lumen/wallet.git',
  hasCredential: true,
  hasWebhookSecret: true,
  hook: {
    verifiedAt: now - minutes(40),
    failedAt: null,
    failure: null,
    previousSecretUntil: null,
  },
  refsKnownAt: now - minutes(40),
  defaultBranch: 'main',
  isPrivate: true,
  state: 'active',
  stateReason: null,
  isArchived: false,
  isConnected: false,
  nextBuildNumber: 215,
  configurationFirst: 'stored',
  forkBuilds: 'ask',
  pullRequestComments: true,
  createdAt: now - hours(24 * 40),
  updatedAt: now - hours(3),
  ...changes,
})

export const build = (changes: Partial<Build> = {}): Build => ({
  id: id(214),
  number: 214,
  repositoryId: id(1),
  repository: 'lumen/wallet',
  workflow: 'android-release',
  workflowName: 'Android release',
  status: 'success',
  failureKind: null,
  errorMessage: null,
  triggerType: 'push',
  branch: 'main',
  tag: null,
  commitSha: sha(214),
  commitMessage: 'Keep the receipt when a payment is retried\n\nFixes the double entry.',
  commitAuthor: 'Ines Albrecht',
  pullRequestNumber: null,
  pullRequestTarget: null,
  mergeCommitSha: null,
  fork: null,
  approvalId: null,
  configSource: 'repository',
  priority: 3,
  labels: [],
  retryOf: null,
  cancelRequestedAt: null,
  queuedAt: now - minutes(19),
  startedAt: now - minutes(19) + seconds(2),
  finishedAt: now - minutes(12),
  tests: null,
  ...changes,
})

export const running: Partial<Build> = {
  status: 'running',
  queuedAt: now - minutes(3),
  startedAt: now - minutes(3) + seconds(4),
  finishedAt: null,
}
export const waiting: Partial<Build> = {
  status: 'pending',
  queuedAt: now - seconds(42),
  startedAt: null,
  finishedAt: null,
}
export const failed: Partial<Build> = {
  status: 'failure',
  failureKind: 'step',
  errorMessage: 'Step “Run tests” ended with exit code 1.',
}

/** Of a pull request from a fork. */
export const forked: Partial<Build> = {
  triggerType: 'pull_request',
  pullRequestNumber: 87,
  pullRequestTarget: 'main',
  mergeCommitSha: sha(988),
  branch: 'main',
  commitAuthor: 'Linus Torvalds',
  commitMessage: 'Round amounts half to even',
  fork: {
    name: 'passer-by/wallet',
    url: 'https://github.com/passer-by/wallet',
    author: 'passer-by',
    pullRequestUrl: 'https://github.com/lumen/wallet/pull/87',
    configCommit: sha(500),
  },
}
export const held: Partial<Build> = { ...forked, ...waiting, status: 'waiting_approval' }

/** One build in each state that reads differently. */
export const builds: Build[] = [
  build({ ...running, id: id(218), number: 218, commitMessage: 'Offer Face ID on first start' }),
  build({
    ...waiting,
    id: id(217),
    number: 61,
    repository: 'lumen/backoffice',
    workflowName: 'web',
    branch: 'feature/export-with-a-name-that-nobody-will-ever-read-to-its-very-end-2026',
    commitMessage:
      'Export the ledger as CSV, with one row per booking and the tax rate that held then',
    commitAuthor: 'Jonathan Featherstonehaugh-Cholmondeley',
  }),
  build({ ...held, id: id(219), number: 219 }),
  build({ ...failed, id: id(216), number: 216, commitMessage: 'Upgrade to Flutter 3.41' }),
  build({
    id: id(215),
    number: 215,
    triggerType: 'tag',
    tag: 'v2.14.0',
    branch: null,
    commitMessage: 'Version 2.14.0',
  }),
  build({ triggerType: 'manual', labels: ['nightly', 'qa'] }),
  build({
    id: id(213),
    number: 213,
    status: 'cancelled',
    triggerType: 'pull_request',
    pullRequestNumber: 87,
    pullRequestTarget: 'main',
    mergeCommitSha: sha(988),
    branch: 'fix/רענון-יתרה',
    commitMessage: 'תיקון רענון היתרה 🚀',
    commitAuthor: 'נועה לוי',
  }),
  build({
    id: id(212),
    number: 212,
    status: 'skipped',
    branch: 'user/\u202egpj.exe',
    commitMessage: hostile,
    startedAt: null,
    triggerType: 'api',
  }),
  build({
    id: id(211),
    number: 211,
    triggerType: 'schedule',
    commitMessage: null,
    commitAuthor: null,
  }),
]
