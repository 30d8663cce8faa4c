import { join } from 'node:path'
import { monotonicClock } from '../lib/clock.ts'
import { buildIdVariable } from '../lib/machine-variables.ts'
import { durationText } from '../lib/sizes.ts'
import { withVariables, type Environment } from '../lib/variables.ts'
import { positionsOf, type Plan } from '../pipeline/plan.ts'
import type { Checkout, Claim } from '../protocol/messages.ts'
import type { StepOutcome } from '../protocol/outcome.ts'
import {
  machineEnvironment,
  machinePath,
  placesEnvironment,
  toolsDirectory,
} from './environment.ts'
import { asHere, readingsSentence } from './foreign-paths.ts'
import { toolRoots } from './machine-tools.ts'
import { notForForks, notSetUp } from './not-carried-out.ts'
import { takePipes } from './pipe-stock.ts'
import type { BuildSigning } from './signing/build-signing.ts'
import { chooseSoftware, softwareRoots } from './software.ts'
import type { StepLog } from './step-log.ts'
import { pipeNames, stoppedOutcome, type StepContext } from './steps.ts'
import { stopReason } from './stop.ts'
import { emptyClone, type Workspace } from './workspace.ts'

/** Commits to fetch where CM_CLONE_DEPTH does not say; a tag is built for itself alone. */
const branchDepth = 50
const tagDepth = 1
const shownCommitChars = 12

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

/**
 * The files that differ between `since` and the commit that `getCode` has put in place, by their
 * paths from the root; null where that cannot be found out.
 */
export type GetChanges = (options: CheckoutOptions & { since: string }) => Promise<string[] | null>

/** What a build's steps find around them, and what there is to say about it. */
export type Surroundings = { environment: Record<string, string>; said: string[] }

/**
 * The environment of the first step: the machine's, the server's, the places, the software asked
 * for as far as the clone can be asked about it by now, what is stored, the author's.
 */
export function surroundingsOf(
  { build_id, plan, environment, variables, trust }: Claim,
  workspace: Workspace,
  signing: Environment = {},
): Surroundings {
  const known = {
    ...machineEnvironment(),
    ...environment,
    ...placesEnvironment(workspace),
    [buildIdVariable]: build_id,
  }
  const chosen = chooseSoftware(plan.software, softwareRoots(known), workspace.clone)
  const builtIn: Record<string, string> = { ...known, ...toolRoots(known), ...chosen.variables }
  builtIn['PATH'] = [...chosen.path, builtIn['PATH'], toolsDirectory()].join(':')
  if (trust.is === 'fork') Object.assign(builtIn, homeOfItsOwn(builtIn, workspace.home))
  const { [buildIdVariable]: _taken, ...stored } = variables
  const read = plan.vars.map(({ name, value }) => ({
    name,
    ...asHere(value, builtIn, workspace.clone),
  }))
  const readings = readingsSentence(
    read.flatMap((variable) => variable.readings),
    'In environment.vars',
  )
  const vars = read.map(({ name, text }) => ({ name, value: text }))
  return {
    environment: withVariables({ ...builtIn, ...signing, ...stored }, vars),
    said: [...chosen.said, ...(readings === null ? [] : [readings])],
  }
}

/**
 * Tools keep caches and settings below HOME and run what lies there, so a fork's build has one of its
 * own. Gems that the machine has are still found.
 */
function homeOfItsOwn(
  { PUB_CACHE: pubCache, GEM_HOME: gemHome }: Environment,
  home: string,
): Record<string, string> {
  return {
    HOME: home,
    ...(pubCache !== undefined && { PUB_CACHE: join(home, '.pub-cache') }),
    ...(gemHome !== undefined && { GEM_HOME: join(home, '.gem'), GEM_PATH: gemHome }),
  }
}

/** Makes the pipes of all steps ahead: git takes its time meanwhile. */
export async function makeStepPipes(plan: Plan, { pipes, pipeStock }: Workspace): Promise<void> {
  const names = positionsOf(plan).flatMap((what, position) =>
    'step' in what ? pipeNames(position) : [],
  )
  await takePipes({ stock: pipeStock, searchPath: machinePath() }, pipes, names)
}

export type SetUpOptions = {
  claim: Claim
  context: StepContext
  /** Settles when the pipes of the steps are there. */
  pipes: Promise<void>
  getCode: GetCode
  getChanges: GetChanges
  signing: BuildSigning
  log: StepLog
  stop: AbortSignal
}

/**
 * Puts the code into the workspace, what it is signed with beside it, and the software asked for in
 * reach. Throws where it cannot.
 */
export async function setUp(options: SetUpOptions): Promise<StepOutcome> {
  const { claim, context, pipes, getCode, signing, log, stop } = options
  const { plan } = claim
  const startedAt = monotonicClock()
  if (plan.preCloneSteps.length > 0) emptyClone(context.workspace)
  const job = checkoutOptions(options)
  const ends = await Promise.allSettled([getCode(job), pipes])
  const trouble = ends.find((end) => end.status === 'rejected')
  if (trouble !== undefined) return stoppedOr(trouble.reason)
  log.say(`The code is in place after ${durationText(monotonicClock() - startedAt)}.`)

  const doubts = [...notForForks(claim.trust), ...notSetUp(plan), ...claim.warnings]
  for (const line of doubts) log.warn(line)
  try {
    const around = surroundingsOf(claim, context.workspace).environment
    const signed = await signing.install(log, stop, around)
    const { environment, said } = surroundingsOf(claim, context.workspace, signed)
    context.environment = { ...environment, ...context.written }
    for (const line of said) log.say(line)
    context.changedFiles = await changedFiles(options, job)
  } catch (error) {
    return stoppedOr(error)
  }
  return { is: 'success' }

  function stoppedOr(error: unknown): StepOutcome {
    const reason = stopReason(stop)
    if (reason === null) throw error
    return stoppedOutcome(reason, monotonicClock() - startedAt)
  }
}

function checkoutOptions({ claim, context, log, stop }: SetUpOptions): CheckoutOptions {
  const { environment, workspace } = context
  return {
    buildId: claim.build_id,
    checkout: claim.checkout,
    into: workspace.clone,
    depth: cloneDepth(environment),
    submodules: environment['CM_RECURSIVE_SUBMODULE_INIT'] !== 'false',
    say: log.say,
    signal: stop,
  }
}

/**
 * What changed since the workflow last succeeded on this branch, where a step asks for it. Found
 * out before the first script has touched the repository that git then works in with a password.
 */
async function changedFiles(
  { claim, getChanges, log }: SetUpOptions,
  job: CheckoutOptions,
): Promise<string[] | null> {
  if (!claim.plan.steps.some(({ when }) => when.changeset !== null)) return null
  const since = claim.environment['CM_PREVIOUS_COMMIT']
  const changed = since === undefined ? null : await getChanges({ ...job, since })
  if (changed !== null) return changed
  const why =
    since === undefined
      ? 'This workflow has not succeeded on this branch before'
      : `What changed since ${since.slice(0, shownCommitChars)} is not known`
  log.say(`${why}, so no step is held back for the files that changed.`)
  return null
}

/** Reads CM_CLONE_UNSHALLOW and CM_CLONE_DEPTH; what is no number from 1 counts as not said. */
function cloneDepth(environment: Environment): number | null {
  if (environment['CM_CLONE_UNSHALLOW'] === 'true') return null
  const depth = Number(environment['CM_CLONE_DEPTH'] ?? environment['FCI_CLONE_DEPTH'])
  if (Number.isInteger(depth) && depth >= 1) return depth
  return environment['CM_TAG'] === undefined ? branchDepth : tagDepth
}
