import { monotonicClock } from '../lib/clock.ts'
import { buildIdVariable } from '../lib/machine-variables.ts'
import { durationText } from '../lib/sizes.ts'
import type { Checkout, Claim } from '../protocol/messages.ts'
import type { StepOutcome } from '../protocol/outcome.ts'
import { withVariables, type Environment } from '../lib/variables.ts'
import { machineEnvironment, machinePath, placesEnvironment } from './environment.ts'
import { takePipes } from './pipe-stock.ts'
import type { StepLog } from './step-log.ts'
import { pipeNames, stoppedOutcome } from './steps.ts'
import { stopReason } from './stop.ts'
import { makeWorkspace, type Workspace } from './workspace.ts'

/** Commits to fetch where CM_CLONE_DEPTH does not say; a tag is built for itself alone. */
const branchDepth = 50
const tagDepth = 1

export type CheckoutOptions = {
  buildId: string
  checkout: Checkout
  /** An empty directory. */
  into: string
  /** How many commits to fetch; null is all of them. */
  depth: number | null
  submodules: boolean
  say: (text: string) => void
  signal: AbortSignal
}

/** Gets the code. Throws OoreError, whose message is the sentence for people, where it cannot. */
export type GetCode = (options: CheckoutOptions) => Promise<void>

/** The environment of the first step: the machine's, the server's, the places, the author's. */
export function firstEnvironment(claim: Claim, workspace: Workspace): Record<string, string> {
  const builtIn = {
    ...machineEnvironment(),
    ...claim.environment,
    ...placesEnvironment(workspace),
    [buildIdVariable]: claim.build_id,
  }
  return withVariables(builtIn, claim.plan.vars)
}

/** Makes the workspace and puts the code into it. Throws where it cannot. */
export async function setUp(options: {
  claim: Claim
  workspace: Workspace
  environment: Environment
  getCode: GetCode
  log: StepLog
  stop: AbortSignal
}): Promise<StepOutcome> {
  const { claim, workspace, environment, getCode, log, stop } = options
  const startedAt = monotonicClock()
  makeWorkspace(workspace)
  const code = getCode({
    buildId: claim.build_id,
    checkout: claim.checkout,
    into: workspace.clone,
    depth: cloneDepth(environment),
    submodules: environment['CM_RECURSIVE_SUBMODULE_INIT'] !== 'false',
    say: log.say,
    signal: stop,
  })
  const pipes = makeStepPipes(workspace, claim.plan.steps.length)
  const ends = await Promise.allSettled([code, pipes])
  const trouble = ends.find((end) => end.status === 'rejected')
  if (trouble !== undefined) {
    const reason = stopReason(stop)
    if (reason === null) throw trouble.reason
    return stoppedOutcome(reason, monotonicClock() - startedAt)
  }
  log.say(`The code is in place after ${durationText(monotonicClock() - startedAt)}.`)
  return { is: 'success' }
}

async function makeStepPipes(workspace: Workspace, steps: number): Promise<void> {
  const names = Array.from({ length: steps }, (_, index) => pipeNames(index + 1)).flat()
  const from = { stock: workspace.pipeStock, searchPath: machinePath() }
  await takePipes(from, workspace.pipes, names)
}

/** Reads CM_CLONE_UNSHALLOW and CM_CLONE_DEPTH; what is no number from 1 counts as not said. */
function cloneDepth(environment: Environment): number | null {
  if (environment['CM_CLONE_UNSHALLOW'] === 'true') return null
  const depth = Number(environment['CM_CLONE_DEPTH'])
  if (Number.isInteger(depth) && depth >= 1) return depth
  return environment['CM_TAG'] === undefined ? branchDepth : tagDepth
}
