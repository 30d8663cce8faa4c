import { find } from './dom.ts'

const triesAgain = 'Oore cannot be reached. This page tries again by itself.'
const didNothing = 'Oore cannot be reached; nothing was changed. Try again.'

/** Says that what keeps the page up to date does not get through; it goes on trying. */
export const tellOffline = (): void => say(triesAgain)

/** Says that what the reader asked for just now did not get through. */
export const tellNothingChanged = (): void => say(didNothing)

/** Something got through. */
export const tellOnline = (): void => say('')

function say(text: string): void {
  const banner = find('#offline')
  if (banner === null || banner.textContent === text) return
  banner.hidden = text === ''
  banner.textContent = text
}
