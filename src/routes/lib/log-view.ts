import type { BuildDetail } from '../../core/builds/build.ts'
import type { LineCursor, LogLine, LogRow, StreamFilter } from '../../core/logs/lines.ts'
import type { LogStore } from '../../core/logs/store.ts'
import { readTail, readWindow, windowLinesMax } from '../../core/logs/window.ts'
import { type Step, stepKey } from '../../core/steps/step.ts'
import type { LogView } from '../../views/builds/log.tsx'
import { AnsiPainter } from '../../views/log/ansi.ts'
import { logRows, openRow } from '../../views/log/lines.ts'
import { paths } from '../../views/paths.ts'

/** A page opens with so many of the newest lines, and goes back in steps of as many. */
const linesPerPage = 1000

/** Where somebody who looks at a log goes on: behind which byte, and what of it they see already. */
export type LiveCursor = LineCursor & {
  /** The line that begins there is on the page as far as it went, to be replaced. */
  isOpen: boolean
}

/** `1045`, `1045c` in the middle of a long line, `1045o` with its beginning on the page. */
export const cursorText = ({ offset, continued, isOpen }: LiveCursor): string =>
  `${offset}${continued ? 'c' : ''}${isOpen ? 'o' : ''}`

/** The cursor of a text; null where it is none. */
export function cursorOf(text: string | undefined): LiveCursor | null {
  const parts = /^(\d{1,15})(c?)(o?)$/.exec(text ?? '')
  if (!parts) return null
  return { offset: Number(parts[1]), continued: parts[2] === 'c', isOpen: parts[3] === 'o' }
}

type LogViewOptions = {
  logs: LogStore
  detail: BuildDetail
  /** The key of the step; one that the build does not have shows an empty log. */
  chosen: string
  stream: StreamFilter
  /** The first line to show; null for the newest lines. */
  fromLine: number | null
}

/** The part of a step's log that a page opens with, and where its live stream goes on. */
export function logView({ logs, detail, chosen, stream, fromLine }: LogViewOptions): LogView {
  const { build, steps } = detail
  const step = steps.find((one) => stepKey(one) === chosen)
  const rawHref = paths.rawLog(build.id, { step: chosen, stream })
  if (!step) return { ...emptyView, rawHref, streamFilter: stream }

  const log = logs.open(build.id, step.position)
  const window =
    fromLine === null
      ? readTail(log, { limit: linesPerPage, stream })
      : readWindow(log, { fromLine, limit: windowLinesMax, stream })
  const { rest } = window
  const painter = new AnsiPainter()
  painter.pass(window.lead)
  const html = logRows(window.rows, chosen, painter)
  const isOpen = rest !== null && !rest.continued
  const shown = [...window.rows, ...(rest && isOpen ? [rest] : [])].filter(isLine)
  const firstLine = shown[0]?.number ?? 0
  const { lines } = log.info()
  const lastLine = shown.at(-1)?.number ?? 0
  const stepLive = step.status === 'running'
  const isCut = !stepLive && lastLine > 0 && lastLine < lines
  return {
    html: rest && isOpen ? `${html}\n${openRow(rest, chosen, painter)}` : html,
    firstLine,
    lastLine,
    totalLines: rest ? lines + 1 : lines,
    firstHref: firstLine > 1 ? windowFrom(detail, step, stream, 1) : null,
    earlierHref: firstLine > 1 ? earlier(detail, step, stream, firstLine) : null,
    laterHref: isCut ? windowFrom(detail, step, stream, lastLine + 1) : null,
    rawHref,
    streamFilter: stream,
    stepLive,
    resumeId: cursorText({ ...window.cursor, isOpen }),
  }
}

const emptyView = {
  html: '',
  firstLine: 0,
  lastLine: 0,
  totalLines: 0,
  firstHref: null,
  earlierHref: null,
  laterHref: null,
  stepLive: false,
  resumeId: '0',
} satisfies Partial<LogView>

const isLine = (row: LogRow): row is LogLine => row.is === 'line'

const earlier = (detail: BuildDetail, step: Step, stream: StreamFilter, line: number): string =>
  windowFrom(detail, step, stream, Math.max(1, line - linesPerPage))

const windowFrom = ({ build }: BuildDetail, step: Step, stream: StreamFilter, from: number) =>
  paths.buildStep(build.id, { step: stepKey(step), stream, from })
