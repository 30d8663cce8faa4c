import { z } from 'zod'
import type { TestStatus } from '../../protocol/tests.ts'
import { added, firstLine, NotAReport, type ReadTest, type ReportReader } from './report.ts'

/** A longer line is passed over: it would have to lie in memory whole. */
const lineCharsMax = 4_000_000
/** Tests that may be under way at once; the reporter tells of their ends soon after. */
const openTestsMax = 50_000

/**
 * Reads what `flutter test --machine` and `dart test --reporter json` print: a JSON object a line
 * (https://github.com/dart-lang/test/blob/master/pkgs/test/doc/json_reporter.md). Lines that are
 * none of its events are passed over: Flutter writes some of its own, and so does a build before
 * it. Tests are handed on when their run is over, because an error may still come after the end of
 * a test. A file may hold several runs.
 */
export function dartReader(take: (test: ReadTest) => void): ReportReader {
  let rest = ''
  let isTooLong = false
  let isReport = false
  let run = newRun()

  function readLine(line: string): void {
    const event = eventOf(line)
    if (event === null) return
    isReport = true
    if (event.type === 'start') finish()
    else note(run, event)
  }

  function finish(): void {
    for (const test of run.tests.values()) {
      const read = testOf(test)
      if (read !== null) take(read)
    }
    run = newRun()
  }

  return {
    write(text) {
      const lines = text.split('\n')
      for (const [index, line] of lines.entries()) {
        rest = isTooLong ? '' : rest + line
        isTooLong ||= rest.length > lineCharsMax
        if (index === lines.length - 1) break
        if (!isTooLong) readLine(rest)
        rest = ''
        isTooLong = false
      }
    },
    end() {
      if (!isTooLong) readLine(rest)
      finish()
      if (!isReport) throw new NotAReport()
    },
  }
}

const id = z.int()
const place = z.int().nullish()
const url = z.string().nullish()

const dartEvent = z.discriminatedUnion('type', [
  z.object({ type: z.literal('start') }),
  z.object({ type: z.literal('suite'), suite: z.object({ id, path: z.string().nullish() }) }),
  z.object({
    type: z.literal('testStart'),
    time: z.number(),
    test: z.object({
      id,
      name: z.string(),
      suiteID: id,
      groupIDs: z.array(id).default([]),
      line: place,
      url,
      root_line: place,
      root_url: url,
    }),
  }),
  z.object({ type: z.literal('print'), testID: id, message: z.string() }),
  z.object({
    type: z.literal('error'),
    testID: id,
    error: z.string(),
    stackTrace: z.string().default(''),
    isFailure: z.boolean().default(false),
  }),
  z.object({
    type: z.literal('testDone'),
    time: z.number(),
    testID: id,
    result: z.string(),
    hidden: z.boolean().default(false),
    skipped: z.boolean().default(false),
  }),
])
type DartEvent = z.infer<typeof dartEvent>

function eventOf(line: string): DartEvent | null {
  const text = line.trim()
  if (!text.startsWith('{')) return null
  try {
    return dartEvent.safeParse(JSON.parse(text)).data ?? null
  } catch {
    return null
  }
}

/** One run of the test runner; ids mean something only within it. */
type Run = { suites: Map<number, string>; tests: Map<number, OpenTest> }
type OpenTest = {
  suite: string
  start: Extract<DartEvent, { type: 'testStart' }>
  done: Extract<DartEvent, { type: 'testDone' }> | null
  printed: string
  errors: Extract<DartEvent, { type: 'error' }>[]
}

/** Errors of one test that are kept; a stream may go on throwing. */
const errorsMax = 20

const newRun = (): Run => ({ suites: new Map(), tests: new Map() })

function note(run: Run, event: Exclude<DartEvent, { type: 'start' }>): void {
  if (event.type === 'suite') {
    run.suites.set(event.suite.id, event.suite.path ?? '')
    return
  }
  if (event.type === 'testStart') {
    if (run.tests.size >= openTestsMax) return
    const suite = run.suites.get(event.test.suiteID) ?? ''
    run.tests.set(event.test.id, { suite, start: event, done: null, printed: '', errors: [] })
    return
  }
  const test = run.tests.get(event.testID)
  if (test === undefined) return
  switch (event.type) {
    case 'print':
      test.printed = added(test.printed, `${event.message}\n`)
      return
    case 'error':
      if (test.errors.length < errorsMax) test.errors.push(event)
      return
    case 'testDone':
      test.done = event
      // What a sound test printed is in the log; a failed one keeps it, because it explains.
      if (event.result === 'success' && !event.skipped && test.errors.length === 0)
        test.printed = ''
      return
    default:
      event satisfies never
  }
}

/** The test as it turned out; null for what the runner does for itself, such as loading a file. */
function testOf({ suite, start, done, printed, errors }: OpenTest): ReadTest | null {
  const { test, time } = start
  const isOwnWork = done === null ? test.groupIDs.length === 0 : done.hidden
  if (isOwnWork && errors.length === 0) return null
  const status = statusOf(done, errors)
  const told = {
    suite,
    name: test.name,
    status,
    durationMs: done === null ? null : Math.max(0, Math.round(done.time - time)),
    ...placeOf(test, suite),
  }
  if (status === 'passed') return { ...told, message: null, details: null }
  if (status === 'skipped') {
    return { ...told, message: firstLine(printed)?.replace(/^Skip: /, '') ?? null, details: null }
  }
  const [first] = errors
  const traces = errors.map(({ error, stackTrace }) => `${error}\n${stackTrace}`.trim())
  const all = [printed.trim(), ...traces].filter((text) => text !== '')
  const details = all.reduce((text, each) => added(text, text === '' ? each : `\n\n${each}`), '')
  const message = flutterMessage(printed) ?? first?.error.trim() ?? unfinished
  return { ...told, message, details: details === message ? null : details || null }
}

const unfinished = 'The test did not end: the run was over before.'

/** An error after its end makes a test fail all the same, as the protocol says. */
function statusOf(done: OpenTest['done'], errors: OpenTest['errors']): TestStatus {
  if (errors.length > 0) return errors.every(({ isFailure }) => isFailure) ? 'failed' : 'error'
  if (done === null) return 'error'
  if (done.result === 'success') return done.skipped ? 'skipped' : 'passed'
  return done.result === 'failure' ? 'failed' : 'error'
}

/**
 * Where the test is written. `url` is where `test()` was called, which for `testWidgets` is inside
 * a package; then the root tells the line in the suite.
 */
function placeOf(
  { url, line, root_url: rootUrl, root_line: rootLine }: OpenTest['start']['test'],
  suite: string,
): { file: string | null; line: number | null } {
  const file = suite === '' ? null : suite
  if (typeof rootLine === 'number') return { file: rootUrl ?? file, line: rootLine }
  if (typeof line !== 'number' || url === null || url === undefined) return { file, line: null }
  return /^(package|dart):/.test(url) ? { file, line: null } : { file: url, line }
}

/**
 * Of a widget test the error says only "Test failed. See exception logs above."; what was expected
 * stands in what the framework printed.
 */
function flutterMessage(printed: string): string | null {
  const found =
    /The following .{1,200} was thrown[^\n]{0,200}:\n([\s\S]{1,2000}?)(?:\n\n|\nWhen the exception)/
  return found.exec(printed)?.[1]?.trim() ?? null
}
