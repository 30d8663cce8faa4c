import { automatonOf, type Automaton } from './automaton.ts'
import { maskForms } from './mask-forms.ts'

const mark = Buffer.from('***')
const nothing = new Uint8Array(0)

export type Redactor = {
  /** One of these for each stream: it remembers the end of what it has seen. */
  stream(): RedactedStream
  /** A whole text with its secrets masked. */
  text(text: string): string
}

export type RedactedStream = {
  /** The bytes that can be shown now. What may be the beginning of a secret is held back. */
  push(bytes: Uint8Array): Uint8Array
  /** What was held back, once the stream has ended. */
  end(): Uint8Array
}

/**
 * Masks secrets, and what common tools turn them into, as `***`: across chunk boundaries, the
 * longest match, overlapping ones whole, in time linear in the output however many there are.
 * Every other byte passes unchanged.
 */
export function makeRedactor(masks: readonly string[]): Redactor {
  const forms = maskForms(masks)
  if (forms.size === 0) return { stream: () => passThrough, text: (text) => text }
  const automaton = automatonOf([...forms].map((form) => Buffer.from(form)))
  return {
    stream: () => redactedStream(automaton),
    text(text) {
      const stream = redactedStream(automaton)
      const shown = stream.push(Buffer.from(text))
      return Buffer.concat([shown, stream.end()]).toString()
    },
  }
}

const passThrough: RedactedStream = { push: (bytes) => bytes, end: () => nothing }

function redactedStream(automaton: Automaton): RedactedStream {
  let state = 0
  let held: Uint8Array = nothing
  /** Where secrets lie in `held` and what follows it: start, end, start, end, in order. */
  let secrets: number[] = []

  return {
    push(bytes) {
      const seen = held.length === 0 ? bytes : Buffer.concat([held, bytes])
      state = automaton.read(state, seen, held.length, remember)
      return show(seen, seen.length - automaton.depth[state]!)
    },
    end() {
      state = 0
      return show(held, held.length)
    },
  }

  function remember(start: number, end: number) {
    let from = start
    while (secrets.length > 0 && secrets.at(-1)! > from) {
      secrets.pop()
      from = Math.min(from, secrets.pop()!)
    }
    secrets.push(from, end)
  }

  /** Lets go of what lies before `settled`, where nothing that is still to come can begin. */
  function show(seen: Uint8Array, settled: number): Uint8Array {
    // A secret that reaches beyond may still grow into a longer one.
    const open = secrets.findLastIndex((edge, i) => i % 2 === 0 && edge < settled)
    const until = open !== -1 && secrets[open + 1]! > settled ? secrets[open]! : settled
    held = seen.subarray(until)
    if (secrets.length === 0) return seen.subarray(0, until)
    const shown: Uint8Array[] = []
    let from = 0
    let next = 0
    for (; next < secrets.length && secrets[next + 1]! <= until; next += 2) {
      shown.push(seen.subarray(from, secrets[next]!), mark)
      from = secrets[next + 1]!
    }
    secrets = secrets.slice(next).map((edge) => edge - until)
    shown.push(seen.subarray(from, until))
    return Buffer.concat(shown)
  }
}
