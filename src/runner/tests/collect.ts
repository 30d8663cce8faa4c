import type { FileHandle } from 'node:fs/promises'
import { relative } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { seconds } from '../../lib/clock.ts'
import { messageOf } from '../../lib/errors.ts'
import { durationText, KiB, sizeText } from '../../lib/sizes.ts'
import type { PlannedStep } from '../../pipeline/plan.ts'
import type { StepOutcome } from '../../protocol/outcome.ts'
import { type FoundTest, testLimits } from '../../protocol/tests.ts'
import { openInside } from '../artifact-copy.ts'
import { findMatches, type Match, visitsMax } from '../artifact-globs.ts'
import type { Redactor } from '../../lib/redact/redact.ts'
import type { Reporter } from '../reporter.ts'
import type { StepLog } from '../step-log.ts'
import type { StepContext } from '../steps.ts'
import { stopAt, stopReason } from '../stop.ts'
import { findWorkingDirectory, isInside } from '../working-directory.ts'
import { reportBytesMax, type ReportRead } from './report.ts'
import type { ReadTest } from './report.ts'
import { shownTest } from './shown-test.ts'

const collectMsMax = seconds(60)
const filesMax = 5000
/** Warnings of one kind that are written out. */
const warningsMax = 10
/** Characters of details that a build keeps in all; later failures keep their message. */
const detailsCharsTotalMax = 8_000_000
/** One event of tests; the sender lets nothing follow it in the same message. */
const chunkBytesMax = 256 * KiB
/** Tests that are masked and clipped before others get a turn. */
const testsPerTurn = 200

export type TestReportsOptions = {
  context: StepContext
  redactor: Redactor
  reporter: Reporter
  /** Aborted when the build is cancelled or interrupted. */
  signal: AbortSignal
}

/** The test reports of one build's steps. */
export type TestReports = {
  /**
   * Runs a step and then reads the reports that it left, however it ended, unless it was cancelled
   * or never ran. What is wrong with a report is a warning in the step's log and changes nothing.
   */
  after(
    step: PlannedStep,
    position: number,
    log: StepLog,
    run: () => Promise<StepOutcome>,
  ): Promise<StepOutcome>
}

export function testReports(options: TestReportsOptions): TestReports {
  const build: BuildTests = { counted: new Map(), taken: 0, detailsChars: 0 }
  return {
    async after(step, position, log, run) {
      const outcome = await run()
      const { testReport } = step
      if (testReport === null || !leavesReport(outcome) || options.signal.aborted) return outcome
      const stop = stopAt(options.signal, collectMsMax)
      try {
        const written = step.workingDirectory ?? options.context.workingDirectory
        await collect({ ...options, build, testReport, written, position, log }, stop.signal)
      } catch (error) {
        const reason = stopReason(stop.signal)
        if (reason === null) log.warn(`The test report could not be read: ${messageOf(error)}.`)
        if (reason === 'time_limit') log.warn(tookTooLong)
      } finally {
        stop.clear()
      }
      return outcome
    },
  }
}

const leavesReport = ({ is }: StepOutcome): boolean =>
  is === 'success' || is === 'failed' || is === 'timed_out'

const tookTooLong =
  `Reading the test report took more than ${durationText(collectMsMax)}; ` +
  'what had been read by then is kept.'

/** What the steps of a build share. */
type BuildTests = {
  /** The state in which a file was read, by its path: unless it is written anew it counts once. */
  counted: Map<string, string>
  taken: number
  detailsChars: number
}

type Collection = TestReportsOptions & {
  build: BuildTests
  testReport: string
  /** The step's working directory, as written. */
  written: string | null
  position: number
  log: StepLog
}

async function collect(collection: Collection, signal: AbortSignal): Promise<void> {
  const { testReport, log } = collection
  const matches = await findReports(collection, signal)
  if (matches === null) return
  if (matches.length === 0) {
    log.say(`Test report: nothing matches ${testReport}.`)
    return
  }
  const tally = newTally()
  try {
    for (const match of matches.slice(0, filesMax)) await readOne(match, collection, tally, signal)
  } finally {
    for (const warning of warningsOf(tally)) log.warn(warning)
    const left = matches.length - filesMax
    if (left > 0) log.warn(`Only the first ${filesMax} reports were read; ${left} were left out.`)
    if (tally.dropped > 0) log.warn(tooMany(tally.dropped))
    const sentence = sumOf(tally)
    if (sentence !== null) log.say(sentence)
  }
}

async function findReports(
  { context, testReport, written, log }: Collection,
  signal: AbortSignal,
): Promise<Match[] | null> {
  const { workspace, environment } = context
  const directory = findWorkingDirectory(workspace.clone, written, environment)
  const workingDirectory = directory.is === 'found' ? directory.path : workspace.clone
  const places = { workspace, workingDirectory, environment, madeAtMs: context.madeAtMs }
  const found = await findMatches(testReport, places, { signal, visitsMax })
  if (found.is === 'unusable') {
    log.warn(`The test report ${testReport} was not looked for: ${found.why}.`)
    return null
  }
  if (found.isPartial) {
    log.warn(`${testReport} was looked for among ${visitsMax} files and directories only.`)
  }
  return found.matches
}

type Tally = {
  files: number
  /** By status. */
  counts: Record<FoundTest['status'], number>
  /** Beyond what a build may have. */
  dropped: number
  stale: number
  others: string[]
  refused: string[]
}

const newTally = (): Tally => ({
  files: 0,
  counts: { passed: 0, failed: 0, error: 0, skipped: 0 },
  dropped: 0,
  stale: 0,
  others: [],
  refused: [],
})

async function readOne(
  match: Match,
  collection: Collection,
  tally: Tally,
  signal: AbortSignal,
): Promise<void> {
  const { context, build } = collection
  const { root, clone } = context.workspace
  const shown = onOneLine(isInside(match.path, clone) ? relative(clone, match.path) : match.path)
  const file = match.kind === 'file' ? await openInside(match.path, root) : refusals[match.kind]
  if (typeof file === 'string') {
    tally.refused.push(`${shown} was not read: ${file}.`)
    return
  }
  const state = await stateOf(file)
  if (build.counted.get(match.path) === state) {
    tally.stale += 1
    await file.close()
    return
  }
  build.counted.set(match.path, state)
  const read: ReadTest[] = []
  const room = testLimits.testsMax - build.taken
  // What reads XML is loaded by runners that are given a report.
  const { readReport } = await import('./read-report.ts')
  try {
    const ending = await readReport(
      file,
      (test) => void (read.length < room ? read.push(test) : (tally.dropped += 1)),
      signal,
    )
    tell(ending, shown, read.length, tally)
  } finally {
    // Also what was read before the time was up.
    await report(read, collection, tally)
  }
}

const refusals = {
  directory: 'it is a directory. Write a pattern for the files in it, such as reports/*.xml',
  link: 'it is a link, and links are not followed',
  other: 'it is no plain file',
}

/** Changes whenever the file is written, and when another takes its place. */
async function stateOf(file: FileHandle): Promise<string> {
  const { ino, size, mtimeNs, ctimeNs } = await file.stat({ bigint: true })
  return [ino, size, mtimeNs, ctimeNs].join(' ')
}

function tell(ending: ReportRead, path: string, count: number, tally: Tally): void {
  switch (ending.is) {
    case 'read':
      tally.files += 1
      return
    case 'other':
      tally.others.push(path)
      return
    case 'too_large':
      tally.refused.push(`${path} is larger than ${sizeText(reportBytesMax)}; ${keptOf(count)}`)
      return
    case 'malformed': {
      const { line, column, why } = ending
      const place = `${path}:${line}:${column}`
      tally.refused.push(`${place} is not well-formed: ${why}; ${keptOf(count)}`)
      return
    }
    default:
      ending satisfies never
  }
}

const keptOf = (count: number): string =>
  count === 0
    ? 'no test could be read before.'
    : `${testsOf(count)} read before ${count === 1 ? 'is' : 'are'} kept.`

/** Hands tests on, in pieces that fit into a message. */
async function report(
  read: readonly ReadTest[],
  collection: Collection,
  tally: Tally,
): Promise<void> {
  const { build, context, redactor, reporter, position } = collection
  let chunk: FoundTest[] = []
  let chunkBytes = 0
  const send = () => {
    if (chunk.length === 0) return
    reporter.testsFound({ position, first: build.taken, tests: chunk })
    build.taken += chunk.length
    chunk = []
    chunkBytes = 0
  }
  for (const [index, raw] of read.entries()) {
    if (index % testsPerTurn === testsPerTurn - 1) await turn()
    const keepsDetails = build.detailsChars < detailsCharsTotalMax
    const test = shownTest(raw, redactor, context.workspace.clone, keepsDetails)
    build.detailsChars += test.details?.length ?? 0
    tally.counts[test.status] += 1
    const bytes = Buffer.byteLength(JSON.stringify(test))
    if (chunkBytes + bytes > chunkBytesMax) send()
    chunk.push(test)
    chunkBytes += bytes
  }
  send()
}

function warningsOf({ refused, others }: Tally): string[] {
  const warnings = refused.slice(0, warningsMax)
  const left = refused.length - warnings.length
  if (left > 0) warnings.push(`${left} more files could not be read as test reports.`)
  if (others.length === 0) return warnings
  const named = others.slice(0, warningsMax).join(', ')
  const rest = others.length > warningsMax ? ` and ${others.length - warningsMax} more` : ''
  const kinds = 'neither JUnit XML nor the lines of flutter test --machine'
  return [...warnings, `Not read as test reports, because they are ${kinds}: ${named}${rest}.`]
}

const tooMany = (dropped: number): string =>
  `A build keeps at most ${testLimits.testsMax} tests; ${testsOf(dropped)} ` +
  `${dropped === 1 ? 'was' : 'were'} left out.`

/** `Test report: 214 tests in 3 files: 210 passed, 2 failed, 2 skipped.` */
function sumOf({ files, counts, stale }: Tally): string | null {
  const { passed, failed, error, skipped } = counts
  const total = passed + failed + error + skipped
  const counted = `${filesOf(stale)} of an earlier step ${stale === 1 ? 'was' : 'were'} not counted again`
  if (files === 0 && total === 0) return stale === 0 ? null : `Test report: ${counted}.`
  const parts = [
    `${passed} passed`,
    `${failed + error} failed`,
    ...(skipped === 0 ? [] : [`${skipped} skipped`]),
  ]
  const sum = total === 0 ? '' : `: ${parts.join(', ')}`
  const rest = stale === 0 ? '' : ` ${counted}.`
  return `Test report: ${testsOf(total)} in ${filesOf(files)}${sum}.${rest}`
}

const testsOf = (count: number): string => (count === 1 ? '1 test' : `${count} tests`)
const filesOf = (count: number): string => (count === 1 ? '1 file' : `${count} files`)

/** With each control character as `_`: in a log the name of a file could forge lines and colours. */
const onOneLine = (text: string): string => text.replace(/[\p{Cc}\u2028\u2029]/gu, '_')
