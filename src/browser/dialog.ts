import { closest, find } from './dom.ts'
import { tellNothingChanged, tellOnline } from './offline.ts'

/** Links with `data-dialog` show their page's question here instead of going there. */
export function startDialogs(): void {
  document.addEventListener('click', (event) => {
    const link = closest(event, 'a[data-dialog]')
    if (link instanceof HTMLAnchorElement && isPlainClick(event)) {
      event.preventDefault()
      void ask(link.href)
    }
    if (closest(event, '#dialog [data-close-dialog]') !== null) {
      event.preventDefault()
      dialog()?.close()
    }
  })
}

/**
 * Shows content in the page's one dialog. The button that closes it has the focus, so that whoever
 * presses Enter once too often has changed nothing.
 */
export function showDialog(content: Node, label: string): void {
  const box = dialog()
  if (box === null) return
  box.replaceChildren(content)
  box.setAttribute('aria-label', label)
  if (!box.open) box.showModal()
  box.querySelector<HTMLElement>('[data-close-dialog]')?.focus()
}

async function ask(href: string): Promise<void> {
  const text = await textAt(href)
  if (text === null) return tellNothingChanged()
  tellOnline()
  const page = new DOMParser().parseFromString(text, 'text/html')
  const question = page.querySelector('#confirm')
  // Signed out, or it has ended meanwhile: the page itself says so.
  if (question === null) location.assign(href)
  else showDialog(question, page.querySelector('h1')?.textContent ?? 'Please confirm')
}

/** The page at an address; null where the server does not answer. */
const textAt = (href: string): Promise<string | null> =>
  fetch(href).then(
    (answer) => answer.text(),
    () => null,
  )

function dialog(): HTMLDialogElement | null {
  const box = find('#dialog')
  return box instanceof HTMLDialogElement ? box : null
}

const isPlainClick = (event: MouseEvent): boolean =>
  event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey
