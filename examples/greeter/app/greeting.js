import { textsFor } from './locales.js'

const longestName = 40

/** What the app's one screen says to this person at this hour (0 to 23), in this language. */
export function greet({ name = '', hour, language }) {
  const texts = textsFor(language)
  const shown = shorten(name.trim()) || texts.stranger
  return texts[partOfDay(hour)].replace('{name}', () => shown)
}

export function partOfDay(hour) {
  if (hour < 5 || hour >= 23) return 'night'
  if (hour < 11) return 'morning'
  return hour < 18 ? 'day' : 'evening'
}

/** Cuts between characters as people see them, so that no emoji is torn apart. */
function shorten(name) {
  const characters = Array.from(new Intl.Segmenter().segment(name), ({ segment }) => segment)
  if (characters.length <= longestName) return name
  return `${characters.slice(0, longestName - 1).join('')}…`
}
