import { closest } from './dom.ts'

const thanksMs = 1500

/** Buttons with `data-copy` put that text on the clipboard and say so for a moment. */
export function startCopying(): void {
  document.addEventListener('click', (event) => {
    const button = closest(event, '[data-copy]')
    if (button === null) return
    void copy(button.dataset['copy'] ?? '').then(() => thank(button))
  })
}

async function copy(text: string): Promise<void> {
  // Over plain http from another machine there is no clipboard object.
  if (navigator.clipboard !== undefined) return navigator.clipboard.writeText(text)
  const area = document.createElement('textarea')
  area.value = text
  document.body.append(area)
  area.select()
  document.execCommand('copy')
  area.remove()
}

function thank(button: HTMLElement): void {
  const label = button.getAttribute('aria-label') ?? 'Copy'
  if (button.dataset['copied'] !== undefined) return
  button.dataset['copied'] = ''
  button.setAttribute('aria-label', 'Copied')
  button.querySelector('use')?.setAttribute('href', '#i-check')
  setTimeout(() => {
    delete button.dataset['copied']
    button.setAttribute('aria-label', label)
    button.querySelector('use')?.setAttribute('href', '#i-copy')
  }, thanksMs)
}
