import type { Artifact } from '../core/artifacts/artifact.ts'
import type { Build, BuildDetail } from '../core/builds/build.ts'
import type { Delivery } from '../core/deliveries/delivery.ts'
import type { Overview } from '../core/overview/overview.ts'
import type { PipelineInForce, StoredPipeline } from '../core/pipelines/stored.ts'
import type { Repository } from '../core/repositories/repository.ts'
import type { Step } from '../core/steps/step.ts'
import { hours, minutes, seconds } from '../lib/clock.ts'
import { KiB, MiB } from '../lib/sizes.ts'
import type { Problem } from '../pipeline/problem.ts'

/** The moment at which the gallery's pages are drawn. */
export const now = Date.UTC(2026, 10, 20, 16, 4, 5)

export const hostile = `"'><img src=x onerror=boom>&amp;`

const id = (n: number): string => `01KAFZ0000000000000000${String(n).padStart(4, '0')}`
const sha = (n: number): string => `${n.toString(16).padStart(4, '7')}c0ffee`.padEnd(40, '3a91b')

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
  defaultBranch: 'main',
  isPrivate: true,
  state: 'active',
  nextBuildNumber: 215,
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
  configSource: 'repository',
  priority: 3,
  labels: [],
  retryOf: null,
  cancelRequestedAt: null,
  queuedAt: now - minutes(19),
  startedAt: now - minutes(19) + seconds(2),
  finishedAt: now - minutes(12),
  ...changes,
})

const running: Partial<Build> = {
  status: 'running',
  queuedAt: now - minutes(3),
  startedAt: now - minutes(3) + seconds(4),
  finishedAt: null,
}
const waiting: Partial<Build> = {
  status: 'pending',
  queuedAt: now - seconds(42),
  startedAt: null,
  finishedAt: null,
}
const failed: Partial<Build> = {
  status: 'failure',
  failureKind: 'step',
  errorMessage: 'Step “Run tests” ended with exit code 1.',
}

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
    commitMessage: 'Export the ledger as CSV, with one row per booking and the tax rate that held then',
    commitAuthor: 'Jonathan Featherstonehaugh-Cholmondeley',
  }),
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
  build({ id: id(211), number: 211, triggerType: 'schedule', commitMessage: null, commitAuthor: null }),
]

const step = (position: number, name: string, changes: Partial<Step> = {}): Step => ({
  buildId: id(214),
  position,
  kind: 'script',
  name,
  status: 'success',
  exitCode: 0,
  signal: null,
  ignoredFailure: false,
  errorMessage: null,
  startedAt: now - minutes(19) + seconds(position * 60),
  finishedAt: now - minutes(19) + seconds(position * 60 + 8 + position * 11),
  stdoutBytes: 18 * KiB,
  stderrBytes: 400,
  logTruncated: false,
  ...changes,
})

const unstarted: Partial<Step> = {
  exitCode: null,
  startedAt: null,
  finishedAt: null,
  stdoutBytes: 0,
  stderrBytes: 0,
}

const goodSteps: Step[] = [
  step(0, 'Get the code', { kind: 'setup', exitCode: null }),
  step(1, 'Install packages'),
  step(2, 'Analyze', { status: 'failure', exitCode: 2, ignoredFailure: true }),
  step(3, 'Run tests'),
  step(4, 'Build the app bundle', { logTruncated: true }),
  step(5, 'Collect artifacts', { kind: 'finish', exitCode: null }),
]

const stepsUpTo = (position: number, last: Partial<Step>, rest: Step['status']): Step[] =>
  goodSteps.map((one) =>
    one.position < position
      ? one
      : one.position === position
        ? { ...one, ...last }
        : { ...one, ...unstarted, status: rest, ignoredFailure: false, logTruncated: false },
  )

const artifact = (n: number, changes: Partial<Artifact>): Artifact => ({
  id: id(900 + n),
  buildId: id(214),
  name: 'app-release.aab',
  path: 'build/app/outputs/bundle/release/app-release.aab',
  sizeBytes: 48.2 * MiB,
  sha256: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
  contentType: 'application/octet-stream',
  kind: 'aab',
  createdAt: now - minutes(12),
  ...changes,
})

export const artifacts: Artifact[] = [
  artifact(1, {}),
  artifact(2, { name: 'app-release.apk', path: 'build/app/outputs/flutter-apk/app-release.apk', kind: 'apk' }),
  artifact(3, { name: 'Wallet.ipa', path: 'build/ios/ipa/Wallet.ipa', kind: 'ipa', sizeBytes: 61 * MiB }),
  artifact(4, { name: 'mapping.txt', path: 'build/app/outputs/mapping/release/mapping.txt', kind: 'symbols', sizeBytes: 812 * KiB }),
  artifact(5, { name: 'coverage.zip', path: 'coverage.zip', kind: 'archive', sizeBytes: 96 * KiB }),
  artifact(6, {
    name: 'a report with a name so long that no screen in this world shows it whole — отчёт.xml',
    path: 'build/reports/junit/report.xml',
    kind: 'file',
    sizeBytes: 734,
  }),
  artifact(7, { name: 'gradle.log', path: 'android/gradle.log', kind: 'log', sizeBytes: 0 }),
]

export const yaml = `workflows:
  android-release:
    name: Android release
    max_build_duration: 45
    environment:
      vars:
        FLAVOR: production
    scripts:
      - name: Install packages
        script: flutter pub get
      - name: Analyze
        script: flutter analyze
        ignore_failure: true
      - name: Run tests
        script: flutter test --machine > test-report.jsonl
      - name: Build the app bundle
        script: flutter build appbundle --release
    artifacts:
      - build/**/outputs/**/*.aab
`

const config = { fileName: 'oore.yaml', content: yaml }

const detail = (changes: Partial<BuildDetail>): BuildDetail => ({
  build: build(),
  steps: goodSteps,
  artifacts: [],
  config,
  waitingFor: null,
  ...changes,
})

export const details = {
  success: detail({ artifacts }),
  failure: detail({
    build: build(failed),
    steps: stepsUpTo(3, { status: 'failure', exitCode: 1 }, 'skipped'),
  }),
  running: detail({
    build: build(running),
    steps: stepsUpTo(
      3,
      { status: 'running', exitCode: null, startedAt: now - seconds(52), finishedAt: null },
      'pending',
    ),
  }),
  stopping: detail({
    build: build({ ...running, cancelRequestedAt: now - seconds(3) }),
    steps: stepsUpTo(
      4,
      { status: 'running', exitCode: null, finishedAt: null, logTruncated: false },
      'pending',
    ),
  }),
  waiting: detail({
    build: build(waiting),
    steps: stepsUpTo(0, { ...unstarted, status: 'pending' }, 'pending'),
    config: null,
    waitingFor: 'Both of 2 slots are busy. 3 builds are ahead of this one.',
  }),
  timeout: detail({
    build: build({
      status: 'failure',
      failureKind: 'timeout',
      errorMessage: 'Step “Run tests” was ended after 30m, the longest a step may take.',
    }),
    steps: stepsUpTo(
      3,
      {
        status: 'failure',
        exitCode: null,
        signal: 'SIGKILL',
        errorMessage: 'Ended after 30m 0s, the longest a step may take.',
      },
      'skipped',
    ),
  }),
  setup: detail({
    build: build({
      status: 'failure',
      failureKind: 'setup',
      errorMessage: 'git could not read https://git.lumen.example/lumen/wallet.git: it asked for a password.',
      finishedAt: now - minutes(19) + seconds(5),
    }),
    steps: stepsUpTo(0, { status: 'failure' }, 'skipped'),
  }),
  config: detail({
    build: build({
      status: 'failure',
      failureKind: 'config',
      errorMessage: 'oore.yaml:9:7 scripts[0] has no script.\nWrite script: and the command to run.',
      startedAt: null,
    }),
    steps: [],
  }),
  interrupted: detail({
    build: build({
      status: 'failure',
      failureKind: 'interrupted',
      errorMessage: 'The runner ended while this build ran.',
      retryOf: id(210),
    }),
    steps: stepsUpTo(3, { status: 'failure', exitCode: null }, 'skipped'),
  }),
  cancelled: detail({
    build: build({ status: 'cancelled', errorMessage: 'Cancelled by admin.' }),
    steps: stepsUpTo(4, { status: 'cancelled', exitCode: null, signal: 'SIGTERM' }, 'skipped'),
  }),
  skipped: detail({
    build: build({ status: 'skipped', startedAt: null }),
    steps: [],
    config: null,
  }),
  default: detail({ build: build({ configSource: 'default' }), config: null }),
  long: detail({
    build: build({
      ...failed,
      repository: 'an-organisation-with-quite-a-name/and-a-repository-that-does-not-want-to-end',
      branch: 'feature/export-with-a-name-that-nobody-will-ever-read-to-its-very-end-2026',
      workflowName: 'Release to every store and then tell everyone about it at once',
      commitMessage: 'x'.repeat(240),
      commitAuthor: 'Jonathan Featherstonehaugh-Cholmondeley',
      labels: ['nightly', 'a-label-of-a-length-that-labels-should-not-have', '\u202eevil'],
      errorMessage: `Step “${'Very long '.repeat(12)}” ended with exit code 1.`,
    }),
    steps: stepsUpTo(3, { status: 'failure', name: 'Verylongname'.repeat(9) }, 'skipped'),
  }),
} satisfies Record<string, BuildDetail>

export const deliveries: Delivery[] = [
  delivery(1, {}),
  delivery(2, {
    status: 'ignored',
    reason: 'The branch “docs/typo” matches no branch pattern of a workflow: android-release wants “main”.',
    buildIds: [],
  }),
  delivery(3, {
    status: 'rejected',
    reason: 'The signature does not match the body. Check that the hook has the current secret.',
    buildIds: [],
    repository: null,
    repositoryId: null,
  }),
  delivery(4, { status: 'received', reason: '', buildIds: [], processedAt: null }),
  delivery(5, {
    status: 'failed',
    reason: 'The configuration at 7d1c0ffe could not be read: oore.yaml:9:7 scripts[0] has no script.',
    buildIds: [],
    payload: hostile,
  }),
]

function delivery(n: number, changes: Partial<Delivery>): Delivery {
  return {
    id: id(500 + n),
    provider: 'git',
    event: 'push',
    deliveryId: `b2f7c1e0-${n}`,
    repositoryId: id(1),
    repository: 'lumen/wallet',
    status: 'processed',
    reason: 'Push to main: 1 workflow started.',
    buildIds: [id(214)],
    sourceIp: '192.0.2.17',
    receivedAt: now - minutes(7 * n),
    processedAt: now - minutes(7 * n) + 80,
    payload: JSON.stringify({
      ref: 'refs/heads/main',
      before: sha(213),
      after: sha(214),
      pusher: 'ines </script><img src=x>',
    }),
    ...changes,
  }
}

const history = (failures: number[]): Build[] =>
  Array.from({ length: 20 }, (_, n) =>
    build({
      id: id(300 + n),
      number: 214 - n,
      queuedAt: now - hours(n * 5) - minutes(12),
      startedAt: now - hours(n * 5) - minutes(12),
      finishedAt: now - hours(n * 5) - minutes(12) + seconds(200 + ((n * 67) % 190)),
      ...(failures.includes(n) ? { status: 'failure' as const } : {}),
    }),
  )

const backoffice = repository({
  id: id(2),
  name: 'backoffice',
  fullName: 'lumen/backoffice',
  state: 'inactive',
})

export const repositories: Repository[] = [
  repository(),
  backoffice,
  repository({
    id: id(3),
    fullName: 'an-organisation-with-quite-a-name/and-a-repository-that-does-not-want-to-end',
    cloneUrl: 'ssh://git@code.organisation.example:2222/an-organisation/and-a-repository-that-does-not-want-to-end.git',
    defaultBranch: 'release/next-generation-of-everything',
    state: 'error',
  }),
  repository({ id: id(4), fullName: 'kōan/日本語', state: 'pending_setup', nextBuildNumber: 1 }),
]

export const overview: Overview = {
  active: builds.slice(0, 2),
  recent: builds.slice(2),
  failing: [
    { repository: backoffice, build: build({ ...failed, id: id(60), number: 60 }) },
  ],
  repositories: [
    { repository: repository(), builds: history([3, 4, 11]) },
    { repository: backoffice, builds: [build({ ...failed }), ...history([6]).slice(0, 8)] },
    { repository: repositories[3]!, builds: [] },
  ],
  statistics: { finished: 1284, successRate: 0.934, medianDurationMs: 372_000 },
  checklist: { addedRepository: true, builtOnce: true, receivedDelivery: true },
}

export const freshOverview: Overview = {
  active: [],
  recent: [],
  failing: [],
  repositories: [],
  statistics: { finished: 0, successRate: null, medianDurationMs: null },
  checklist: { addedRepository: false, builtOnce: false, receivedDelivery: false },
}

export const inForce: PipelineInForce = {
  source: 'repository',
  format: 'yaml',
  content: yaml,
  fileName: 'oore.yaml',
  version: null,
  updatedAt: null,
}

export const versions: StoredPipeline[] = [
  { repositoryId: id(1), version: 2, format: 'yaml', content: yaml, createdBy: 'admin', createdAt: now - hours(5) },
  { repositoryId: id(1), version: 1, format: 'yaml', content: 'workflows: {}\n', createdBy: 'admin', createdAt: now - hours(50) },
]

export const brokenYaml = `workflows:
  ios:
    scripts:
      - nmae: Build
        script: make
`

export const problems: Problem[] = [
  {
    severity: 'error',
    message: 'nmae is not a key of a script.',
    path: 'workflows.ios.scripts[0].nmae',
    line: 4,
    column: 9,
    suggestion: 'Did you mean name?',
    workflow: 'ios',
  },
  {
    severity: 'warning',
    message: 'This workflow keeps no artifacts, so nothing of it can be downloaded.',
    path: 'workflows.ios',
    line: null,
    column: null,
    suggestion: null,
    workflow: 'ios',
  },
]
