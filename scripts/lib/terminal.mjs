/*
 * What the scripts print. Colour and marks only where a person looks at a terminal and has not
 * asked for none (https://no-color.org); plain lines elsewhere.
 */
const isColoured =
  process.stdout.isTTY === true && !process.env.NO_COLOR && process.env.TERM !== 'dumb'

/** @param {number} on @param {number} off */
const style = (on, off) => (/** @type {string} */ text) =>
  isColoured ? `\u001B[${on}m${text}\u001B[${off}m` : text

export const bold = style(1, 22)
export const dim = style(2, 22)
export const red = style(31, 39)
export const green = style(32, 39)
export const cyan = style(36, 39)

/** @param {string} text */
export const done = (text) => console.log(`${green('✓')} ${text}`)
/** @param {string} text */
export const failed = (text) => console.error(`${red('✗')} ${text}`)
/** @param {string} text */
export const doing = (text) => console.log(`${cyan('•')} ${text}`)

/** `6m 12s`, `1.2 s`, `38 ms`. @param {number} ms */
export function duration(ms) {
  if (ms < 1000) return `${Math.round(ms)} ms`
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`
  return `${Math.floor(ms / 60_000)}m ${Math.round((ms % 60_000) / 1000)}s`
}
