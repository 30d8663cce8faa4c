/** Texts with fewer characters are left alone: masking them would shred the log. */
export const shortestMask = 6
/**
 * A longer text is looked for in pieces of this many characters, each in all of its forms: together
 * they cover it, and the memory they take grows no faster than the text.
 */
const pieceChars = 1024

/**
 * Every text that gives a secret away: the secret itself, each line of one with several, and what
 * common tools turn it into (base64 wherever it begins in the encoded text, URL, JSON, XML, shell
 * and hexadecimal forms, and what the `echo` of dash makes of its backslashes). Texts under 6
 * characters are left out: masking them would shred the log. A secret that a script turns around or
 * scrambles is not recognised.
 */
export function maskForms(masks: readonly string[]): Set<string> {
  const forms = new Set<string>()
  for (const text of textsOf(masks)) {
    for (const form of formsOf(text)) if (form.length >= shortestMask) forms.add(form)
  }
  return forms
}

/** Those of them in base64, to be looked for over line ends too: encoders wrap. */
export function base64Forms(masks: readonly string[]): Set<string> {
  const forms = new Set<string>()
  for (const text of textsOf(masks)) {
    for (const form of inBase64(Buffer.from(text))) if (form.length >= shortestMask) forms.add(form)
  }
  return forms
}

/** Each secret as it is, without the blanks around it, line by line, and long ones in pieces. */
function* textsOf(masks: readonly string[]): Generator<string> {
  const known = new Set<string>()
  for (const mask of masks) {
    const lines = mask.split(/\r?\n|\\n/).map((line) => line.trim())
    for (const text of [mask, mask.trim(), echoed(mask), ...lines]) {
      for (const piece of piecesOf(text)) {
        if (piece.length < shortestMask || known.has(piece)) continue
        known.add(piece)
        yield piece
      }
    }
  }
}

/** What dash's `echo` and `printf %b` print, which is `echo` in most scripts on Linux (dash(1)). */
function echoed(text: string): string {
  return text
    .replace(/(\\\\)|\\c[\s\S]*$/g, (_, backslashes: string | undefined) => backslashes ?? '')
    .replace(
      /\\(?:0([0-7]{0,3})|([1-7][0-7]{0,2})|([abefnrtv\\]))/g,
      (_, after?: string, digits?: string, letter?: string) =>
        letter === undefined
          ? String.fromCharCode(Number.parseInt(digits ?? `0${after}`, 8) & 0xff)
          : echoedLetters[letter]!,
    )
}

const echoedLetters: Record<string, string> = {
  a: '\u0007',
  b: '\b',
  e: '\u001b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
}

function piecesOf(text: string): string[] {
  if (text.length <= pieceChars) return [text]
  const pieces: string[] = []
  for (let at = 0; at < text.length; at += pieceChars) {
    // The end goes with the piece before it where it would be too short to be looked for.
    const isLast = text.length - at < pieceChars + shortestMask
    pieces.push(isLast ? text.slice(at) : text.slice(at, at + pieceChars))
    if (isLast) break
  }
  return pieces
}

function formsOf(text: string): string[] {
  const bytes = Buffer.from(text)
  const hex = bytes.toString('hex')
  return [
    text,
    ...inBase64(bytes),
    ...urlForms(text, hex),
    ...jsonForms(text),
    ...shellForms(text),
    ...xmlForms(text),
    hex,
    hex.toUpperCase(),
  ]
}

/** Wherever it begins in what is encoded: one of three alignments, of either alphabet. */
function inBase64(bytes: Buffer): string[] {
  return [0, 1, 2].flatMap((shift) => {
    const encoded = Buffer.concat([Buffer.alloc(shift), bytes]).toString('base64')
    // The characters that are the same whatever stands before and after.
    const first = Math.ceil((shift * 8) / 6)
    const end = Math.floor(((shift + bytes.length) * 8) / 6)
    const core = encoded.slice(first, end)
    return [core, core.replaceAll('+', '-').replaceAll('/', '_')]
  })
}

function urlForms(text: string, hex: string): string[] {
  const encoded = encodeURIComponent(Buffer.from(text).toString())
  const strict = encoded.replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
  const full = hex.toUpperCase().replace(/../g, '%$&')
  const keeping = (kept: RegExp) =>
    strict.replace(/%[0-9A-F]{2}/g, (code) => {
      const character = String.fromCharCode(Number.parseInt(code.slice(1), 16))
      return kept.test(character) ? character : code
    })
  const forms = [
    encoded,
    strict,
    strict.replaceAll('%20', '+'),
    strict.replaceAll('~', '%7E'),
    full,
    // As Python quotes; each part of a path; encodeURI; a password in a URL (WHATWG URL, userinfo),
    // and in Go's.
    keeping(/[/]/),
    keeping(/[!'()*/]/),
    keeping(/[!'()*;/?:@&=+$,#]/),
    keeping(/[!'()*&+$,%]/),
    keeping(/[&=+$:@]/),
    keeping(/[$&+,;=]/),
  ]
  return [...forms, ...forms.map((form) => form.replace(/%[0-9A-F]{2}/g, lowerCase))]
}

/** As JSON.stringify has it, with `/` escaped as PHP does, `<>&` as Go and Rails, non-ASCII as Python. */
function jsonForms(text: string): string[] {
  const encoded = JSON.stringify(text).slice(1, -1)
  const html = encoded.replace(/[<>&\u2028\u2029]/g, unicodeEscape)
  const ascii = encoded.replace(/[\u0080-\uffff]/g, unicodeEscape)
  const both = html.replace(/[\u0080-\uffff]/g, unicodeEscape)
  const once = [encoded, encoded.replaceAll('/', '\\/'), html, ascii, both, upperEscapes(both)]
  // Logs in JSON have bodies of requests in them, which are JSON as well.
  return [...once, ...[encoded, ascii].map((each) => JSON.stringify(each).slice(1, -1))]
}

const unicodeEscape = (character: string): string =>
  `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`

const upperEscapes = (text: string): string =>
  text.replace(/\\u([0-9a-f]{4})/g, (_, digits: string) => `\\u${digits.toUpperCase()}`)

/** As `set -x`, `printf %q` and people who quote by hand write it. */
function shellForms(text: string): string[] {
  const backslashed = text.replace(/^[#~]|[ !"$&'()*,;<>?[\\\]^`{|}]/g, '\\$&')
  const dollarQuoted = text
    .replace(/[\\']/g, '\\$&')
    .replaceAll('\n', '\\n')
    .replaceAll('\r', '\\r')
    .replaceAll('\t', '\\t')
  const octal = dollarQuoted.replace(/[\u0080-\u{10ffff}]/gu, (character) =>
    Array.from(Buffer.from(character), (byte) => `\\${byte.toString(8)}`).join(''),
  )
  return [
    text.replaceAll("'", "'\\''"),
    text.replaceAll("'", `'"'"'`),
    text.replace(/["\\$`]/g, '\\$&'),
    backslashed,
    dollarQuoted,
    octal,
  ]
}

/** By name, by decimal and by hexadecimal number; the apostrophe has two usual ones. */
function xmlForms(text: string): string[] {
  const by = (write: (character: string) => string) => text.replace(/[&<>"']/g, write)
  const named = by((character) => xmlEntities[character] ?? character)
  return [
    named,
    named.replaceAll('&apos;', '&#39;'),
    named.replaceAll('&apos;', '&#x27;'),
    by((character) => `&#${character.charCodeAt(0)};`),
    by((character) => `&#x${character.charCodeAt(0).toString(16)};`),
    // Text that stands outside of attributes keeps its quotes.
    text.replace(/[&<>]/g, (character) => xmlEntities[character] ?? character),
  ]
}

const lowerCase = (text: string): string => text.toLowerCase()

const xmlEntities: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
}
