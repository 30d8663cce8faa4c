import type { TestStatus } from '../../protocol/tests.ts'
import { MiB } from '../../lib/sizes.ts'

/** A larger file is no report that anybody would read. */
export const reportBytesMax = 64 * MiB

/** How reading went; the tests were handed on meanwhile, those before a broken place too. */
export type ReportRead =
  | { is: 'read' }
  /** Sound, but of another kind. */
  | { is: 'other' }
  | { is: 'too_large' }
  | { is: 'malformed'; line: number; column: number; why: string }

/** One test as a report has it: nothing is redacted yet, so it goes nowhere but `shownTest`. */
export type ReadTest = {
  suite: string
  name: string
  status: TestStatus
  durationMs: number | null
  message: string | null
  details: string | null
  file: string | null
  line: number | null
}

/** Takes a report in, piece by piece, and hands on each test as soon as all of it is known. */
export type ReportReader = {
  /** Throws Malformed, or NotAReport as soon as that is seen. */
  write(text: string): void
  end(): void
}

/** Raw text that is kept of one test: more than is shown, so that a secret at the cut is seen. */
export const rawCharsMax = 64_000

/** What breaks the form of a report, and where; both numbers count from 1. */
export class Malformed extends Error {
  override name = 'Malformed'
  constructor(
    readonly line: number,
    readonly column: number,
    readonly why: string,
  ) {
    super(why)
  }
}

/** A sound file of another kind. */
export class NotAReport extends Error {
  override name = 'NotAReport'
}

/** Adds to a text until there is enough of it; one character too many says that there was more. */
export const added = (text: string, more: string): string =>
  text.length > rawCharsMax ? text : text + more.slice(0, rawCharsMax + 1 - text.length)

/** The first line that says something; null where none does. */
export const firstLine = (text: string): string | null =>
  text
    .split('\n', 50)
    .map((line) => line.trim())
    .find((line) => line !== '') ?? null
