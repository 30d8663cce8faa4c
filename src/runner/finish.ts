import { readdir } from 'node:fs/promises'
import { basename, join, parse, relative } from 'node:path'
import { minutes, monotonicClock } from '../lib/clock.ts'
import { durationText, sizeText } from '../lib/sizes.ts'
import type { Claim } from '../protocol/messages.ts'
import type { StepOutcome } from '../protocol/outcome.ts'
import { copyMatch } from './artifact-copy.ts'
import { findMatches, visitsMax, type Match } from './artifact-globs.ts'
import { notPublished } from './not-carried-out.ts'
import type { Redactor } from '../lib/redact/redact.ts'
import type { Reporter } from './reporter.ts'
import { leftBehind, mayRemain } from './sentences.ts'
import { signingKeysOf } from './signing/published.ts'
import type { StepLog } from './step-log.ts'
import { stoppedOutcome, workingDirectoryOf, type StepContext } from './steps.ts'
import { stopAt, stopReason } from './stop.ts'
import type { Swept } from './sweep.ts'
import { isInside } from './working-directory.ts'
import type { Workspace } from './workspace.ts'

const collectMsMax = minutes(15)
const artifactsMax = 1000
const nameCharsMax = 255
const shownHashChars = 12
const tookTooLong = `Collecting the artifacts took more than ${durationText(collectMsMax)}.`

export type FinishOptions = {
  claim: Claim
  reporter: Reporter
  artifactsDir: string
  signal: AbortSignal
  context: StepContext
  redactor: Redactor
  log: StepLog
  /** What the end of the steps has found still running. */
  swept: Swept
}

/**
 * The last position of a build: says what the steps left running, then finds, copies and reports
 * the artifacts. What is not there or must not be kept is a warning; only a copy that cannot be
 * written is an error.
 */
export async function collectArtifacts(options: FinishOptions): Promise<StepOutcome> {
  const { claim, log, swept } = options
  const startedAt = monotonicClock()
  const stop = stopAt(options.signal, collectMsMax)
  try {
    if (swept.ended.length > 0) log.say(leftBehind(swept.ended))
    if (swept.remaining.length > 0) log.warn(mayRemain(swept.remaining))
    const matches = await findAll(claim.plan.artifacts, options, stop.signal)
    await keepAll(matches, options, stop.signal)
    const unpublished = notPublished(claim.plan.publishing)
    if (unpublished !== null) log.warn(unpublished)
    return { is: 'success' }
  } catch (error) {
    const reason = stopReason(stop.signal)
    if (reason === null) throw error
    if (reason === 'time_limit') return { is: 'broken', why: tookTooLong }
    return stoppedOutcome(reason, monotonicClock() - startedAt)
  } finally {
    stop.clear()
  }
}

/** Every match of every pattern, once each, in the order of the patterns. */
async function findAll(
  patterns: readonly string[],
  { context, log }: FinishOptions,
  signal: AbortSignal,
): Promise<Match[]> {
  const { workspace, environment } = context
  const directory = workingDirectoryOf(context, null)
  const workingDirectory = directory.is === 'found' ? directory.path : workspace.clone
  const all = new Map<string, Match>()
  for (const pattern of patterns) {
    const places = { workspace, workingDirectory, environment, madeAtMs: context.madeAtMs }
    const found = await findMatches(pattern, places, { signal, visitsMax })
    if (found.is === 'found' && found.isPartial) log.warn(onlyFirst(pattern))
    if (found.is === 'unusable') log.warn(`${pattern} was skipped: ${found.why}.`)
    else if (found.matches.length === 0) log.warn(`Nothing matches ${pattern}`)
    else for (const match of found.matches) all.set(match.path, match)
  }
  if (await hasExports(workspace)) {
    const { exports: path, root } = workspace
    all.set(path, { path, kind: 'directory', root })
  }
  return [...all.values()]
}

const onlyFirst = (pattern: string): string =>
  `${pattern} was looked for among ${visitsMax} files and directories only; there are more.`

async function hasExports(workspace: Workspace): Promise<boolean> {
  const entries = await readdir(workspace.exports).catch(() => [])
  return entries.length > 0
}

async function keepAll(
  matches: readonly Match[],
  options: FinishOptions,
  signal: AbortSignal,
): Promise<void> {
  const { reporter, artifactsDir, context, redactor, log } = options
  const keys = signingKeysOf(options.claim, context.workspace, context.environment)
  const names = new Set<string>()
  let totalBytes = 0
  for (const match of matches) {
    signal.throwIfAborted()
    const index = names.size
    const path = shownPath(match.path, context.workspace)
    if (index === artifactsMax) {
      log.warn(`A build keeps at most ${artifactsMax} artifacts; the rest was left out.`)
      break
    }
    const file = join(artifactsDir, String(index))
    const copy = await copyMatch(match, file, keys, signal)
    if (copy.is === 'refused') {
      log.warn(`${path} was skipped: ${copy.why}.`)
      continue
    }
    const written = copy.isZip ? `${basename(path)}.zip` : basename(path)
    const name = freeName(redactor.text(written), names)
    names.add(name)
    const { sizeBytes, sha256, leftOut } = copy
    totalBytes += sizeBytes
    reporter.artifactFound({ index, name, path: redactor.text(path), sizeBytes, sha256, file })
    log.say(`${name}  ${sizeText(sizeBytes)}  sha256 ${sha256.slice(0, shownHashChars)}…`)
    for (const left of leftOut) {
      log.warn(`${name} was made without ${onOneLine(left.path)}: ${left.why}.`)
    }
  }
  const count = names.size === 1 ? '1 artifact' : `${names.size} artifacts`
  if (matches.length > 0) log.say(`Kept ${count}, ${sizeText(totalBytes)}.`)
}

/** Relative to the clone directory where it lies inside, on one line. */
function shownPath(path: string, workspace: Workspace): string {
  return onOneLine(isInside(path, workspace.clone) ? relative(workspace.clone, path) : path)
}

/** With each control character as `_`: in a log the name of a file could forge lines and colours. */
const onOneLine = (text: string): string => text.replace(/[\p{Cc}\u2028\u2029]/gu, '_')

/** `name.apk`, or `name_2.apk` where that is taken; at most 255 characters. */
function freeName(wanted: string, taken: ReadonlySet<string>): string {
  const { name, ext } = parse(wanted)
  for (let count = 1; ; count += 1) {
    const ending = count === 1 ? ext : `_${count}${ext}`
    const free = name.slice(0, nameCharsMax - ending.length) + ending
    if (!taken.has(free)) return free
  }
}
