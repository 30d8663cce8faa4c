import { SaxesParser } from 'saxes'
import type { TestStatus } from '../../protocol/tests.ts'
import { placeIn } from './place.ts'
import {
  added,
  firstLine,
  Malformed,
  NotAReport,
  type ReadTest,
  type ReportReader,
} from './report.ts'

/** Reports are four elements deep or so; a file that is deeper wants to fill the memory. */
const depthMax = 100
const attributesMax = 1000

/**
 * Reads JUnit XML as the tools write it: Gradle, Maven Surefire, fastlane and xcodebuild's
 * converters, pytest, Jest, Mocha. There is no standard, so what they share is read and the rest
 * passed over (https://github.com/testmoapp/junitxml collects the forms). Entities that a
 * document declares itself are never expanded.
 */
export function junitReader(take: (test: ReadTest) => void): ReportReader {
  const parser = new SaxesParser({ xmlns: false })
  const open: string[] = []
  const suites: Suite[] = []
  let test: OpenTest | null = null
  let verdict: Verdict | null = null
  let attributeCount = 0
  let finished: ReadTest | null = null

  const handOn = () => {
    if (finished !== null) take(finished)
    finished = null
  }

  const malformed = (why: string) => new Malformed(parser.line, parser.column, why)
  const collect = (text: string) => {
    if (verdict !== null) verdict.text = added(verdict.text, text)
  }

  parser.on('error', ({ message }) => {
    const why = message.replace(/^\d+:\d+: /, '').replace(/\.$/, '')
    if (forgiven.has(why)) return
    // A wrong end tag has closed what was open, the test too, before it is found to be wrong.
    if (!/^un(expected|matched) clos/.test(why)) handOn()
    throw malformed(why)
  })
  parser.on('opentagstart', () => {
    handOn()
    attributeCount = 0
  })
  parser.on('attribute', () => {
    attributeCount += 1
    if (attributeCount > attributesMax) {
      throw malformed(`an element has more than ${attributesMax} attributes`)
    }
  })
  parser.on('opentag', ({ name, attributes }) => {
    if (open.length === 0 && name !== 'testsuites' && name !== 'testsuite') throw new NotAReport()
    const parent = open.at(-1)
    open.push(name)
    if (open.length > depthMax) throw malformed(`elements are nested more than ${depthMax} deep`)
    if (name === 'testsuite') suites.push(suiteOf(attributes))
    else if (name === 'testcase') test = openTest(attributes, suites)
    else {
      const status = verdicts[name]
      const belongs = parent === 'testcase' ? test !== null : parent === 'testsuite'
      if (status === undefined || !belongs) return
      verdict = {
        status,
        message: attributes['message'] ?? '',
        type: attributes['type'] ?? '',
        text: '',
      }
      // Set only now: the parser keeps no text that nobody listens to.
      parser.on('text', collect)
    }
  })
  parser.on('cdata', collect)
  parser.on('closetag', ({ name }) => {
    handOn()
    open.pop()
    if (name === 'testsuite') suites.pop()
    else if (name === 'testcase' && test !== null) {
      finished = testOf(test)
      test = null
    } else if (verdict !== null && verdicts[name] !== undefined) {
      parser.off('text')
      // A suite whose set-up failed may say so without any test.
      if (test !== null) test.verdicts.push(verdict)
      else if (verdict.status !== 'skipped')
        take(testOf({ ...openTest({}, suites), verdicts: [verdict] }))
      verdict = null
    }
  })

  return {
    write: (text) => void parser.write(withoutControls(text)),
    end() {
      handOn()
      parser.close()
    },
  }
}

/** Slips of tools that leave no doubt about what was meant; the text is taken as it stands. */
const forgiven = new Set([
  'undefined entity',
  'malformed character entity',
  'disallowed character',
  'the string "]]>" is disallowed in char data',
])

/**
 * XML allows no control characters, but tests print colours, and not every tool takes them out.
 * The escape character becomes its picture, by which colours are found later.
 */
const withoutControls = (text: string): string =>
  // oxlint-disable-next-line no-control-regex -- these are the characters looked for
  text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, (character) =>
    character === '\u001b' ? '\u241b' : '\ufffd',
  )

const verdicts: Readonly<Record<string, TestStatus | undefined>> = Object.assign(
  Object.create(null),
  { failure: 'failed', error: 'error', skipped: 'skipped' },
)

type Attributes = Record<string, string>
type Suite = { name: string; file: string | null }
type Verdict = { status: TestStatus; message: string; type: string; text: string }
type OpenTest = Omit<ReadTest, 'status' | 'message' | 'details'> & {
  className: string
  isSkipped: boolean
  verdicts: Verdict[]
}

const suiteOf = ({ name = '', file, filepath }: Attributes): Suite => ({
  name: name.trim(),
  file: file ?? filepath ?? null,
})

function openTest(attributes: Attributes, suites: readonly Suite[]): OpenTest {
  const className = (attributes['classname'] ?? attributes['class'] ?? '').trim()
  const name = (attributes['name'] ?? '').trim()
  const path = suites.map((suite) => suite.name).filter((each) => each !== '')
  // Jest and Mocha repeat the test's own name as its class; then the suite says where it belongs.
  const isOwnClass = className !== '' && !name.endsWith(className)
  const suite = isOwnClass || path.length === 0 ? className : path.join(' › ')
  return {
    suite,
    name: name || className || path.at(-1) || 'a test without a name',
    className,
    durationMs: millisecondsOf(attributes['time']),
    file: attributes['file'] ?? suites.findLast(({ file }) => file !== null)?.file ?? null,
    line: lineOf(attributes['line']),
    isSkipped: notRun.has((attributes['status'] ?? '').toLowerCase()),
    verdicts: [],
  }
}

/** What `status` says of tests without an element of their own (GoogleTest, NUnit's converter). */
const notRun = new Set(['skipped', 'disabled', 'notrun', 'ignored'])

function testOf({ className, isSkipped, verdicts: all, ...test }: OpenTest): ReadTest {
  const decisive =
    all.find(({ status }) => status === 'failed') ??
    all.find(({ status }) => status === 'error') ??
    all[0]
  if (decisive === undefined) {
    return { ...test, status: isSkipped ? 'skipped' : 'passed', message: null, details: null }
  }
  const told = decisive.message.trim() || firstLine(decisive.text) || decisive.type.trim()
  const details = all.map(({ text }) => text.trim()).filter((text) => text !== '')
  const joined = details.reduce((text, each) => added(text, text === '' ? each : `\n\n${each}`), '')
  const known = { ...test, status: decisive.status, message: told || null }
  const isFailure = decisive.status !== 'skipped'
  const isNew = joined !== '' && joined !== told
  const place =
    isFailure && test.line === null
      ? placeIn(`${joined}\n${told}`, { className, file: test.file })
      : null
  return { ...known, details: isFailure && isNew ? joined : null, ...place }
}

/**
 * Seconds as tools write them: `0.012`, `1,234.5` with thousands (Surefire), `0,012` in countries
 * that do. Null where nothing sensible is said.
 */
function millisecondsOf(time: string | undefined): number | null {
  const text = time?.trim() ?? ''
  const isGrouped = /^[1-9]\d{0,2}(,\d{3})+(\.\d+)?$/.test(text)
  const plain = isGrouped ? text.replaceAll(',', '') : text.replace(/^(\d+),(\d+)$/, '$1.$2')
  const seconds = plain === '' ? NaN : Number(plain)
  const ms = Math.round(seconds * 1000)
  return ms >= 0 && ms <= Number.MAX_SAFE_INTEGER ? ms : null
}

function lineOf(text: string | undefined): number | null {
  const line = /^\d{1,9}$/.test(text?.trim() ?? '') ? Number(text) : 0
  return line > 0 ? line : null
}
