import { closest, find } from './dom.ts'

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

/** Shows content in the page's one dialog. */
export function showDialog(content: Node, label: string): void {
  const box = dialog()
  if (box === null) return
  box.replaceChildren(content)
  box.setAttribute('aria-label', label)
  if (!box.open) box.showModal()
}

async function ask(href: string): Promise<void> {
  const answer = await fetch(href)
  const page = new DOMParser().parseFromString(await answer.text(), 'text/html')
  const question = page.querySelector('#confirm')
  // Signed out, or it has ended meanwhile: the page itself says so.
  if (question === null) location.assign(href)
  else showDialog(question, page.querySelector('h1')?.textContent ?? 'Please confirm')
}

function dialog(): HTMLDialogElement | null {
  const box = find('#dialog')
  return box instanceof HTMLDialogElement ? box : null
}

const isPlainClick = (event: MouseEvent): boolean =>
  event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey
