import { closest } from './dom.ts'

const fileInput = 'input[type="file"]'

/**
 * A file that is dropped anywhere on a form goes into its file field, as if it had been chosen.
 * Elsewhere on the page it opens as ever.
 */
export function startDropping(): void {
  document.addEventListener('dragover', (event) => {
    const form = formUnder(event)
    if (form === null) return
    event.preventDefault()
    form.dataset['dropping'] = ''
  })
  document.addEventListener('dragleave', (event) => {
    const form = closest(event, 'form[data-dropping]')
    const isWithin = event.relatedTarget instanceof Node && form?.contains(event.relatedTarget)
    if (form !== null && isWithin !== true) delete form.dataset['dropping']
  })
  document.addEventListener('drop', (event) => {
    const form = formUnder(event)
    const input = form?.querySelector<HTMLInputElement>(fileInput)
    const [file] = event.dataTransfer?.files ?? []
    if (form === null || !input) return
    event.preventDefault()
    delete form.dataset['dropping']
    if (file === undefined) return
    // Of several the first: the field takes one.
    const one = new DataTransfer()
    one.items.add(file)
    input.files = one.files
    input.dispatchEvent(new Event('change', { bubbles: true }))
    input.focus()
  })
}

/** The form with a file field that something is held over, where that is a file. */
function formUnder(event: DragEvent): HTMLElement | null {
  if (event.dataTransfer?.types.includes('Files') !== true) return null
  return closest(event, `form:has(${fileInput})`)
}
