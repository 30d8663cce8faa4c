import { KiB } from '../../lib/sizes.ts'
import { error, type Spot } from '../findings.ts'
import { lineStartsOf, placeOf } from './lines.ts'

/** More than any configuration needs, in every format. */
export const fileBytesMax = 128 * KiB

/** Levels of lists and mappings within each other, in every format. */
export const depthMax = 64

/**
 * The text of a file without its byte order mark; null, and a problem, where it is too large or no
 * text at all.
 */
export function textOf(content: string, file: Spot): string | null {
  const bytes = Buffer.byteLength(content)
  if (bytes > fileBytesMax) {
    error(
      file,
      null,
      `The file has ${Math.ceil(bytes / KiB)} KiB; a configuration may have 128 KiB.`,
      'Move long scripts into files of the repository and call them.',
    )
    return null
  }
  const text = withoutBom(content)
  const nul = text.indexOf('\0')
  if (nul >= 0) {
    const remedy = 'Save the file as UTF-8 text and remove the NUL byte.'
    const at = placeOf(lineStartsOf(text), nul)
    error(file, at, 'The file holds a NUL byte, so it is no text.', remedy)
    return null
  }
  return text
}

/** A leading byte order mark is no part of the text: columns count from after it. */
export const withoutBom = (content: string): string =>
  content.startsWith('\ufeff') ? content.slice(1) : content
