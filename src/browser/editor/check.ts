import { type Diagnostic, setDiagnostics } from '@codemirror/lint'
import { EditorView } from '@codemirror/view'
import { find } from '../dom.ts'

/** How long the text has to rest before the server is asked. Milliseconds. */
const quietMs = 400

/**
 * Asks the server what it says of the text whenever that has rested, shows its answer in the page,
 * and marks the lines it speaks of. An answer about an older text is dropped. `textarea` holds the
 * text and says by `input` that it has changed.
 */
export function startChecking(
  view: EditorView,
  textarea: HTMLTextAreaElement,
  { address, format }: { address: string; format: string },
): void {
  let timer: ReturnType<typeof setTimeout> | undefined
  let asked = new AbortController()

  const ask = async (): Promise<void> => {
    const { signal } = (asked = new AbortController())
    const body = new URLSearchParams({ format, content: textarea.value })
    const answer = await fetch(address, { method: 'POST', body, signal, redirect: 'manual' })
      .then(async (response) => ({ status: response.status, html: await response.text() }))
      .catch(() => ({ status: 0, html: '' }))
    if (signal.aborted) return
    const check = answer.status === 200 ? checkIn(answer.html) : null
    if (check === null) return say(whyNot(answer.status))
    show(check)
    mark(view)
  }

  textarea.addEventListener('input', () => {
    asked.abort()
    clearTimeout(timer)
    timer = setTimeout(() => void ask(), quietMs)
  })
  document.addEventListener('click', (event) => goToProblem(event, view))
  mark(view)
}

const checkIn = (html: string): Element | null =>
  new DOMParser().parseFromString(html, 'text/html').querySelector('#check')

/** Status 0 is no answer at all, or the way to the sign-in, which is not gone by a script. */
const whyNot = (status: number): string =>
  status === 0
    ? 'Not checked: the server does not answer, or you are signed out. Your text is still here.'
    : 'Not checked: the server could not read this. Your text is still here.'

/** Only what has changed is replaced, so that nothing is read out twice and nothing loses focus. */
function show(check: Element): void {
  const summary = check.querySelector('#check-summary')
  if (summary) say(summary.textContent ?? '', summary.className)
  for (const id of ['#check-problems', '#check-plan']) {
    const here = find(id)
    const fresh = check.querySelector(id)
    if (here === null || fresh === null) continue
    const isOpen = here.querySelector('details')?.open ?? false
    if (!isOpen && here.isEqualNode(fresh)) continue
    const place = focusedPlace(here)
    here.replaceChildren(...fresh.childNodes)
    const details = here.querySelector('details')
    if (details) details.open = isOpen
    here.querySelectorAll('a')[place]?.focus()
  }
}

function say(text: string, className = 'check-summary st pending'): void {
  const summary = find('#check-summary')
  if (summary === null || (summary.textContent === text && summary.className === className)) return
  summary.className = className
  summary.textContent = text
}

/** Which of a region's links has the focus; -1 where none has. */
const focusedPlace = (region: HTMLElement): number =>
  [...region.querySelectorAll('a')].findIndex((link) => link === document.activeElement)

/** Marks in the text, one for each problem of the list that has a line. */
function mark(view: EditorView): void {
  const items = [...document.querySelectorAll<HTMLElement>('#check-problems [data-line]')]
  view.dispatch(
    setDiagnostics(
      view.state,
      items.map((item) => diagnosticOf(item, view)),
    ),
  )
}

function diagnosticOf(item: HTMLElement, view: EditorView): Diagnostic {
  const from = positionOf(item, view)
  const line = view.state.doc.lineAt(from)
  // To the end of the word, or of the line where no word begins there.
  const word = view.state.wordAt(from)
  return {
    from,
    to: Math.max(from, word?.from === from ? word.to : line.to),
    severity: item.dataset['severity'] === 'warning' ? 'warning' : 'error',
    message: item.querySelector('.problem-text')?.textContent ?? '',
  }
}

/** The place of a problem in the text, which may have become shorter meanwhile. */
function positionOf(item: HTMLElement, { state: { doc } }: EditorView): number {
  const line = doc.line(Math.min(Math.max(1, Number(item.dataset['line'])), doc.lines))
  return Math.min(line.to, line.from + Math.max(0, Number(item.dataset['column'] ?? 1) - 1))
}

/** A problem's place leads into the editor. */
function goToProblem(event: MouseEvent, view: EditorView): void {
  const link = event.target instanceof Element ? event.target.closest('#check-problems a') : null
  const item = link?.closest<HTMLElement>('[data-line]')
  if (!item) return
  event.preventDefault()
  const anchor = positionOf(item, view)
  view.dispatch({
    selection: { anchor },
    effects: EditorView.scrollIntoView(anchor, { y: 'center' }),
  })
  view.focus()
}
