import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type FoundTest, testLimits } from '../../protocol/tests.ts'
import type { Redactor } from '../../lib/redact/redact.ts'
import { isInside } from '../working-directory.ts'
import { rawCharsMax, type ReadTest } from './report.ts'

/**
 * A test as it may leave the runner: secrets masked, then clipped, so that no cut shows a part of
 * one; colours taken out, names on one line, files relative to the clone directory.
 */
export function shownTest(
  test: ReadTest,
  redactor: Redactor,
  clone: string,
  keepsDetails: boolean,
): FoundTest {
  const { nameCharsMax, fileCharsMax, messageCharsMax, detailsCharsMax } = testLimits
  const shown = (text: string | null, charsMax: number) =>
    text === null ? null : clipped(masked(withoutColours(text), redactor), charsMax)
  const oneLine = (text: string | null, charsMax: number) =>
    text === null ? null : shown(text.replace(/\s+/g, ' ').trim(), charsMax)
  return {
    suite: oneLine(test.suite, nameCharsMax) ?? '',
    name: oneLine(test.name, nameCharsMax) || 'a test without a name',
    status: test.status,
    duration_ms: test.durationMs,
    message: shown(test.message, messageCharsMax) || null,
    details: keepsDetails ? shown(test.details, detailsCharsMax) || null : null,
    file: oneLine(pathOf(test.file, clone), fileCharsMax) || null,
    line: test.line,
  }
}

/** `ESC[31m`; the picture of the escape character is what XML can hold in its place. */
// oxlint-disable-next-line no-control-regex -- this is the character looked for
const colour = /[\u001b\u241b]\[[\d;]{0,20}[A-Za-z]/g

const withoutColours = (text: string): string => text.replace(colour, '')

function masked(text: string, redactor: Redactor): string {
  // oxlint-disable-next-line no-control-regex -- SQLite takes a NUL for the end of a text
  const whole = text.replaceAll(/\u0000/g, '\ufffd')
  if (whole.length <= rawCharsMax) return redactor.text(whole)
  // What may be the beginning of a secret is held back at the cut, and stays back.
  const kept = Buffer.from(whole.slice(0, rawCharsMax))
  return Buffer.from(redactor.stream().push(kept)).toString()
}

function clipped(text: string, charsMax: number): string {
  if (text.length <= charsMax) return text
  return `${text
    .slice(0, charsMax - 1)
    .toWellFormed()
    .replace(/\ufffd$/, '')}…`
}

function pathOf(file: string | null, clone: string): string | null {
  const path = file?.startsWith('file:') ? fromUrl(file) : file
  if (path === null || path === undefined || path === '') return null
  return path.startsWith('/') && isInside(path, clone) ? relative(clone, path) : path
}

function fromUrl(url: string): string {
  try {
    return fileURLToPath(url)
  } catch {
    return url
  }
}
