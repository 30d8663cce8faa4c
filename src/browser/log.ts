import { closest, find, findAll, recall, remember } from './dom.ts'

/** Rows kept in the page; older ones leave it while new ones arrive. */
const rowsMax = 3000
const timeModes = ['off', 'relative', 'absolute'] as const
type TimeMode = (typeof timeModes)[number]
const timeNames: Record<TimeMode, string> = {
  off: 'No times',
  relative: 'From start',
  absolute: 'Local time',
}

const errorWords = /\b(error|fatal|failed|failure|exception|panic)\b|\bE\]/i

let following = false
let unseen = 0
let lastY = 0
/** The row where a range begins, and where the search for errors goes on. */
let anchor: HTMLElement | null = null

/** The log's switches: times, wrapping, following, errors, ranges, full screen. */
export function startLog(): void {
  document.addEventListener('click', (event) => {
    const button = closest(event, '[data-log]')
    if (button !== null) act(button.dataset['log'] ?? '')
    const number = closest(event, '.log-number')
    if (number !== null && event.shiftKey) {
      event.preventDefault()
      chooseUpTo(number)
    }
  })
  window.addEventListener('hashchange', showChosen)
  window.addEventListener('scroll', noteScroll, { passive: true })
  document.addEventListener('htmx:after:swap', (event) => {
    if (closest(event, '#build-log') !== null || event.target === document) settle()
  })
  document.addEventListener('end', noMore)
  new MutationObserver(rowsAdded).observe(document.body, { childList: true, subtree: true })
  settle()
  showChosen()
}

/** The build has ended and so has its stream: there is nothing left to follow. */
function noMore(): void {
  find('#build-log')?.removeAttribute('hx-sse:connect')
  find('[data-log="follow"]')?.remove()
  following = false
}

/** Is the reader at the end of the log, waiting for more? */
export const isFollowing = (): boolean => following

/** What a button or a key asks for. */
export function act(what: string): void {
  if (find('#build-log') === null) return
  if (what === 'times') {
    const next = timeModes[(timeModes.indexOf(timeMode()) + 1) % timeModes.length] ?? 'off'
    remember('log.times', next)
    settle()
  } else if (what === 'wrap') {
    remember('log.wrap', recall('log.wrap') === 'off' ? 'on' : 'off')
    settle()
  } else if (what === 'follow') {
    setFollowing(!following)
    if (following) toEnd()
  } else if (what === 'end') {
    setFollowing(isLive())
    toEnd()
  } else if (what === 'error') {
    nextError()
  } else if (what === 'full') {
    void (document.fullscreenElement === null
      ? find('#build-log')?.requestFullscreen()
      : document.exitFullscreen())
  }
}

let settled: Element | null = null

/** Applies the preferences to the log as it stands now. */
function settle(): void {
  const log = find('#build-log')
  if (log === null) return
  const wrap = recall('log.wrap') === 'off' ? 'off' : 'on'
  log.dataset['times'] = timeMode()
  log.dataset['wrap'] = wrap
  find('[data-log="wrap"]')?.setAttribute('aria-pressed', String(wrap === 'on'))
  const name = find('[data-log-times-name]')
  if (name !== null) name.textContent = timeNames[timeMode()]
  writeTimes(findAll('#log-lines .log-time'))
  if (settled !== log) {
    settled = log
    showStep()
    setFollowing(isLive() && !location.hash.includes('-L'))
  }
}

/** A long list of steps has a bar of its own: the step whose log this is should be in sight. */
function showStep(): void {
  const list = find('#step-list')
  const step = list?.querySelector('[aria-current]')
  if (list === null || step == null) return
  const seen = list.getBoundingClientRect()
  const { top, bottom } = step.getBoundingClientRect()
  if (top < seen.top || bottom > seen.bottom) list.scrollTop += top - seen.top - seen.height / 2
}

function timeMode(): TimeMode {
  const kept = recall('log.times')
  return timeModes.find((mode) => mode === kept) ?? 'off'
}

function writeTimes(times: HTMLElement[]): void {
  const mode = timeMode()
  if (mode === 'off') return
  const start = at(find('#log-lines .log-time'))
  for (const time of times) {
    time.textContent =
      mode === 'absolute'
        ? clock(new Date(at(time)))
        : `+${((at(time) - start) / 1000).toFixed(1)}s`
  }
}

const at = (time: Element | null): number => Date.parse(time?.getAttribute('datetime') ?? '')

const clock = (when: Date): string =>
  `${when.toLocaleTimeString('en-GB')}.${String(when.getMilliseconds()).padStart(3, '0')}`

/** The build goes on, so more may come. */
const isLive = (): boolean => find('#build-log')?.hasAttribute('hx-sse:connect') ?? false

function setFollowing(on: boolean): void {
  following = on
  find('[data-log="follow"]')?.setAttribute('aria-pressed', String(on))
  if (on) countUnseen(0)
}

function rowsAdded(changes: MutationRecord[]): void {
  const ours = changes.filter(
    ({ target }) => target instanceof Element && target.id === 'log-lines',
  )
  const added = ours.flatMap((change) => [...change.addedNodes]).filter(isRow)
  // A line that goes on takes the place of its beginning.
  const replaced = ours.flatMap((change) => [...change.removedNodes]).filter(isRow)
  if (added.length === 0) return
  writeTimes(added.flatMap((row) => [...row.querySelectorAll<HTMLElement>('.log-time')]))
  dropOld()
  showRange(added.at(-1))
  if (following) {
    toEnd()
  } else {
    countUnseen(unseen + added.length - replaced.length)
  }
}

const isRow = (node: Node): node is HTMLElement =>
  node instanceof HTMLElement && node.classList.contains('log-line')

function showRange(newest: HTMLElement | undefined): void {
  showNumber(find('[data-log-first]'), find('#log-lines .log-line[id] .log-number'))
  showNumber(find('[data-log-last]'), newest?.querySelector('.log-number') ?? null)
}

function showNumber(place: HTMLElement | null, number: Element | null): void {
  const value = Number(number?.textContent)
  // The rest of a long line has an arrow in place of a number.
  if (place !== null && value > 0) place.textContent = value.toLocaleString('en')
  // The column of numbers grows with them.
  if (value > 9999) find('#log-lines')?.setAttribute('data-digits', String(String(value).length))
}

/** Lets the oldest rows go, but none that can be seen: the whole is in the raw log. */
function dropOld(): void {
  const rows = findAll('#log-lines > *')
  const extra = rows.slice(0, Math.max(0, rows.length - rowsMax))
  const unseenRows = extra.filter((row) => following || row.getBoundingClientRect().bottom < 0)
  if (unseenRows.length === 0) return
  for (const row of unseenRows) row.remove()
  find('[data-log-dropped]')?.removeAttribute('hidden')
}

function countUnseen(count: number): void {
  unseen = count
  const button = find('.new-lines')
  if (button === null) return
  button.hidden = count === 0
  button.textContent = count === 1 ? '1 new line ↓' : `${count.toLocaleString('en')} new lines ↓`
}

function toEnd(): void {
  find('.log-foot')?.scrollIntoView({ block: 'nearest' })
  lastY = scrollY
}

/** Scrolling up stops following; coming back to the end takes it up again. */
function noteScroll(): void {
  const foot = find('.log-foot')?.getBoundingClientRect()
  const atEnd = foot !== undefined && foot.top < innerHeight && foot.bottom > 0
  if (scrollY < lastY - 2 && following && !atEnd) setFollowing(false)
  else if (atEnd && !following && isLive()) setFollowing(true)
  lastY = scrollY
}

/** `#s2-L120` or `#s2-L120-L140`: marks those rows and shows the first. */
function showChosen(): void {
  for (const row of findAll('.log-line[data-chosen]')) delete row.dataset['chosen']
  const match = /^#([\w-]+?)-L(\d+)(?:-L(\d+))?$/.exec(location.hash)
  if (match === null) return
  const [, step, from, to] = match
  anchor = document.getElementById(`${step}-L${from}`)
  for (let line = Number(from); line <= Number(to ?? from); line += 1) {
    const row = document.getElementById(`${step}-L${line}`)
    if (row !== null) row.dataset['chosen'] = ''
  }
  anchor?.scrollIntoView({ block: 'center' })
}

function chooseUpTo(number: HTMLElement): void {
  const [step, to] = number.closest('.log-line')?.id.split('-L') ?? []
  const from = anchor?.id.split('-L')[1] ?? to
  const [low, high] = [Number(from), Number(to)].sort((a, b) => a - b)
  location.hash = low === high ? `${step}-L${low}` : `${step}-L${low}-L${high}`
}

function nextError(): void {
  const rows = findAll('#log-lines .log-line')
  const start = anchor === null ? 0 : rows.indexOf(anchor) + 1
  const next = [...rows.slice(start), ...rows.slice(0, start)].find(looksWrong)
  if (next === undefined) return
  setFollowing(false)
  history.replaceState(null, '', `#${next.id}`)
  showChosen()
}

const looksWrong = (row: HTMLElement): boolean =>
  row.querySelector('.ansi-red-fg, .ansi-bright-red-fg') !== null ||
  errorWords.test(row.querySelector('.log-text')?.textContent ?? '')
