import type { Clock } from '../lib/clock.ts'
import { wholeLines } from './lines.ts'
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

/** Everything on its way to a log passes here: first the redactor, then the line stage. */
export function openStepLog(options: {
  reporter: Reporter
  redactor: Redactor
  position: number
  clock: Clock
}): StepLog {
  const { reporter, redactor, position, clock } = options
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
    return {
      push(bytes: Uint8Array) {
        const shown = redacted.push(bytes)
        if (shown.length > 0) lines.push(shown)
      },
      end() {
        const shown = redacted.end()
        if (shown.length > 0) lines.push(shown)
        lines.flush()
      },
    }
  }

  function tell(stream: Stream, text: string) {
    const line = redactor.text(text.endsWith('\n') ? text : `${text}\n`)
    reporter.said(position, stream, clock(), Buffer.from(line))
  }
}
