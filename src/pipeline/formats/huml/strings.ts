/** What follows a backslash, and what it means. */
const escapes = new Map([
  ['"', '"'],
  ['\\', '\\'],
  ['/', '/'],
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
  ['v', '\v'],
])

/** What is wrong at an offset. */
export type Fault = { offset: number; message: string; suggestion: string | null }

export const isFault = (found: object): found is Fault => 'offset' in found

/** The string whose quotation mark opens at `start`, and the offset behind the closing one. */
export function readQuoted(text: string, start: number): { text: string; end: number } | Fault {
  let read = ''
  let from = start + 1
  for (let at = from; at < text.length && text[at] !== '\n'; at += 1) {
    if (text[at] === '"') return { text: read + text.slice(from, at), end: at + 1 }
    if (text[at] !== '\\') continue
    const sign = text[at + 1] ?? '\n'
    if (sign === '\n') break
    const meant = escapes.get(sign)
    if (meant === undefined) return unknownEscape(sign, at)
    read += text.slice(from, at) + meant
    at += 1
    from = at + 1
  }
  return {
    offset: start,
    message: 'The quotation mark that opens here is not closed in its line.',
    suggestion: 'Close it; text of several lines stands between """ and """.',
  }
}

const unknownEscape = (sign: string, offset: number): Fault => ({
  offset,
  message: `"\\${sign}" means nothing in a string.`,
  suggestion:
    sign === 'u' || sign === 'x'
      ? 'Write the character itself.'
      : String.raw`For a backslash write two: "\\"; there are \" \\ \/ \b \f \n \r \t \v.`,
})

const signs = new Map([...escapes].map(([sign, meant]) => [meant, sign]))

/** A text as a string of one line. */
export const quoted = (text: string): string =>
  `"${text.replace(/["\\\b\f\n\r\t\v]/g, (each) => `\\${signs.get(each) ?? each}`)}"`

const bareKey = /^[A-Za-z][A-Za-z0-9_-]*$/

/** A key as HUML wants it: bare where its signs allow that. */
export const keyText = (key: string): string => (bareKey.test(key) ? key : quoted(key))
