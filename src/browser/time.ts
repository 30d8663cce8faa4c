import { agoText, soFarText } from '../lib/ago.ts'
import { findAll } from './dom.ts'

/** Ages change slowly: every this many ticks of a second. */
const agoEvery = 10

type Seen = { said: string; ms: number; at: number }

/**
 * The server says how long ago or how long so far, and from there on this counts: the clock of
 * the reader's machine may be wrong.
 */
const seen = new WeakMap<Element, Seen>()

export function startTime(): void {
  let ticks = 0
  const tick = (): void => {
    for (const element of findAll('[data-ticks]')) {
      show(element, soFarText(age(element, 'data-ticks')))
    }
    const due = ticks++ % agoEvery === 0
    for (const time of findAll(due ? '[data-ago]' : '[data-ago]:not([data-local])')) {
      show(time, agoText(age(time, 'data-ago')))
      localTitle(time)
    }
  }
  tick()
  setInterval(tick, 1000)
}

/** Milliseconds by now, counted from when this value was first seen. */
function age(element: Element, attribute: string): number {
  const said = element.getAttribute(attribute) ?? '0'
  let first = seen.get(element)
  if (first === undefined || first.said !== said) {
    first = { said, ms: Number(said), at: performance.now() }
    seen.set(element, first)
  }
  return first.ms + performance.now() - first.at
}

function show(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text
}

/** Adds the reader's own time to the exact one. */
function localTitle(time: HTMLElement): void {
  if (time.hasAttribute('data-local')) return
  time.setAttribute('data-local', '')
  const at = new Date(time.getAttribute('datetime') ?? '')
  const local = at.toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'long' })
  time.title = `${time.title}\n${local}`
}
