import type { LogLine } from '../../core/logs/lines.ts'
import type { LogView } from '../builds/log.tsx'
import { AnsiPainter } from '../log/ansi.ts'
import { logRows } from '../log/lines.ts'
import { hostile, now } from './builds.ts'

/** The log that the gallery's builds show. */
export const logView: LogView = {
  html: logRows(printed(), '2', new AnsiPainter()),
  firstLine: 1,
  lastLine: 12,
  totalLines: 12,
  firstHref: null,
  earlierHref: null,
  laterHref: null,
  rawHref: '/builds/1/logs?step=2',
  streamFilter: 'all',
  stepLive: false,
  resumeId: '1024',
}

export const noLog: Partial<LogView> = { html: '', firstLine: 0, lastLine: 0, totalLines: 0 }

/** What a step printed, with colours, errors and things that want to be markup. */
function printed(): LogLine[] {
  const lines: [stream: 'stdout' | 'stderr', text: string][] = [
    ['stdout', '$ flutter test --machine > test-report.jsonl'],
    ['stdout', 'Resolving dependencies...'],
    ['stdout', '\u001b[32m✓ 214 packages are up to date\u001b[0m'],
    ['stdout', '\u001b[33mWarning: 3 packages have newer versions.\u001b[0m'],
    ['stderr', 'Note: Some input files use unchecked or unsafe operations.'],
    ['stdout', '\u001b[34m00:04 +118: wallet/receipt_test.dart: keeps the receipt\u001b[0m'],
    ['stderr', '\u001b[1;31m00:06 +121 -1: retries a payment once [E]\u001b[0m'],
    ['stderr', '  Expected: <1>'],
    ['stderr', '    Actual: <2>'],
    ['stdout', 'a very long line without an end '.repeat(9)],
    ['stdout', '\u001b[30;41mFAIL\u001b[0m'],
    ['stdout', hostile],
  ]
  return lines.map(([stream, text], index) => ({
    is: 'line',
    number: index + 1,
    stream,
    text,
    at: now - 60_000 + index * 700,
    continued: false,
    continues: false,
    offset: 0,
  }))
}
