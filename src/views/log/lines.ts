import type { LogGap, LogLine, LogRow } from '../../core/logs/lines.ts'
import { isoTime } from '../../lib/clock.ts'
import { sizeText } from '../../lib/sizes.ts'
import type { AnsiPainter } from './ansi.ts'

/*
 * Rows of a log, joined as text: a page holds up to 3,000 of them, and this is many times faster
 * than elements. Everything that is not a number passes the painter, which escapes it.
 */

/** The rows of a step's log. `step` is its key, as in `#s2-L120`. */
export const logRows = (rows: readonly LogRow[], step: string, painter: AnsiPainter): string =>
  rows.map((row) => (row.is === 'gap' ? gapRow(row) : lineRow(row, step, painter))).join('\n')

/** A line that has not ended yet: shown as it stands, and replaced when it goes on. */
export const openRow = (line: LogLine, step: string, painter: AnsiPainter): string =>
  lineRow(line, step, painter.copy())

/** The id of a line's row. */
export const rowId = (step: string, number: number): string => `s${step}-L${number}`

/** Says that lines came faster than the page shows them; `href` is where they are. */
export const passedOverRow = (lines: number, href: string): string =>
  `<p class="log-gap">${lines.toLocaleString('en')} lines passed over. <a href="${href.replaceAll('&', '&amp;')}">Show them</a></p>`

function lineRow(line: LogLine, step: string, painter: AnsiPainter): string {
  const id = rowId(step, line.number)
  const number = line.continued
    ? '<span class="log-number" title="The same line goes on">↳</span>'
    : // Not on the way of the tab key: a thousand of them would hide what comes after the log.
      `<a class="log-number" href="#${id}" tabindex="-1">${line.number}</a>`
  return (
    `<div class="log-line"${line.continued ? '' : ` id="${id}"`} data-stream="${line.stream}">${number}` +
    `<time class="log-time" datetime="${isoTime(line.at)}"></time>` +
    `<span class="log-text">${lineText(line.text, painter)}</span></div>`
  )
}

/**
 * A progress bar writes its line again and again with carriage returns: the last state is what a
 * terminal would show at the end. What came before it still sets colours.
 */
function lineText(text: string, painter: AnsiPainter): string {
  const states = text.replace(/\r+$/, '').split('\r')
  const last = states.pop() ?? ''
  for (const state of states) painter.pass(state)
  return painter.paint(last)
}

function gapRow({ lines, bytes, number }: LogGap): string {
  const amount =
    lines > 0 ? `${lines.toLocaleString('en')} lines (${sizeText(bytes)})` : sizeText(bytes)
  return `<p class="log-gap" data-before="${number}">${amount} left out here: the log was too long.</p>`
}
