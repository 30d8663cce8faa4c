import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { BuildDetail, BuildStatus } from '../../src/core/builds/build.ts'
import { LogStore } from '../../src/core/logs/store.ts'
import type { Step, StepKind, StepStatus } from '../../src/core/steps/step.ts'
import { Bells } from '../../src/lib/bell.ts'
import { newId } from '../../src/lib/ids.ts'
import { encodeFrames, type LogStream } from '../../src/lib/log-frames.ts'
import { MiB } from '../../src/lib/sizes.ts'
import { noon } from './clock.ts'

/** A build whose steps speak when the test says so: real files and bells, no runner. */
export class SpeakingBuild implements Disposable {
  readonly directory = mkdtempSync(join(tmpdir(), 'oore-logs-'))
  readonly bells = new Bells()
  readonly id = newId()
  readonly #maxBytes: number
  logs: LogStore
  detail: BuildDetail

  constructor({ scripts = 1, maxBytes = 10 * MiB }: { scripts?: number; maxBytes?: number } = {}) {
    this.#maxBytes = maxBytes
    this.logs = this.#openLogs()
    this.detail = newDetail(this.id, scripts)
  }

  /** What a reader asks for; another object after every change. */
  readonly show = (): Promise<BuildDetail> => Promise.resolve(this.detail)

  say(position: number, text: string | Uint8Array, stream: LogStream = 'stdout'): void {
    const bytes = typeof text === 'string' ? Buffer.from(text) : text
    const { size } = this.logs.info(this.id, position)
    const body = encodeFrames([{ stream, at: noon, bytes }])
    if (this.logs.append(this.id, position, size, body)) throw new Error('out of turn')
  }

  step(position: number, status: StepStatus): void {
    const steps = this.detail.steps.map((step) =>
      step.position === position ? { ...step, status, startedAt: noon } : step,
    )
    this.detail = { ...this.detail, steps }
    this.bells.ring(`build:${this.id}`)
  }

  build(status: BuildStatus): void {
    this.detail = { ...this.detail, build: { ...this.detail.build, status } }
    this.bells.ring(`build:${this.id}`)
  }

  /** The files stay, everything in memory is gone. */
  restartServer(): void {
    this.logs.close()
    this.logs = this.#openLogs()
  }

  [Symbol.dispose](): void {
    this.logs.close()
    rmSync(this.directory, { recursive: true, force: true, maxRetries: 5 })
  }

  #openLogs(): LogStore {
    return new LogStore({ directory: this.directory, maxBytes: this.#maxBytes, bells: this.bells })
  }
}

function newDetail(id: string, scripts: number): BuildDetail {
  const scriptKinds = Array.from({ length: scripts }, () => 'script' as const)
  const kinds: StepKind[] = ['setup', ...scriptKinds, 'finish']
  const build: BuildDetail['build'] = {
    id,
    number: 7,
    repositoryId: newId(),
    repository: 'mobile/app',
    workflow: 'tests',
    workflowName: 'Tests',
    status: 'pending',
    failureKind: null,
    errorMessage: null,
    triggerType: 'manual',
    branch: 'main',
    tag: null,
    commitSha: 'a'.repeat(40),
    commitMessage: 'Make it work',
    commitAuthor: 'Ada',
    pullRequestNumber: null,
    pullRequestTarget: null,
    mergeCommitSha: null,
    fork: null,
    approvalId: null,
    configSource: 'repository',
    priority: 1,
    labels: [],
    retryOf: null,
    cancelRequestedAt: null,
    queuedAt: noon,
    startedAt: null,
    finishedAt: null,
    tests: null,
  }
  const steps = kinds.map((kind, position): Step => ({
    buildId: id,
    position,
    kind,
    index: kind === 'script' ? position - 1 : 0,
    name:
      kind === 'setup'
        ? 'Get the code'
        : kind === 'finish'
          ? 'Collect artifacts'
          : `Item ${position}`,
    status: 'pending',
    exitCode: null,
    signal: null,
    ignoredFailure: false,
    errorMessage: null,
    startedAt: null,
    finishedAt: null,
    stdoutBytes: 0,
    stderrBytes: 0,
    logTruncated: false,
  }))
  return {
    build,
    steps,
    artifacts: [],
    tests: null,
    config: null,
    inputs: {},
    waitingFor: null,
    approval: null,
    report: null,
    comment: null,
  }
}
