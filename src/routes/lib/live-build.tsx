import { setTimeout as pause } from 'node:timers/promises'
import { may } from '../../core/access/may.ts'
import { type BuildDetail, isFinished } from '../../core/builds/build.ts'
import type { Ctx } from '../../core/ctx.ts'
import type { StreamFilter } from '../../core/logs/lines.ts'
import type { StepLog } from '../../core/logs/store.ts'
import type { BuildWatch } from '../../core/logs/watch.ts'
import { readOn, readWindow, windowLinesMax } from '../../core/logs/window.ts'
import { isStepFinished } from '../../core/steps/step.ts'
import { BuildUpdate } from '../../views/builds/updates.tsx'
import { AnsiPainter } from '../../views/log/ansi.ts'
import { logRows, openRow, passedOverRow, rowId } from '../../views/log/lines.ts'
import { paths } from '../../views/paths.ts'
import { eventText, heartbeat, heartbeatMs } from './event-stream.ts'
import { cursorText, type LiveCursor } from './log-view.ts'

/** A page is told at most so often; what comes between waits together. */
const messageEveryMs = 100
/** Lines in one message, and how many of the newest are shown to a page that fell far behind. */
const linesPerMessage = 1000

export type LivePage = {
  ctx: Ctx
  watch: BuildWatch
  /** The key of the step whose log the page shows. */
  chosen: string
  position: number
  stream: StreamFilter
  cursor: LiveCursor
  signal: AbortSignal
}

/**
 * What a build's page is sent while it is open, as server-sent events: its parts when they change,
 * and new lines of one log. A page that falls more than it can hold behind is taken to the newest
 * lines and told what was passed over. Ends with `end`.
 */
export async function* liveBuild(page: LivePage): AsyncGenerator<Uint8Array> {
  const { watch, position } = page
  const lines = liveLines(page)
  let shown: BuildDetail | null = null
  watch.listenTo(position)
  for (;;) {
    // In this order: what is read of a log after its step has ended is all of it.
    const detail = await watch.detail()
    const { html, cursor, isMore } = lines.read(detail)
    const parts = detail === shown ? '' : await updateOf(detail, shown, page)
    shown = detail
    if (html !== '' || parts !== '') yield eventText({ id: cursorText(cursor), data: parts + html })
    if (isFinished(detail.build.status) && !isMore) {
      yield eventText({ id: cursorText(cursor), event: 'end', data: detail.build.status })
      return
    }
    await breathe(page.signal)
    const woken = isMore ? 'rung' : await watch.wait(heartbeatMs)
    if (woken === 'aborted') return
    if (woken === 'timeout') yield heartbeat
  }
}

async function updateOf(
  detail: BuildDetail,
  shown: BuildDetail | null,
  page: LivePage,
): Promise<string> {
  const { ctx, chosen, stream } = page
  // Only where there are more of them: a reader may have opened the details of one.
  const withTests = detail.build.tests?.total !== shown?.build.tests?.total
  const update = (
    <BuildUpdate
      detail={detail}
      chosen={chosen}
      stream={stream}
      withTests={withTests}
      may={(verb) => may(ctx.actor, verb)}
      now={ctx.clock()}
    />
  )
  return (await update).toString()
}

type LiveLines = {
  /** What the page has not been sent yet, as markup, and where it stands after that. */
  read(detail: BuildDetail): { html: string; cursor: LiveCursor; isMore: boolean }
}

function liveLines({ ctx, chosen, position, stream, cursor: start }: LivePage): LiveLines {
  let cursor = start
  let painter: AnsiPainter | null = null
  let openText: string | null = null

  return {
    read(detail) {
      const { id } = detail.build
      const log = ctx.logs.open(id, position)
      const passed = passedOver(log, cursor)
      const window = passed
        ? readWindow(log, { fromLine: passed.to, limit: linesPerMessage, stream })
        : readOn(log, { cursor, limit: linesPerMessage, stream })
      if (passed || !painter) {
        painter = new AnsiPainter()
        painter.pass(window.lead)
      }
      const isOver = detail.steps.some(
        (step) => step.position === position && isStepFinished(step.status),
      )
      const isMore = window.rows.length === linesPerMessage
      const last = isOver && !isMore ? window.rest : null
      const rows = last ? [...window.rows, last] : window.rows
      const open = last || window.rest?.continued ? null : window.rest

      const parts: string[] = []
      if (passed) {
        const href = paths.buildStep(id, { step: chosen, stream, from: passed.from })
        parts.push(passedOverRow(passed.to - passed.from, href))
      }
      const [first, ...others] = rows
      const goesOn = !passed && cursor.isOpen && first?.offset === cursor.offset
      if (first && goesOn) parts.push(replacing(first.number, logRows([first], chosen, painter)))
      parts.push(logRows(goesOn ? others : rows, chosen, painter))
      if (open && (rows.length > 0 || open.text !== openText)) {
        const html = openRow(open, chosen, painter)
        const isShown = cursor.isOpen && rows.length === 0 && !passed
        parts.push(isShown ? replacing(open.number, html) : html)
      }
      openText = open?.text ?? null
      cursor = last
        ? { offset: log.info().size, continued: false, isOpen: false }
        : { ...window.cursor, isOpen: open !== null }
      return { html: parts.join('\n').trim(), cursor, isMore }
    },
  }

  /** For htmx: puts this in the place of a line that was on the page before it ended. */
  function replacing(number: number, html: string): string {
    return `<hx-partial hx-target="#${rowId(chosen, number)}" hx-swap="outerHTML">${html}</hx-partial>`
  }
}

/** The first line that is not shown and the first that is, where a page is too far behind. */
function passedOver(log: StepLog, { offset }: LiveCursor): { from: number; to: number } | null {
  const { lines } = log.info()
  const next = log.read(offset, 1).frames[0]
  if (!next || lines - next.line <= windowLinesMax) return null
  return { from: next.line + 1, to: lines - linesPerMessage + 1 }
}

/** Lets some time pass, less when the reader leaves. */
const breathe = (signal: AbortSignal): Promise<void> =>
  pause(messageEveryMs, undefined, { signal }).catch(() => {})
