import { showDialog } from './dialog.ts'
import { closest, find, findAll, make, recall, remember } from './dom.ts'
import { act } from './log.ts'

/** How long after `g` the second key may come. */
const chordMs = 1200

const keys: Record<string, { does: string; run: () => void }> = {
  '?': { does: 'Show these keys', run: showHelp },
  '/': { does: 'Search builds', run: () => find('#quick-search')?.focus() },
  'g d': { does: 'Go to the dashboard', run: () => location.assign('/') },
  'g b': { does: 'Go to builds', run: () => location.assign('/builds') },
  'g r': { does: 'Go to repositories', run: () => location.assign('/repositories') },
  'g w': { does: 'Go to webhooks', run: () => location.assign('/webhooks') },
  j: { does: 'Next row or line', run: () => moveRow(1) },
  k: { does: 'Row or line before', run: () => moveRow(-1) },
  f: { does: 'Follow the log', run: () => act('follow') },
  e: { does: 'Next error in the log', run: () => act('error') },
  t: { does: 'Timestamps in the log', run: () => act('times') },
  w: { does: 'Wrap lines of the log', run: () => act('wrap') },
}

let chordAt = -Infinity

/** Single keys, when nothing is being typed; they can be switched off in their own list. */
export function startKeys(): void {
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event)) return
    if (recall('keys') === 'off' && event.key !== '?') return
    const inChord = performance.now() - chordAt < chordMs
    chordAt = event.key === 'g' ? performance.now() : -Infinity
    const key = keys[inChord ? `g ${event.key}` : event.key]
    if (key === undefined) return
    event.preventDefault()
    key.run()
  })
  document.addEventListener('click', (event) => {
    if (closest(event, '[data-open-help]') !== null) showHelp()
  })
}

/** The editor lives in a shadow root, whose host is all that the document sees of it. */
const isTyping = (event: Event): boolean =>
  closest(event, 'input, textarea, select, .editor-host, dialog') !== null

function moveRow(by: number): void {
  const rows = findAll('.rows tbody tr, .log-line[id]')
  const now = rows.findIndex((row) => row.contains(document.activeElement))
  const row = rows[Math.min(rows.length - 1, Math.max(0, now + by))]
  row?.querySelector<HTMLElement>('.what a, .log-number')?.focus()
}

function showHelp(): void {
  const content = document.createElement('div')
  const list = make('dl')
  list.className = 'keys'
  for (const [key, { does }] of Object.entries(keys)) {
    const term = make('dt')
    for (const part of key.split(' ')) term.append(make('kbd', part), ' ')
    list.append(term, make('dd', does))
  }
  content.append(make('h2', 'Keyboard shortcuts'), list, offSwitch(), closeButton())
  showDialog(content, 'Keyboard shortcuts')
}

function offSwitch(): HTMLElement {
  const label = make('label')
  label.className = 'check'
  const box = make('input')
  box.type = 'checkbox'
  box.checked = recall('keys') !== 'off'
  box.addEventListener('change', () => remember('keys', box.checked ? 'on' : 'off'))
  label.append(box, ' Single keys do something')
  return label
}

function closeButton(): HTMLElement {
  const actions = make('p')
  actions.className = 'actions'
  const button = make('button', 'Close')
  button.type = 'button'
  button.className = 'button button-plain'
  button.dataset['closeDialog'] = ''
  actions.append(button)
  return actions
}
