import type { Clock } from '../lib/clock.ts'
import { proxySecrets } from '../lib/machine-variables.ts'
import type { PlannedStep } from '../pipeline/plan.ts'
import type { Claim } from '../protocol/messages.ts'
import type { BuildOutcome, StepOutcome } from '../protocol/outcome.ts'
import { endAll } from './end-all.ts'
import { collectArtifacts } from './finish.ts'
import { isFailure, reportPositions, type Positions } from './positions.ts'
import { makeRedactor } from './redact.ts'
import type { Reporter } from './reporter.ts'
import { buildTimeWasUp, runnerStopped, sentenceOf } from './sentences.ts'
import { firstEnvironment, setUp, type GetCode } from './setup.ts'
import { runStep, type StepContext } from './steps.ts'
import { stopAt, stopReason } from './stop.ts'
import { testReports, type TestReports } from './tests/collect.ts'
import { workspaceOf } from './workspace.ts'

export type { CheckoutOptions } from './setup.ts'

export type ExecuteOptions = {
  claim: Claim
  reporter: Reporter
  /** The build gets a directory of its own in here, which stays when it has ended. */
  workspacesDir: string
  /** Where copies of artifacts are put, to be sent from. It exists. */
  artifactsDir: string
  /** Where the process groups of the steps are noted, should this process be killed. */
  groupsFile: string
  /** Aborted with the reason `cancelled` or `interrupted`. */
  signal: AbortSignal
  clock: Clock
  checkout: GetCode
}

/**
 * Turns a claim into an outcome: gets the code, runs the steps one after another, ends whatever
 * they left running, collects the artifacts. What a build can run into is an outcome with a
 * sentence, never an error. Afterwards no process of the build is alive, or its log names those
 * that could not be ended.
 */
export async function execute(options: ExecuteOptions): Promise<BuildOutcome> {
  const { claim, reporter, workspacesDir, clock, checkout: getCode } = options
  const { plan, limits } = claim
  const limit: BuildLimit =
    plan.maxBuildDurationMs === null
      ? { ms: limits.build_ms, by: 'operator' }
      : { ms: plan.maxBuildDurationMs, by: 'author' }
  const stop = stopAt(options.signal, limit.ms)
  const credential = claim.checkout.credential?.password ?? ''
  const redactor = makeRedactor([...claim.masks, credential, ...proxySecrets()])
  const positions = reportPositions(reporter, redactor, clock)
  const finishPosition = plan.steps.length + 1
  const workspace = workspaceOf(workspacesDir, claim.build_id)
  const context: StepContext = {
    buildId: claim.build_id,
    workspace,
    workingDirectory: plan.workingDirectory,
    environment: firstEnvironment(claim, workspace),
    variablesRead: '',
    limits,
    first: null,
    groups: [],
    groupsFile: options.groupsFile,
    heldOpen: [],
  }
  try {
    const setup = await positions.perform(0, (log) =>
      setUp({
        claim,
        workspace,
        environment: context.environment,
        getCode,
        log,
        stop: stop.signal,
      }),
    )
    if (setup.is !== 'success') {
      positions.skip(1, finishPosition)
      return stoppedVerdict(stop.signal, limit) ?? brokenBy(setup)
    }
    const reports = testReports({ context, redactor, reporter, signal: options.signal })
    const verdict = await runSteps(context, plan.steps, positions, reports, stop.signal, limit)
    const swept = await endAll(context, null)
    if (!leavesArtifacts(verdict)) {
      positions.skip(finishPosition, finishPosition)
      return verdict
    }
    // Collecting outlives the build's own time limit: what there is explains why it ran out.
    const finished = await positions.perform(finishPosition, (log) =>
      collectArtifacts({ ...options, context, redactor, log, swept }),
    )
    return finishedVerdict(verdict, finished, options.signal)
  } finally {
    stop.clear()
    for (const running of context.heldOpen) running.close()
  }
}

/** How long the build may take, and who says so. */
type BuildLimit = { ms: number; by: 'author' | 'operator' }

/** Runs the steps until one decides the build; those after it are reported as skipped. */
async function runSteps(
  context: StepContext,
  steps: readonly PlannedStep[],
  positions: Positions,
  reports: TestReports,
  stop: AbortSignal,
  limit: BuildLimit,
): Promise<BuildOutcome> {
  let verdict: BuildOutcome | null = stoppedVerdict(stop, limit)
  for (const [index, step] of steps.entries()) {
    const position = index + 1
    if (verdict !== null) {
      positions.skip(position, steps.length)
      break
    }
    const outcome = await positions.perform(
      position,
      (log) =>
        reports.after(step, position, log, () => runStep(context, step, position, log, stop)),
      step.ignoreFailure,
    )
    const isForgiven = step.ignoreFailure && isFailure(outcome)
    verdict = stoppedVerdict(stop, limit)
    if (!isForgiven) verdict ??= verdictOf(outcome, position, step, context.limits.step_ms)
  }
  return verdict ?? { is: 'success' }
}

/** How a step's own end decides the build; null where the build goes on. */
function verdictOf(
  outcome: StepOutcome,
  position: number,
  step: PlannedStep,
  stepLimitMs: number,
): BuildOutcome | null {
  switch (outcome.is) {
    case 'success':
    case 'skipped':
      return null
    case 'cancelled':
      return { is: 'cancelled' }
    case 'broken':
      return { is: 'broken', kind: 'setup', why: outcome.why }
    case 'failed':
    case 'timed_out':
      return { is: outcome.is, why: sentenceOf(position, step.name, outcome, stepLimitMs) }
    default:
      return outcome satisfies never
  }
}

/** How an end from outside decides the build; null while there is none. */
function stoppedVerdict(stop: AbortSignal, limit: BuildLimit): BuildOutcome | null {
  const reason = stopReason(stop)
  switch (reason) {
    case null:
      return null
    case 'cancelled':
      return { is: 'cancelled' }
    case 'interrupted':
      return { is: 'broken', kind: 'interrupted', why: runnerStopped }
    case 'time_limit':
      return { is: 'timed_out', why: buildTimeWasUp(limit.ms, limit.by) }
    default:
      return reason satisfies never
  }
}

/** A failed build keeps what it made; one that people or a restart ended does not. */
const leavesArtifacts = (verdict: BuildOutcome): boolean =>
  verdict.is !== 'cancelled' && !(verdict.is === 'broken' && verdict.kind === 'interrupted')

/** Where collecting the artifacts went wrong, a build that had succeeded has not. */
function finishedVerdict(
  verdict: BuildOutcome,
  finished: StepOutcome,
  signal: AbortSignal,
): BuildOutcome {
  if (verdict.is !== 'success' || finished.is === 'success') return verdict
  // People and restarts end it from outside here; the build's own limit does not reach this far.
  return stoppedVerdict(signal, { ms: 0, by: 'operator' }) ?? brokenBy(finished)
}

function brokenBy(outcome: StepOutcome): BuildOutcome {
  const why = outcome.is === 'broken' ? outcome.why : 'Oore could not carry out this build.'
  return { is: 'broken', kind: 'setup', why }
}
