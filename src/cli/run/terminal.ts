import { styleText } from 'node:util'
import { monotonicClock, type Millis } from '../../lib/clock.ts'
import { durationText, sizeText } from '../../lib/sizes.ts'
import { type Plan, positionsOf } from '../../pipeline/plan.ts'
import type { StepOutcome } from '../../protocol/outcome.ts'
import type { FoundTest } from '../../protocol/tests.ts'
import type { FoundArtifact, Reporter } from '../../runner/reporter.ts'
import { plain, printLine } from '../print.ts'
import { type Counts, countsText, printTest, type Test } from '../tests.ts'

/** Where a build is printed. */
export type Terminal = {
  stdout: NodeJS.WritableStream
  stderr: NodeJS.WritableStream
  hasColours: boolean
}

export type BuildPrinter = { reporter: Reporter; summarize(): void }

type Ended = { outcome: StepOutcome; ignored: boolean; tookMs: Millis | null }

/**
 * Prints a build as it runs: a line before and after each step, between them what it says, byte by
 * byte and each stream where it belongs. `summarize` lists all steps.
 */
export function printBuild(plan: Plan, { stdout, stderr, hasColours }: Terminal): BuildPrinter {
  const names = namesOf(plan)
  const ends = new Map<number, Ended>()
  const tests = tallyTests()
  /** Since when the step runs that was started; null between steps. */
  let startedAt: Millis | null = null
  let endsLine = true

  const line = (text: string) => {
    stdout.write(`${endsLine ? '' : '\n'}${text}\n`)
    endsLine = true
  }
  const paint = (style: Style, text: string) =>
    hasColours ? styleText(style, text, { validateStream: false }) : text

  function endText(position: number, { outcome, ignored, tookMs }: Ended): string {
    const { mark, style, words } = wordsFor(outcome, ignored)
    const took = tookMs === null ? '' : `  ${paint('dim', durationText(tookMs))}`
    const name = names[position]?.name ?? ''
    return `${paint(style, mark)} ${name}${words === '' ? '' : `  ${paint(style, words)}`}${took}`
  }

  return {
    reporter: {
      stepStarted(position) {
        startedAt = monotonicClock()
        const { name = '', count = '' } = names[position] ?? {}
        line(paint('bold', `==> ${count}${name}`))
      },
      said(_, stream, __, bytes) {
        const to = stream === 'stdout' ? stdout : stderr
        to.write(bytes)
        endsLine = bytes.at(-1) === 0x0a
      },
      stepFinished(position, outcome, ignored) {
        const tookMs = startedAt === null ? null : monotonicClock() - startedAt
        startedAt = null
        const end = { outcome, ignored, tookMs }
        ends.set(position, end)
        if (tookMs !== null) line(`${endText(position, end)}\n`)
      },
      testsFound({ tests: found }) {
        for (const test of found) tests.add(test)
      },
      artifactFound() {},
    },
    summarize() {
      line(paint('bold', '==> Summary'))
      for (const [position, end] of ends) line(`  ${endText(position, end)}`)
      tests.print()
    },
  }
}

/** The names of all positions; those that the author wrote are counted. */
function namesOf(plan: Plan): { name: string; count: string }[] {
  const positions = positionsOf(plan)
  const total = positions.filter((position) => 'step' in position).length
  let number = 0
  return positions.map((position) => {
    if (!('step' in position)) return { name: ownNames[position.kind], count: '' }
    number += 1
    return { name: plain(position.step.name), count: `${number}/${total} ` }
  })
}

const failedShownMax = 20

/** Of tests that went well only the count is kept: a report may have thousands. */
function tallyTests(): { add(test: FoundTest): void; print(): void } {
  const counts: Counts = { total: 0, passed: 0, failed: 0, skipped: 0, duration_ms: 0 }
  const failed: Test[] = []
  return {
    add(test) {
      counts.total += 1
      counts.duration_ms += test.duration_ms ?? 0
      if (test.status === 'passed' || test.status === 'skipped')
        return void (counts[test.status] += 1)
      counts.failed += 1
      // Without its details, which may be long.
      const { suite, name, status, duration_ms, message, file, line } = test
      if (counts.failed <= failedShownMax) {
        failed.push({ suite, name, status, duration_ms, message, file, line })
      }
    },
    print() {
      if (counts.total === 0) return
      for (const test of failed) printTest(test)
      if (counts.failed > failed.length) printLine(`… and ${counts.failed - failed.length} more.`)
      printLine(countsText(counts))
    },
  }
}

const ownNames = { setup: 'Get the code', finish: 'Collect artifacts' }

type Style = 'bold' | 'dim' | 'green' | 'red' | 'yellow'
type Words = { mark: string; style: Style; words: string }

function wordsFor(outcome: StepOutcome, ignored: boolean): Words {
  const failed = (words: string): Words =>
    ignored
      ? { mark: '!', style: 'yellow', words: `${words}, ignored` }
      : { mark: '✗', style: 'red', words }
  switch (outcome.is) {
    case 'success':
      return { mark: '✓', style: 'green', words: '' }
    case 'failed':
      return failed(
        outcome.signal === null ? `exit code ${outcome.exitCode}` : `ended by ${outcome.signal}`,
      )
    case 'timed_out':
      return failed('took too long')
    case 'broken':
      return failed('could not be carried out')
    case 'cancelled':
      return { mark: '✗', style: 'yellow', words: 'cancelled' }
    case 'skipped':
      return { mark: '–', style: 'dim', words: 'not run' }
    default:
      return outcome satisfies never
  }
}

/** What was made and where it is, a line each. */
export const artifactLines = (artifacts: readonly FoundArtifact[], directory: string): string[] =>
  artifacts.length === 0
    ? []
    : [
        `Artifacts in ${directory}:`,
        ...artifacts.map(({ name, sizeBytes }) => `  ${name}  ${sizeText(sizeBytes)}`),
      ]
