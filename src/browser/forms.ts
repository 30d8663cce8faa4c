import { closest, findAll } from './dom.ts'

/** Small courtesies of forms and menus. */
export function startForms(): void {
  // Addresses of filtered lists without the fields that were left empty.
  document.addEventListener('formdata', (event) => {
    if (closest(event, 'form[data-tidy]') === null) return
    for (const [name, value] of [...event.formData]) {
      if (value === '') event.formData.delete(name)
    }
  })
  // A chosen filter is applied at once; typed ones wait for Enter.
  document.addEventListener('change', (event) => {
    if (event.target instanceof HTMLSelectElement) {
      event.target.closest<HTMLFormElement>('form[data-tidy]')?.requestSubmit()
    }
  })
  document.addEventListener('click', (event) => {
    for (const menu of findAll('details.menu[open]')) {
      if (event.target instanceof Node && !menu.contains(event.target)) menu.removeAttribute('open')
    }
  })
  document.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape') return
    for (const menu of findAll('details.menu[open]')) {
      menu.removeAttribute('open')
      menu.querySelector('summary')?.focus()
    }
  })
}
