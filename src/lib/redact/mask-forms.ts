/** Texts with fewer characters are left alone: masking them would shred the log. */
export const shortestMask = 6
const wrapColumns = [64, 76]

/**
 * Every text that gives a secret away: the secret itself, each line of one with several, and what
 * common tools turn it into (base64 wherever it begins in the encoded text, URL, JSON, XML, shell
 * and hexadecimal forms). Texts under 6 characters are left out: masking them would shred the log.
 * A secret that a script turns around or scrambles is not recognised.
 */
export function maskForms(masks: readonly string[]): Set<string> {
  const forms = new Set<string>()
  for (const mask of masks) {
    for (const text of [mask, mask.trim(), ...mask.split(/\r?\n/).map((line) => line.trim())]) {
      if (text.length >= shortestMask) for (const form of formsOf(text)) forms.add(form)
    }
  }
  return forms
}

function formsOf(text: string): string[] {
  const bytes = Buffer.from(text)
  const hex = bytes.toString('hex')
  return [
    text,
    ...[0, 1, 2].flatMap((shift) => base64Forms(bytes, shift)),
    ...urlForms(text),
    ...jsonForms(text),
    ...shellForms(text),
    text.replace(/[&<>"']/g, (character) => xmlEntities[character] ?? character),
    hex,
    hex.toUpperCase(),
  ].filter((form) => form.length >= shortestMask)
}

/** The characters that are the same whatever stands before (`shift` bytes of it) and after. */
function base64Forms(bytes: Buffer, shift: number): string[] {
  const encoded = Buffer.concat([Buffer.alloc(shift), bytes]).toString('base64')
  const first = Math.ceil((shift * 8) / 6)
  const end = Math.floor(((shift + bytes.length) * 8) / 6)
  const core = encoded.slice(first, end)
  const wrapped = shift === 0 ? wrapColumns.flatMap((columns) => pieces(core, columns)) : []
  return [core, core.replaceAll('+', '-').replaceAll('/', '_'), ...wrapped]
}

/** What `base64` and `openssl` print: lines of a fixed width. */
function pieces(text: string, columns: number): string[] {
  const lines: string[] = []
  for (let at = 0; at < text.length; at += columns) lines.push(text.slice(at, at + columns))
  return lines
}

function urlForms(text: string): string[] {
  const encoded = encodeURIComponent(Buffer.from(text).toString())
  const strict = encoded.replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
  const forms = [encoded, strict, strict.replaceAll('%20', '+')]
  return [...forms, ...forms.map((form) => form.replace(/%[0-9A-F]{2}/g, lowerCase))]
}

function jsonForms(text: string): string[] {
  const encoded = JSON.stringify(text).slice(1, -1)
  return [encoded, encoded.replaceAll('/', '\\/')]
}

/** As `set -x` and `printf %q` print it. */
function shellForms(text: string): string[] {
  const backslashed = text.replace(/^[#~]|[ !"$&'()*,;<>?[\\\]^`{|}]/g, '\\$&')
  const dollarQuoted = text.replace(/[\\']/g, '\\$&').replaceAll('\n', '\\n')
  return [text.replaceAll("'", "'\\''"), backslashed, dollarQuoted]
}

const lowerCase = (text: string): string => text.toLowerCase()

const xmlEntities: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
}
