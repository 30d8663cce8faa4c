import type { FileHandle } from 'node:fs/promises'
import { KiB } from '../../lib/sizes.ts'
import { dartReader } from './dart.ts'
import { junitReader } from './junit.ts'
import {
  Malformed,
  NotAReport,
  type ReadTest,
  type ReportRead,
  type ReportReader,
  reportBytesMax,
} from './report.ts'

const chunkBytes = 64 * KiB

/**
 * Reads a report of either kind, told apart by what is in it: what begins with `<` is JUnit XML,
 * anything else may be the lines of `flutter test --machine`. Closes the file. Throws the reason
 * of the signal once that is aborted, and what `take` throws.
 */
export async function readReport(
  file: FileHandle,
  take: (test: ReadTest) => void,
  signal: AbortSignal,
): Promise<ReportRead> {
  const stream = file.createReadStream({ highWaterMark: chunkBytes, end: reportBytesMax })
  let decoder: TextDecoder | null = null
  let reader: ReportReader | null = null
  let linesBefore = 0
  let bytes = 0

  function write(text: string): void {
    // Nothing may stand before an XML declaration, but what echoes a report may begin a line.
    const begun = reader === null ? text.trimStart() : text
    if (begun === '') linesBefore += newlinesIn(text)
    if (begun === '') return
    if (reader === null) linesBefore += newlinesIn(text.slice(0, text.length - begun.length))
    reader ??= begun.startsWith('<') ? junitReader(take) : dartReader(take)
    reader.write(begun)
  }

  try {
    for await (const chunk of stream) {
      signal.throwIfAborted()
      if (!(chunk instanceof Uint8Array)) continue
      bytes += chunk.length
      if (bytes > reportBytesMax) return { is: 'too_large' }
      decoder ??= decoderFor(chunk)
      write(decoder.decode(chunk, { stream: true }))
    }
    write(decoder?.decode() ?? '')
    if (reader === null) return { is: 'other' }
    endOf(reader)
    return { is: 'read' }
  } catch (thrown) {
    if (thrown instanceof NotAReport) return { is: 'other' }
    if (!(thrown instanceof Malformed)) throw thrown
    const { line, column, why } = thrown
    return { is: 'malformed', line: line + linesBefore, column: Math.max(1, column), why }
  } finally {
    stream.destroy()
  }
}

// The compiler does not see that write() has set it.
const endOf = (reader: ReportReader): void => reader.end()

const newlinesIn = (text: string): number => text.split('\n').length - 1

/**
 * How the bytes are text: by their mark, else as the XML declaration says, else UTF-8. A shell on
 * Windows writes UTF-16. Bytes that do not fit become U+FFFD: one odd name is no reason to lose a
 * whole report.
 */
function decoderFor(head: Uint8Array): TextDecoder {
  if (head[0] === 0xff && head[1] === 0xfe) return new TextDecoder('utf-16le')
  if (head[0] === 0xfe && head[1] === 0xff) return new TextDecoder('utf-16be')
  const start = Buffer.from(head.subarray(0, declarationBytesMax)).toString('latin1')
  const [, label = ''] = /^\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([\w.:-]+)["']/.exec(start) ?? []
  try {
    // A declaration that can be read byte by byte is not in UTF-16, whatever it says.
    if (label !== '' && !/^utf-?16/i.test(label)) return new TextDecoder(label)
  } catch {
    // An encoding that nobody knows here.
  }
  return new TextDecoder()
}

const declarationBytesMax = 400
