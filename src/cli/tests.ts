import { durationText } from '../lib/sizes.ts'
import { allOf, call } from './client.ts'
import type { Program } from './main.ts'
import { printJson, printLine } from './print.ts'

export type Test = {
  suite: string
  name: string
  status: string
  duration_ms: number | null
  message: string | null
  file: string | null
  line: number | null
}
export type Counts = {
  total: number
  passed: number
  failed: number
  skipped: number
  duration_ms: number
}

/** `oore build tests`. */
export function addTestsCommand({
  command,
  connection,
}: Pick<Program, 'command' | 'connection'>): void {
  command
    .command('tests <id>')
    .description('the tests of a build: those that failed first, then the counts')
    .option('--failed', 'only those that failed')
    .option('--json', 'print JSON')
    .action(async (id: string, { failed, json }: { failed?: boolean; json?: boolean }) => {
      const query = failed ? { status: 'failed' } : {}
      const tests = await allOf<Test>(connection(), `/builds/${id}/tests`, query)
      if (json) return printJson(tests)
      for (const test of tests) printTest(test)
      const { tests: counts } = await call<{ tests: Counts | null }>(
        connection(),
        'GET',
        `/builds/${id}`,
      )
      printLine(counts === null ? 'No test was reported.' : countsText(counts))
    })
}

/** One line, and below it what a test that failed said and where. */
export function printTest({
  suite,
  name,
  status,
  duration_ms: ms,
  message,
  file,
  line,
}: Test): void {
  const took = ms === null ? '' : `  ${durationText(ms)}`
  printLine(`${status.padEnd(8)}${suite === '' ? '' : `${suite}: `}${name}${took}`)
  if (status === 'passed' || status === 'skipped') return
  const place = file === null ? [] : [line === null ? file : `${file}:${line}`]
  const said = message === null ? [] : message.split('\n')
  for (const text of [...place, ...said]) printLine(`${' '.repeat(8)}${text}`)
}

/** `3 tests: 2 passed, 1 failed. 1.2s in all.` */
export function countsText({ total, passed, failed, skipped, duration_ms: ms }: Counts): string {
  const parts = [`${passed} passed`, `${failed} failed`]
  if (skipped > 0) parts.push(`${skipped} skipped`)
  return `${total === 1 ? '1 test' : `${total} tests`}: ${parts.join(', ')}. ${durationText(ms)} in all.`
}
