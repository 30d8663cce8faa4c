import { shortestMask } from './mask-forms.ts'

const commonWords = new Set([
  ...['true', 'false', 'null', 'none', 'yes', 'no', 'on', 'off', 'default', 'secret', 'password'],
  ...['production', 'staging', 'development', 'release', 'debug', 'android', 'ios', 'flutter'],
  ...['main', 'master', 'latest', 'stable', 'localhost', 'admin', 'username', 'example'],
])

/**
 * Why a log cannot hide this value well, as a sentence; null where it can. What is too short or too
 * common is left alone or hides half of the log: it is better not made a secret.
 */
export function maskWarningOf(value: string): string | null {
  const text = value.trim()
  if (text === '') return 'It is empty: there is nothing to hide.'
  if (text.length < shortestMask) {
    return `It has fewer than ${shortestMask} characters, so logs will show it: hiding it would hide parts of other words.`
  }
  if (commonWords.has(text.toLowerCase())) {
    return 'It is a common word: wherever a log says it, it is hidden.'
  }
  if (/^\d+$/.test(text) && text.length < 10) {
    return 'It is a short number: wherever a log has the same digits, they are hidden.'
  }
  if (/^(.)\1+$/.test(text)) return 'It is one character over and over, which logs draw lines with.'
  const short = text.split(/\r?\n/).filter((line) => {
    const { length } = line.trim()
    return length > 0 && length < shortestMask
  })
  if (text.includes('\n') && short.length > 0) {
    return `${short.length === 1 ? 'One of its lines has' : `${short.length} of its lines have`} fewer than ${shortestMask} characters, and will be shown where a log says that line alone.`
  }
  return null
}
