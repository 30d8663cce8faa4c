import type { Artifact } from '../../core/artifacts/artifact.ts'
import type { BuildDetail } from '../../core/builds/build.ts'
import type { Step } from '../../core/steps/step.ts'
import { minutes, seconds } from '../../lib/clock.ts'
import { KiB, MiB } from '../../lib/sizes.ts'
import { build, failed, forked, held, id, now, running, waiting } from './builds.ts'
import { yaml } from './pipelines.ts'
import { comments, reports } from './reports.ts'
import { failedTests, passedTests } from './tests.ts'

const step = (position: number, name: string, changes: Partial<Step> = {}): Step => ({
  buildId: id(214),
  position,
  kind: 'script',
  // The code is got at position 0, and nothing comes before that here.
  index: Math.max(0, position - 1),
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
  artifact(2, {
    name: 'app-release.apk',
    path: 'build/app/outputs/flutter-apk/app-release.apk',
    kind: 'apk',
  }),
  artifact(3, {
    name: 'Wallet.ipa',
    path: 'build/ios/ipa/Wallet.ipa',
    kind: 'ipa',
    sizeBytes: 61 * MiB,
  }),
  artifact(4, {
    name: 'mapping.txt',
    path: 'build/app/outputs/mapping/release/mapping.txt',
    kind: 'symbols',
    sizeBytes: 812 * KiB,
  }),
  artifact(5, { name: 'coverage.zip', path: 'coverage.zip', kind: 'archive', sizeBytes: 96 * KiB }),
  artifact(6, {
    name: 'a report with a name so long that no screen in this world shows it whole — отчёт.xml',
    path: 'build/reports/junit/report.xml',
    kind: 'file',
    sizeBytes: 734,
  }),
  artifact(7, { name: 'gradle.log', path: 'android/gradle.log', kind: 'log', sizeBytes: 0 }),
]

const config = { fileName: 'oore.yaml', content: yaml }

const detail = (changes: Partial<BuildDetail>): BuildDetail => ({
  build: build(),
  steps: goodSteps,
  artifacts: [],
  tests: null,
  config,
  inputs: {},
  waitingFor: null,
  approval: null,
  report: null,
  comment: null,
  ...changes,
})

export const details = {
  success: detail({
    report: reports.told,
    comment: comments.told,
    build: build({ tests: passedTests.counts }),
    artifacts,
    tests: passedTests,
    inputs: { flavour: 'production', release: true },
  }),
  tests: detail({
    build: build({ ...failed, tests: failedTests.counts }),
    steps: stepsUpTo(3, { status: 'failure', exitCode: 1 }, 'skipped'),
    tests: failedTests,
  }),
  failure: detail({
    report: reports.postponed,
    comment: comments.postponed,
    build: build(failed),
    steps: stepsUpTo(3, { status: 'failure', exitCode: 1 }, 'skipped'),
  }),
  running: detail({
    report: reports.toldNow,
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
    report: reports.givenUp,
    comment: comments.gone,
    build: build({
      status: 'failure',
      failureKind: 'setup',
      errorMessage:
        'git could not read https://git.lumen.example/lumen/wallet.git: it asked for a password.',
      finishedAt: now - minutes(19) + seconds(5),
    }),
    steps: stepsUpTo(0, { status: 'failure' }, 'skipped'),
  }),
  config: detail({
    report: reports.none,
    build: build({
      status: 'failure',
      failureKind: 'config',
      errorMessage:
        'oore.yaml has one error.\n\noore.yaml:9:9  scripts[0] has no script.\n     9 |       - nmae: Build\n       |         ^\n  Write script: and the command to run.',
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
    report: reports.spokenFor,
    build: build({ status: 'cancelled', errorMessage: 'Cancelled by admin.' }),
    steps: stepsUpTo(4, { status: 'cancelled', exitCode: null, signal: 'SIGTERM' }, 'skipped'),
  }),
  skipped: detail({
    report: reports.silent,
    build: build({ status: 'skipped', startedAt: null }),
    steps: [],
    config: null,
  }),
  held: detail({
    build: build(held),
    steps: stepsUpTo(0, { ...unstarted, status: 'pending' }, 'pending'),
    waitingFor:
      'Commit d6c0ffee3a91 comes from passer-by/wallet, and anybody may have written it. It waits ' +
      'until somebody has looked at it; nothing of it was run.',
  }),
  forked: detail({
    build: build({ ...forked, approvalId: id(900) }),
    approval: {
      id: id(900),
      verdict: 'approved',
      by: 'Ines Ferro',
      commitSha: build().commitSha,
      at: now - minutes(21),
    },
  }),
  default: detail({
    report: reports.draft,
    build: build({ configSource: 'default' }),
    config: null,
  }),
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
