import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { newId } from '../../src/lib/ids.ts'
import type { Plan, PlannedStep } from '../../src/pipeline/plan.ts'
import type { Claim } from '../../src/protocol/messages.ts'
import type { BuildOutcome, StepOutcome } from '../../src/protocol/outcome.ts'
import { execute, type ExecuteOptions } from '../../src/runner/execute.ts'
import type { FoundArtifact, FoundTests, Reporter, Stream } from '../../src/runner/reporter.ts'
import { thisMachine, type SigningMachine } from '../../src/runner/signing/machine.ts'
import { testPlan, testStep } from '../support/plan.ts'

export const programs = join(import.meta.dirname, '../programs')

export type ReportedStep = {
  outcome: StepOutcome
  ignored: boolean
  stdout: string
  stderr: string
  /** Both streams, as they came. */
  log: string
}

export type Build = {
  id: string
  /** Settles when the build has ended. */
  ended: Promise<BuildOutcome>
  /** By position; a step is here from its start. */
  steps: ReportedStep[]
  /** `start 1`, `said 1`, `finish 1`, …: what the reporter heard, repeats left out. */
  calls: string[]
  artifacts: FoundArtifact[]
  /** In the pieces in which they were told. */
  tests: FoundTests[]
  /** The workspace. */
  root: string
  /** What the runner's own log was told. */
  warnings: string[]
  /** Where the runner keeps the journals of what signing changes. */
  journals: string
  stop(reason: 'cancelled' | 'interrupted'): void
  [Symbol.dispose](): void
}

export type BuildOptions = {
  /** Scripts, or whole steps where more than the script matters. */
  steps: (string | Partial<PlannedStep>)[]
  /** What the repository holds: path → text. */
  files?: Record<string, string>
  artifacts?: string[]
  workingDirectory?: string | null
  vars?: Record<string, string>
  environment?: Record<string, string>
  variables?: Record<string, string>
  signing?: Claim['signing']
  /** What the server has to say of them. */
  warnings?: string[]
  /** Another machine than this to sign on. */
  machine?: SigningMachine
  masks?: string[]
  maxBuildDurationMs?: number
  limits?: Partial<Claim['limits']>
  /** What else the plan says. */
  plan?: Partial<Plan>
  checkout?: ExecuteOptions['checkout']
  /** What changed since the commit before; nobody knows where it is left out. */
  changes?: ExecuteOptions['changes']
  /** Called with the path of the workspace before the build begins. */
  before?: (root: string) => void
  /** Called for what the reporter hears, after it was remembered. */
  onSaid?: (build: Build, position: number) => void
  /** Counts what the steps say instead of remembering it. */
  onBytes?: (count: number) => void
}

/** Runs a real build of scripts: real processes, a directory of its own, nothing faked but git. */
export function startBuild(options: BuildOptions): Build {
  const id = newId()
  const home = mkdtempSync(join(tmpdir(), 'oore-runner-'))
  const abort = new AbortController()
  const steps: ReportedStep[] = []
  const calls: string[] = []
  const artifacts: FoundArtifact[] = []
  const tests: FoundTests[] = []
  const artifactsDir = join(home, 'artifacts')
  mkdirSync(artifactsDir)
  const build: Build = {
    id,
    ended: Promise.resolve({ is: 'cancelled' }),
    steps,
    calls,
    artifacts,
    tests,
    root: join(home, 'workspaces', id),
    warnings: [],
    journals: join(home, 'signing'),
    stop: (reason) => abort.abort(reason),
    [Symbol.dispose]: () => rmSync(home, { recursive: true, force: true, maxRetries: 5 }),
  }
  options.before?.(build.root)
  build.ended = execute({
    claim: claimOf(id, options),
    reporter: remember(),
    workspacesDir: join(home, 'workspaces'),
    artifactsDir,
    groupsFile: join(home, 'groups'),
    signal: abort.signal,
    clock: () => 1_700_000_000_000,
    checkout: options.checkout ?? (async ({ into }) => writeFiles(into, options.files ?? {})),
    changes: options.changes ?? (() => Promise.resolve(null)),
    signingPlace: {
      journals: join(home, 'signing'),
      machine: options.machine ?? thisMachine(),
      warn: (sentence) => build.warnings.push(sentence),
    },
  })
  return build

  function remember(): Reporter {
    const step = (position: number) =>
      (steps[position] ??= {
        outcome: { is: 'skipped' },
        ignored: false,
        stdout: '',
        stderr: '',
        log: '',
      })
    const called = (call: string) => {
      if (calls.at(-1) !== call) calls.push(call)
    }
    return {
      stepStarted(position) {
        called(`start ${position}`)
        step(position)
      },
      said(position: number, stream: Stream, _at, bytes) {
        called(`said ${position}`)
        if (options.onBytes !== undefined) return options.onBytes(position === 1 ? bytes.length : 0)
        const text = Buffer.from(bytes).toString('latin1')
        step(position)[stream] += text
        step(position).log += text
        options.onSaid?.(build, position)
      },
      stepFinished(position, outcome, ignored) {
        called(`finish ${position}`)
        Object.assign(step(position), { outcome, ignored })
      },
      testsFound: (found) => tests.push(found),
      artifactFound: (found) => artifacts.push(found),
    }
  }
}

export function writeFiles(directory: string, files: Record<string, string>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true })
    writeFileSync(join(directory, path), text)
  }
}

/** The living processes whose environment carries the build's tag. A zombie is dead. */
export function survivorsOf(buildId: string): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => {
      try {
        const environment = readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0')
        return environment.includes(`OORE_BUILD_ID=${buildId}`) && !isZombie(pid)
      } catch {
        return false
      }
    })
}

/** Is this process there, and not a zombie? */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return !isZombie(pid)
  } catch {
    return false
  }
}

const isZombie = (pid: number): boolean =>
  /^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'latin1'))

function claimOf(id: string, options: BuildOptions): Claim {
  return {
    build_id: id,
    fence: 1,
    plan: testPlan({
      workingDirectory: options.workingDirectory ?? null,
      maxBuildDurationMs: options.maxBuildDurationMs ?? null,
      vars: Object.entries(options.vars ?? {}).map(([name, value]) => ({ name, value })),
      steps: options.steps.map((step, index) =>
        testStep({
          name: `step ${index + 1}`,
          ...(typeof step === 'string' ? { script: step } : step),
        }),
      ),
      artifacts: options.artifacts ?? [],
      ...options.plan,
    }),
    trust: { is: 'own' },
    checkout: {
      clone_url: 'https://example.com/app.git',
      commit: 'a'.repeat(40),
      ref: null,
      approved_commit: null,
      credential: null,
      allow_local: false,
    },
    environment: { PROGRAMS: programs, ...options.environment },
    variables: options.variables ?? {},
    signing: options.signing ?? { ios: null, android: [] },
    warnings: options.warnings ?? [],
    masks: options.masks ?? [],
    limits: {
      build_ms: 60_000,
      step_ms: 60_000,
      log_bytes: 50_000_000,
      grace_ms: 300,
      ...options.limits,
    },
  }
}
