import type { Clock } from '../lib/clock.ts'
import { proxySecrets } from '../lib/machine-variables.ts'
import { matchingBudget } from '../pipeline/changeset.ts'
import { positionsOf, type PlannedStep, type Position } from '../pipeline/plan.ts'
import type { Claim } from '../protocol/messages.ts'
import type { BuildOutcome, StepOutcome } from '../protocol/outcome.ts'
import { endAll } from './end-all.ts'
import { collectArtifacts } from './finish.ts'
import { heldBack } from './held-back.ts'
import { isFailure, reportPositions, type Positions } from './positions.ts'
import { makeRedactor } from '../lib/redact/redact.ts'
import type { Reporter } from './reporter.ts'
import { buildTimeWasUp, runnerStopped, sentenceOf, stepTitle } from './sentences.ts'
import { makeStepPipes, setUp, surroundingsOf, type GetChanges, type GetCode } from './setup.ts'
import { addVariables, runStep, type StepContext, type StepItem } from './steps.ts'
import { openBuildSigning, type BuildSigning } from './signing/build-signing.ts'
import type { SigningPlace } from './signing/machine.ts'
import { stopAt, stopReason } from './stop.ts'
import { testReports, type TestReports } from './tests/collect.ts'
import { makeWorkspace, workspaceOf } from './workspace.ts'

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
  changes: GetChanges
  /** Where and on which machine it is signed. */
  signingPlace: SigningPlace
}

/**
 * Turns a claim into an outcome: gets the code, runs the steps one after another, ends whatever
 * they left running, collects the artifacts. What a build can run into is an outcome with a
 * sentence, never an error. Afterwards no process of the build is alive, or its log names those
 * that could not be ended.
 */
export async function execute(options: ExecuteOptions): Promise<BuildOutcome> {
  const { claim, reporter, workspacesDir, clock } = options
  const { plan, limits } = claim
  const limit: BuildLimit =
    plan.maxBuildDurationMs === null
      ? { ms: limits.build_ms, by: 'operator' }
      : { ms: plan.maxBuildDurationMs, by: 'author' }
  const stop = stopAt(options.signal, limit.ms)
  const credential = claim.checkout.credential?.password ?? ''
  const workspace = workspaceOf(workspacesDir, claim.build_id)
  const signing = openBuildSigning(claim, workspace, options.signingPlace)
  const masks = [...claim.masks, ...signing.masks, credential, ...proxySecrets()]
  const redactor = makeRedactor(masks)
  const positions = reportPositions(reporter, redactor, clock)
  const context: StepContext = {
    buildId: claim.build_id,
    workspace,
    madeAtMs: 0,
    workingDirectory: plan.workingDirectory,
    environment: surroundingsOf(claim, workspace).environment,
    written: {},
    changedFiles: null,
    matching: matchingBudget(),
    variablesRead: '',
    limits,
    first: null,
    groups: [],
    groupsFile: options.groupsFile,
    heldOpen: [],
  }
  try {
    const reports = testReports({ context, redactor, reporter, signal: options.signal })
    const controls = { context, positions, reports, signing, stop: stop.signal, limit }
    const ended = await runPositions({ ...options, ...controls })
    const swept = await endAll(context, null)
    const finishPosition = positionsOf(plan).length - 1
    if (!ended.hasCode || !leavesArtifacts(ended.verdict)) {
      const trouble = await cleanUp()
      if (trouble.length === 0) positions.skip(finishPosition, finishPosition)
      else {
        await positions.perform(finishPosition, async (log) => {
          for (const sentence of trouble) log.warn(sentence)
          return { is: 'skipped' }
        })
      }
      return ended.verdict
    }
    // Collecting outlives the build's own time limit: what there is explains why it ran out.
    const finished = await positions.perform(finishPosition, async (log) => {
      try {
        return await collectArtifacts({ ...options, context, redactor, log, swept })
      } finally {
        for (const sentence of await cleanUp()) log.warn(sentence)
      }
    })
    return finishedVerdict(ended.verdict, finished, options.signal)
  } finally {
    stop.clear()
    for (const running of context.heldOpen) running.close()
    await cleanUp()
  }

  /** Undoes what was changed to sign, at whichever of the ends of a build comes first. */
  async function cleanUp(): Promise<string[]> {
    const trouble = await signing.cleanUp()
    for (const sentence of trouble) options.signingPlace.warn(sentence)
    return trouble
  }
}

/** How long the build may take, and who says so. */
type BuildLimit = { ms: number; by: 'author' | 'operator' }

type RunOptions = ExecuteOptions & {
  context: StepContext
  positions: Positions
  reports: TestReports
  signing: BuildSigning
  stop: AbortSignal
  limit: BuildLimit
}

/** How the build ended before its last position, and whether the code had been got by then. */
type Ended = { verdict: BuildOutcome; hasCode: boolean }

/** Performs all positions but the last until one decides the build; the rest are skipped. */
async function runPositions(options: RunOptions): Promise<Ended> {
  const { claim, context, positions, signing, stop, limit } = options
  const all = positionsOf(claim.plan)
  let pipes: Promise<void> | null = null
  let hasCode = false
  let verdict: BuildOutcome | null = null
  for (const [position, what] of all.entries()) {
    if (what.kind === 'finish') break
    if (verdict !== null) {
      positions.skip(position, all.length - 2)
      break
    }
    if ('step' in what) {
      verdict = await performStep(options, itemAt(all, position, what), ready)
    } else {
      const setup = await positions.perform(position, async (log) => {
        const made = ready()
        const { checkout: getCode, changes: getChanges } = options
        return setUp({ claim, context, pipes: made, getCode, getChanges, signing, log, stop })
      })
      hasCode = setup.is === 'success'
      verdict = stoppedVerdict(stop, limit) ?? (hasCode ? null : brokenBy(setup))
    }
  }
  return { verdict: verdict ?? { is: 'success' }, hasCode }

  /** Makes the workspace at the first position that is performed, whichever it is. */
  function ready(): Promise<void> {
    if (pipes === null) {
      context.madeAtMs = makeWorkspace(context.workspace)
      pipes = makeStepPipes(claim.plan, context.workspace)
    }
    return pipes
  }
}

function itemAt(
  all: readonly Position[],
  position: number,
  { kind, step }: Extract<Position, { step: PlannedStep }>,
): StepItem {
  const index = all.slice(0, position).filter((other) => other.kind === kind).length
  return { kind, step, position, title: stepTitle(kind, index, step.name) }
}

/** Runs a step, or holds it back; returns how that decides the build, null where it goes on. */
async function performStep(
  { context, positions, reports, stop, limit }: RunOptions,
  item: StepItem,
  ready: () => Promise<void>,
): Promise<BuildOutcome | null> {
  const { step, position } = item
  const outcome = await positions.perform(
    position,
    async (log) => {
      await ready()
      const why = heldBack(step, context)
      if (why === null) {
        return reports.after(step, position, log, () => runStep(context, item, log, stop))
      }
      log.say(why)
      return { is: 'skipped' }
    },
    step.ignoreFailure,
  )
  noteTests(context, step, outcome)
  const isForgiven = step.ignoreFailure && isFailure(outcome)
  const decided = isForgiven ? null : verdictOf(outcome, item, context.limits.step_ms)
  return stoppedVerdict(stop, limit) ?? decided
}

/** CM_TEST_STEP_STATUS: how the steps with a `test_report` have ended; one failure is all. */
function noteTests(context: StepContext, step: PlannedStep, outcome: StepOutcome): void {
  if (step.testReport === null || outcome.is === 'skipped') return
  const hasFailed = isFailure(outcome) || context.written['CM_TEST_STEP_STATUS'] === 'failure'
  const status = hasFailed ? 'failure' : 'success'
  addVariables(context, { CM_TEST_STEP_STATUS: status, FCI_TEST_STEP_STATUS: status })
}

/** How a step's own end decides the build; null where the build goes on. */
function verdictOf(
  outcome: StepOutcome,
  { title }: StepItem,
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
      return { is: outcome.is, why: sentenceOf(title, outcome, stepLimitMs) }
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
