import { describe, expect, test } from 'vitest'
import { convertPipeline } from '../../../src/pipeline/convert.ts'
import { problemText } from '../../../src/pipeline/problem.ts'
import { readPipeline } from '../../../src/pipeline/read.ts'
import { fill, numbered } from '../../support/slow-files.ts'
import { cases, contentOf } from '../golden.ts'
import { generator, mutate } from '../random.ts'

const rounds = 1500
const seed = 20261125

const originals = cases('huml/parse', '.huml').map((name) =>
  contentOf('huml/parse', `${name}.huml`),
)

const pieces = [
  ...['\t', '\n', '  ', ' ', ':', '::', ': ', ':: ', '- ', '- ::', '"', '"""', '\n"""\n', '\\'],
  ...['{', '}', '[', ']', ',', ', ', '#', ' # ', '//', '=', '%HUML', '\0', '\r', '\r\n', '\ufeff'],
  ...['\ud800', '1_0', '0x', '1.2.3', '+inf', 'nan', 'null', 'true', '[]', '{}', '__proto__', '😀'],
]

describe('readPipeline, with mutations of HUML', () => {
  test('it never throws, every place is in the file, and what is read can be converted', () => {
    const random = generator(seed)
    const failures: { content: string; faults: string[] }[] = []
    let broken = 0
    for (let round = 0; round < rounds; round += 1) {
      const content = mutate(originals[random(originals.length)] ?? '', pieces, random)
      const faults = faultsOf(content)
      if (faults.length > 0) failures.push({ content, faults })
      if (readPipeline(content, 'huml').pipeline === null) broken += 1
    }
    expect(failures).toEqual([])
    expect(broken).toBeGreaterThan(rounds / 10)
  })

  test('the slowest ways to fill 128 KiB take less than a second', () => {
    const files: Record<string, string> = {
      'braces in braces': fill('a { '),
      'lists in brackets': fill('[', 'a '),
      'items in items': fill('- '),
      staircase: numbered(500, (n) => `${'  '.repeat(n)}a::`),
      'quotation marks': fill('"'),
      'quotation marks in braces': fill('"', 'a "b" '),
      'texts of several lines': fill('a """\n"""\n'),
      'a text that is not closed': fill('x\n', 'a: """\n'),
      'a long list in one line': fill('1, ', 'a:: ', '1'),
      'a long mapping in one line': `a:: ${numbered(13_000, (n) => `k${n.toString(36)}: 1`, ', ')}`,
      'one key again and again': fill('a: 1\n'),
      'digits with separators': fill('1_', 'a: '),
      escapes: fill('\\n', 'a: "', '"'),
      'a string that is not closed': fill('\\"', '"'),
      blanks: fill(' ', 'a: "x"', '# c'),
      'empty lines': fill('\n'),
      comments: fill('# x\n', '', 'a: 1'),
      'comments in braces': fill('a "b" # c\n'),
      commas: fill(',', 'a ['),
      'brackets that seem forgotten': fill('{\n  }\n', 'a [', ']'),
      'unquoted words': fill('a ', 'a {', ''),
    }
    for (const [name, content] of Object.entries(files)) {
      const start = process.cpuUsage()
      const { problems } = readPipeline(content, 'huml')
      const { user, system } = process.cpuUsage(start)
      const isInTime = (user + system) / 1000 < 1000
      const isBounded = problems.length <= 201
      expect({ name, isInTime, isBounded }).toEqual({ name, isInTime: true, isBounded: true })
    }
  }, 60_000)

  test('a file over 128 KiB or with a NUL byte is not even parsed', () => {
    const large = readPipeline('é'.repeat(64 * 1024 + 1), 'huml')
    expect(large.problems).toMatchObject([{ line: null }])
    expect(large.problems[0]?.message).toContain('128 KiB')
    expect(readPipeline('a: 1\nb: \0', 'huml').problems).toMatchObject([{ line: 2, column: 4 }])
  })
})

/** Everything that must hold of any content, and does not. */
function faultsOf(content: string): string[] {
  const { pipeline, problems } = readPipeline(content, 'huml')
  const lines = content.replace(/^\ufeff/, '').split(/\r?\n/)
  const faults: string[] = []
  for (const problem of problems) {
    const { line, column, message } = problem
    // A CR stands behind what an editor shows of the line.
    const length = (lines[(line ?? 0) - 1]?.length ?? -2) + 1
    if (line !== null && !(column !== null && column >= 1 && column <= length + 1)) {
      faults.push(`${line}:${column} is outside: ${message}`)
    }
    if (!message.endsWith('.')) faults.push(`no sentence: ${message}`)
    if (!problemText(problem, 'oore.huml').includes(message)) faults.push('untold')
  }
  const errors = problems.filter(({ severity }) => severity === 'error')
  if (pipeline === null && errors.length === 0) faults.push('no pipeline, and no error says why')
  const converted = convertPipeline(content, 'huml', 'yaml')
  if (pipeline === null || errors.length > 0 || 'problems' in converted) return faults
  const again = readPipeline(converted.content, 'yaml').pipeline
  if (JSON.stringify(again) !== JSON.stringify(pipeline)) faults.push(converted.content)
  return faults
}
