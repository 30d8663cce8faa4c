import type { Clock } from '../lib/clock.ts'
import { wholeLines } from './lines.ts'
import { maskBytesMax, maskLines, type Masks } from './mask-lines.ts'
import type { Redactor } from '../lib/redact/redact.ts'
import type { Reporter, Stream } from './reporter.ts'

/** The log of one step: what its processes say, and what Oore has to say in between. */
export type StepLog = {
  heard(stream: Stream, bytes: Uint8Array): void
  /** A line of Oore's own. */
  say(text: string): void
  /** The same on stderr, where people look for trouble. */
  warn(text: string): void
  /** Lets out everything that was held back. */
  end(): void
}

/**
 * Everything on its way to a log passes here: lines that name what to hide are taken out, then the
 * redactor, then the line stage.
 */
export function openStepLog(options: {
  reporter: Reporter
  redactor: Redactor
  masks: Masks
  position: number
  clock: Clock
}): StepLog {
  const { reporter, redactor, masks, position, clock } = options
  const ways = { stdout: openWay('stdout'), stderr: openWay('stderr') }

  return {
    heard: (stream, bytes) => ways[stream].push(bytes),
    say: (text) => tell('stdout', text),
    warn: (text) => tell('stderr', text),
    end() {
      ways.stdout.end()
      ways.stderr.end()
    },
  }

  function openWay(stream: Stream) {
    const redacted = redactor.stream()
    const lines = wholeLines((bytes) => reporter.said(position, stream, clock(), bytes))
    const told = maskLines(
      (value) => {
        const trouble = masks.add(value)
        if (trouble !== null) tell('stderr', trouble)
      },
      () =>
        tell('stderr', `A line ::add-mask:: with more than ${maskBytesMax} bytes was left out.`),
    )
    const show = (bytes: Uint8Array) => {
      if (bytes.length > 0) lines.push(bytes)
    }
    return {
      push: (bytes: Uint8Array) => show(redacted.push(told.push(bytes))),
      end() {
        show(redacted.push(told.end()))
        show(redacted.end())
        lines.flush()
      },
    }
  }

  function tell(stream: Stream, text: string) {
    const line = redactor.text(text.endsWith('\n') ? text : `${text}\n`)
    reporter.said(position, stream, clock(), Buffer.from(line))
  }
}
