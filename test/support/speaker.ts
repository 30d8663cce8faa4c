import { execFileSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, rmSync, write } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const writeTo = promisify(write)

/** A command of a step that prints what a test says, when it says it. */
export type Speaker = {
  /** For a script of the configuration. */
  command: string
  say(text: string | Uint8Array): Promise<void>
  /** The command ends. Only once something it said has been seen: it may not have begun before. */
  end(): void
  [Symbol.dispose](): void
}

/** A named pipe that a step reads, held by the test at its other end. */
export function makeSpeaker(): Speaker {
  const dir = mkdtempSync(join(tmpdir(), 'oore-speaker-'))
  const pipe = join(dir, 'pipe')
  execFileSync('mkfifo', [pipe])
  // For reading too, so that opening it does not wait for the step to begin.
  let file: number | null = openSync(pipe, 'r+')
  const speaker: Speaker = {
    command: `cat '${pipe}'`,
    async say(text) {
      if (file === null) throw new Error('this speaker has ended')
      const bytes = Buffer.from(text)
      for (let at = 0; at < bytes.length;) {
        const { bytesWritten } = await writeTo(file, bytes, at)
        at += bytesWritten
      }
    },
    end() {
      if (file !== null) closeSync(file)
      file = null
    },
    [Symbol.dispose]() {
      speaker.end()
      rmSync(dir, { recursive: true, force: true, maxRetries: 5 })
    },
  }
  return speaker
}
