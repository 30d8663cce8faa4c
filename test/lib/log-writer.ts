import { writeSync } from 'node:fs'
import { LogFile } from '../../src/lib/log-file.ts'

/** Ends by itself should nobody kill it. */
const linesMax = 10_000_000

/** Writes numbered lines in frames of all sizes, and says each line it has written, until killed. */
const [directory = '', maxBytes = ''] = process.argv.slice(2)
const log = LogFile.open({ directory, name: 'step-1', maxBytes: Number(maxBytes) })
for (let line = 1; line < linesMax;) {
  const lines = Array.from({ length: 1 + (line % 40) }, () => `line ${line++}\n`)
  log.append({
    stream: line % 3 ? 'stdout' : 'stderr',
    at: line,
    bytes: Buffer.from(lines.join('')),
  })
  writeSync(1, `${line - 1}\n`)
}
