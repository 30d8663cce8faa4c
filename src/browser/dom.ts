/** The nearest element around an event's target that matches. */
export const closest = (event: Event, selector: string): HTMLElement | null =>
  event.target instanceof Element ? event.target.closest<HTMLElement>(selector) : null

export const find = (selector: string): HTMLElement | null =>
  document.querySelector<HTMLElement>(selector)

export const findAll = (selector: string): HTMLElement[] => [
  ...document.querySelectorAll<HTMLElement>(selector),
]

export function make<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  text = '',
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag)
  element.textContent = text
  return element
}

/** A preference that lasts, where the browser allows it. */
export function recall(key: string): string | null {
  try {
    return localStorage.getItem(`oore.${key}`)
  } catch {
    return null
  }
}

export function remember(key: string, value: string): void {
  try {
    localStorage.setItem(`oore.${key}`, value)
  } catch {
    // Storage is switched off: the preference holds for this page only.
  }
}
