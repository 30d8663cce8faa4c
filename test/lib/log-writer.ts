import { writeSync } from 'node:fs'
import { LogFile } from '../../src/lib/log-file.ts'

/** Ends by itself should nobody kill it. */
const framesMax = 1_000_000

/** Writes numbered lines in frames of all sizes, and says each line it has written, until killed. */
const [directory = '', maxBytes = ''] = process.argv.slice(2)
const log = LogFile.open({ directory, name: 'step-1', maxBytes: Number(maxBytes) })
for (let line = 0, frame = 0; frame < framesMax; frame++) {
  const lines = Array.from({ length: 1 + (frame % 40) }, (_, i) => `line ${line + i + 1}\n`)
  line += lines.length
  const stream = frame % 3 ? 'stdout' : 'stderr'
  log.append({ stream, at: frame, bytes: Buffer.from(lines.join('')) })
  say(`${line}\n`)
}

/** The pipe takes no more for a while when its reader is slow. */
function say(text: string): void {
  for (;;) {
    try {
      return void writeSync(1, text)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error
    }
  }
}
