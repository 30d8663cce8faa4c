import { find, findAll } from './dom.ts'
import { htmx } from './htmx.ts'
import { isFollowing } from './log.ts'
import { tellNothingChanged, tellOffline, tellOnline } from './offline.ts'

/** Keeps regions, title and icon up to date, and says when that is not possible. */
export function startLive(): void {
  setInterval(refreshRegions, 1000)
  document.addEventListener('visibilitychange', refreshRegions)
  document.addEventListener('htmx:after:swap', () => {
    showBuildState()
    followBuild()
  })
  document.addEventListener('end', countRunning)
  document.addEventListener('htmx:before:swap', refuseErrors)
  document.addEventListener('htmx:error', connectAgain)
  document.addEventListener('htmx:sse:error', tellOffline)
  document.addEventListener('htmx:error', (event) =>
    isAskedByReader(event.target) ? tellNothingChanged() : tellOffline(),
  )
  document.addEventListener('htmx:sse:after:connection', tellOnline)
  document.addEventListener('htmx:after:request', tellOnline)
}

const hiddenEveryMs = 5000
let hiddenAt = -Infinity

/**
 * The stream of a tab that is not seen rests, because a browser has few connections for a server.
 * Its title and icon are looked at all the same: they ask now and then.
 */
function refreshHidden(): void {
  const status = find('#build-header')?.dataset['status']
  const now = performance.now()
  const isOver = !['waiting_approval', 'pending', 'running'].includes(status ?? '')
  if (isOver || now - hiddenAt < hiddenEveryMs) return
  hiddenAt = now
  const into = { target: '#build-header', select: '#build-header', swap: 'outerMorph' }
  void htmx.ajax('GET', location.pathname, into)
}

const refreshedAt = new WeakMap<Element, number>()

/** Regions with `data-refresh` are asked for again after that many seconds, while they are seen. */
function refreshRegions(): void {
  if (document.hidden) return refreshHidden()
  const now = performance.now()
  for (const region of findAll('[data-refresh]')) {
    const last = refreshedAt.get(region)
    if (last === undefined) {
      refreshedAt.set(region, now)
    } else if (now - last >= Number(region.dataset['refresh']) * 1000 && !isSelectedIn(region)) {
      refreshedAt.set(region, now)
      htmx.trigger(region, 'refresh')
    }
  }
}

/** Someone is marking text in it, perhaps to copy: better a little late than gone. */
function isSelectedIn(region: Element): boolean {
  const selection = getSelection()
  return selection !== null && !selection.isCollapsed && selection.containsNode(region, true)
}

/** The tab's title and icon carry the state of the build. */
function showBuildState(): void {
  const header = find('#build-header')
  if (header === null) return
  document.title = `${header.dataset['title'] ?? 'Build'} · Oore`
  const icon = find('#favicon')
  const href = icon?.getAttribute(`data-${header.dataset['status'] ?? ''}`)
  if (icon instanceof HTMLLinkElement && href != null && icon.getAttribute('href') !== href) {
    icon.href = href
  }
}

const connectAgainMs = 2000

/** A stream that was lost is taken up by htmx; one that never began is not. */
function connectAgain(event: Event): void {
  if (!isStreaming(event.target)) return
  setTimeout(() => {
    const log = find('#build-log')
    const stream = log?.getAttribute('hx-sse:connect')
    if (log !== null && stream != null) void htmx.ajax('GET', stream, { source: log })
  }, connectAgainMs)
}

/** In place of its stream the log was sent a page that says why not: that is no row of it. */
function refuseErrors(event: Event): void {
  const { ctx } = (event as CustomEvent<{ ctx?: { response?: { status?: number } } }>).detail
  if (!isStreaming(event.target) || (ctx?.response?.status ?? 0) < 400) return
  event.preventDefault()
  tellOffline()
  connectAgain(event)
}

const isStreaming = (target: EventTarget | null): boolean =>
  target instanceof Element && target.matches('#build-log[hx-sse\\:connect]')

/** Links ask when they are pressed; regions and streams by themselves. */
const isAskedByReader = (target: EventTarget | null): boolean => target instanceof HTMLAnchorElement

let moving = false

/**
 * Nobody chose a step and nobody scrolled up, so the log goes with the build: to the step that
 * runs, and in the end to the one that failed.
 */
function followBuild(): void {
  if (moving || !isFollowing() || new URLSearchParams(location.search).has('step')) return
  const chosen = find('#step-list [aria-current]')
  const next =
    find('#step-list [data-status="running"]') ?? find('#step-list [data-status="failure"]')
  const href = next?.getAttribute('href')
  if (href == null || chosen === next || chosen?.dataset['status'] === 'failure') return
  moving = true
  const selectOOB = next?.getAttribute('hx-select-oob') ?? ''
  const into = { target: '#build-log', select: '#build-log', selectOOB }
  void htmx.ajax('GET', href, { ...into, swap: 'outerHTML' }).finally(() => (moving = false))
}

/** A build has ended, so the header's count is no longer true. */
function countRunning(): void {
  const into = { target: '#running-count', select: '#running-count', swap: 'outerHTML' }
  void htmx.ajax('GET', location.pathname, into)
}
