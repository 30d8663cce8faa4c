import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { monotonicClock, type Millis } from '../lib/clock.ts'
import { sizeText } from '../lib/sizes.ts'
import type { Environment } from '../lib/variables.ts'
import type { MatchingBudget } from '../pipeline/changeset.ts'
import type { PlannedStep } from '../pipeline/plan.ts'
import type { StepOutcome } from '../protocol/outcome.ts'
import { endAll } from './end-all.ts'
import { asHere, readingsSentence } from './foreign-paths.ts'
import { noteGroup } from './groups-file.ts'
import {
  isGroupOccupied,
  startProcess,
  type Command,
  type Ending,
  type Running,
} from './process.ts'
import { couldNotRun, endedFromOutside, mayRemain, runnerStopped, stillHeld } from './sentences.ts'
import { interpreterOf, scriptText } from './shell.ts'
import type { StepLog } from './step-log.ts'
import { stopAt, stopOrEnd, stopReason, type StopReason } from './stop.ts'
import type { FirstProcess } from './sweep.ts'
import { readVariables, readVariablesFile, variablesFileBytesMax } from './variables-file.ts'
import { findWorkingDirectory, type WorkingDirectory } from './working-directory.ts'
import type { Workspace } from './workspace.ts'

/** How long a process that was ended may take to be gone from the process table. */
const goneMsMax = 2000

/** What the steps of one build share, and what each leaves to the next. */
export type StepContext = {
  buildId: string
  workspace: Workspace
  /** When the workspace was made, by the clock of the file system. */
  madeAtMs: number
  /** The workflow's own, as written. */
  workingDirectory: string | null
  environment: Environment
  /** What steps have added to it, through $CM_ENV or by how they ended. */
  written: Record<string, string>
  /** Since the commit that succeeded before, where a step asks; null where nobody knows. */
  changedFiles: string[] | null
  /** What all steps of the build together may take of time to compare their changesets. */
  matching: MatchingBudget
  /** What $CM_ENV held after the step before. */
  variablesRead: string | null
  limits: { step_ms: number; grace_ms: number }
  first: FirstProcess | null
  /** The groups of ended steps in which a process lives on. */
  groups: number[]
  /** Where the groups of all steps are noted for the runner after this one. */
  groupsFile: string
  /** Ended steps whose pipes such processes hold; they are read until the build ends. */
  heldOpen: Running[]
}

/** An item of the author's, where it stands in the build, and how sentences call it. */
export type StepItem = {
  kind: 'pre_clone' | 'script'
  step: PlannedStep
  position: number
  title: string
}

/**
 * Runs one script item to its end, in a process of its own. Stops it when `stop` is aborted or
 * the step's own limit is reached: TERM, grace, KILL, for everything the build has started.
 */
export async function runStep(
  context: StepContext,
  item: StepItem,
  log: StepLog,
  stop: AbortSignal,
): Promise<StepOutcome> {
  const broken = (why: string): StepOutcome => {
    const sentence = couldNotRun(item.title, why)
    log.warn(sentence)
    return { is: 'broken', why: sentence }
  }
  const prepared = prepare(context, item)
  if (prepared.is === 'impossible') return broken(prepared.why)
  if (prepared.reading !== null) log.say(prepared.reading)
  if (prepared.warning !== null) log.warn(prepared.warning)

  const startedAt = monotonicClock()
  const running = startProcess(prepared.command, log.heard)
  if (running.pid !== null) {
    context.first ??= { pid: running.pid, startedAt }
    noteGroup(context.groupsFile, running.pid)
  }
  const ownStop = stopAt(stop, context.limits.step_ms)
  await stopOrEnd(ownStop.signal, running.ended)
  ownStop.clear()
  const stopped = stopReason(ownStop.signal)
  const remaining = stopped === null ? [] : (await endAll(context, running)).remaining
  const ending = await (stopped === null ? running.ended : endedSoon(running))
  log.end()
  const isHeld = leaveBehind(context, running, ending)
  if (isHeld && stopped === null) log.warn(stillHeld)
  if (stopped !== null) {
    log.warn(endedFromOutside(stopped, stop.aborted ? null : context.limits.step_ms))
  }
  if (remaining.length > 0) log.warn(mayRemain(remaining))
  takeOverVariables(context, log)
  if (stopped !== null) return stoppedOutcome(stopped, monotonicClock() - startedAt)
  return ending.is === 'unstarted' ? broken(startTrouble(ending)) : outcomeOf(ending)
}

/** The names of the pipes that the step at this position talks through. */
export const pipeNames = (position: number): [string, string] => [
  `${position}.stdout`,
  `${position}.stderr`,
]

type Prepared =
  | { is: 'ready'; command: Command; reading: string | null; warning: string | null }
  | { is: 'impossible'; why: string }

/** Finds what the step needs, and writes its script to a file of its own outside the clone. */
function prepare(context: StepContext, { kind, step, position }: StepItem): Prepared {
  const { workspace, environment } = context
  const { text, readings } = asHere(step.script, environment, workspace.clone)
  const interpreter = interpreterOf(text)
  if (interpreter.is === 'missing') return { is: 'impossible', why: interpreter.why }
  const directory =
    kind === 'pre_clone'
      ? findWorkingDirectory(workspace.beforeClone, step.workingDirectory, environment, false)
      : workingDirectoryOf(context, step.workingDirectory)
  if (directory.is === 'unusable') return { is: 'impossible', why: directory.why }

  const script = join(workspace.scripts, String(position))
  writeFileSync(script, scriptText(text), { mode: 0o700 })
  const command = {
    file: interpreter.file ?? script,
    args: interpreter.file === null ? [] : [...interpreter.args, script],
    cwd: directory.path,
    env: environment,
    pipes: pipesOf(workspace, position),
  }
  const reading = readingsSentence(readings, 'In this script')
  return { is: 'ready', command, reading, warning: interpreter.warning }
}

/** The step's own working directory, else the workflow's: both are relative to the clone. */
export const workingDirectoryOf = (
  { workspace, workingDirectory, environment }: StepContext,
  own: string | null,
): WorkingDirectory => findWorkingDirectory(workspace.clone, own ?? workingDirectory, environment)

function pipesOf(workspace: Workspace, position: number): { stdout: string; stderr: string } {
  const [stdout, stderr] = pipeNames(position)
  return { stdout: join(workspace.pipes, stdout), stderr: join(workspace.pipes, stderr) }
}

/** A process that even KILL does not end (its disk hangs) must not hold the build. */
async function endedSoon(running: Running): Promise<Ending> {
  const givenUp: Ending = { is: 'signalled', signal: 'SIGKILL', pipeHeld: true }
  const patience = new AbortController()
  const late = wait(goneMsMax, givenUp, { signal: patience.signal }).catch(() => givenUp)
  const ending = await Promise.race([running.ended, late])
  patience.abort()
  return ending
}

/** Remembers what lives on; true where that holds the step's output. */
function leaveBehind(context: StepContext, running: Running, ending: Ending): boolean {
  // Asked at once: later the number of an empty group may belong to somebody else's.
  if (running.pid !== null && isGroupOccupied(running.pid)) {
    context.groups.push(running.pid)
    noteGroup(context.groupsFile, running.pid)
  }
  const isHeld = ending.is !== 'unstarted' && ending.pipeHeld
  if (isHeld) context.heldOpen.push(running)
  return isHeld
}

/** The variables that steps have written to $CM_ENV join the environment of those that follow. */
function takeOverVariables(context: StepContext, log: StepLog) {
  const text = readVariablesFile(context.workspace.environmentFile)
  if (text === context.variablesRead) return
  context.variablesRead = text
  if (text === null) {
    log.warn(
      `The file $CM_ENV is not a plain file of at most ${sizeText(variablesFileBytesMax)}, ` +
        'so it was not read.',
    )
    return
  }
  const { variables, problems } = readVariables(text)
  for (const problem of problems) log.warn(problem)
  addVariables(context, variables)
}

/** Variables for the steps that follow. */
export function addVariables(context: StepContext, variables: Record<string, string>): void {
  Object.assign(context.written, variables)
  context.environment = { ...context.environment, ...variables }
}

function startTrouble({ code, why }: { code: string | null; why: string }): string {
  switch (code) {
    case 'E2BIG':
      return 'its variables are more than this machine can hand to a program'
    case 'ENOENT':
      return 'its working directory or the program that runs it is not there any more'
    case 'EACCES':
      return 'this machine does not allow its script to be executed'
    default:
      return `the machine could not start it (${why})`
  }
}

function outcomeOf(ending: Exclude<Ending, { is: 'unstarted' }>): StepOutcome {
  if (ending.is === 'signalled') return { is: 'failed', exitCode: null, signal: ending.signal }
  if (ending.exitCode === 0) return { is: 'success' }
  return { is: 'failed', exitCode: ending.exitCode, signal: null }
}

/** How a step ends that was ended from outside. */
export function stoppedOutcome(reason: StopReason, afterMs: Millis): StepOutcome {
  switch (reason) {
    case 'cancelled':
      return { is: 'cancelled' }
    case 'interrupted':
      return { is: 'broken', why: runnerStopped }
    case 'time_limit':
      return { is: 'timed_out', afterMs: Math.round(afterMs) }
    default:
      return reason satisfies never
  }
}
