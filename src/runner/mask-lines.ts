import type { Redactor } from '../lib/redact/redact.ts'
import { KiB } from '../lib/sizes.ts'

/** How many values a build may ask to have hidden, and how long each may be. */
export const masksMax = 1000
export const maskBytesMax = 64 * KiB

const command = Buffer.from('::add-mask::')
const newline = 0x0a
const nothing = Buffer.alloc(0)

/** What builds ask to have hidden, for all of their streams. */
export type Masks = {
  /** Takes a value; a sentence where it could not be taken, said once. */
  add(value: string): string | null
}

/** Hides what builds say with `::add-mask::` from now on, in everything that passes the redactor. */
export function masksOf(redactor: Redactor): Masks {
  let count = 0
  const told = new Set<string>()
  const once = (sentence: string): string | null => {
    if (told.has(sentence)) return null
    told.add(sentence)
    return sentence
  }
  return {
    add(value) {
      if (value.trim() === '') return null
      if (count >= masksMax) {
        return once(`::add-mask:: was said more than ${masksMax} times; the rest is not hidden.`)
      }
      count += 1
      redactor.add([value])
      return null
    },
  }
}

export type MaskLines = {
  /** The bytes without the lines that are for Oore. What may be such a line is held back. */
  push(bytes: Uint8Array): Uint8Array
  end(): Uint8Array
}

/**
 * Takes lines `::add-mask::VALUE` out of a stream and hands their values over before anything behind
 * them is seen. Nothing else can be said so: no line of output sets a variable or a path. As GitHub
 * has it (workflow commands), `%25`, `%0D` and `%0A` stand for `%` and the two ends of a line.
 */
export function maskLines(onMask: (value: string) => void, onTooLong: () => void): MaskLines {
  /** Of the line that is read: empty, the beginning of the command, or all of it so far. */
  let held: Buffer = nothing
  let isAtStart = true
  /** The rest of a line that is too long is not shown either: it may be a secret. */
  let isDropping = false

  return {
    push(bytes) {
      const shown: Uint8Array[] = []
      for (let at = 0; at < bytes.length;) {
        const end = bytes.indexOf(newline, at)
        const next = end === -1 ? bytes.length : end + 1
        take(bytes.subarray(at, next), end !== -1, shown)
        at = next
      }
      return shown.length === 1 ? shown[0]! : Buffer.concat(shown)
    },
    end() {
      const last = held
      held = nothing
      if (!startsWithCommand(last)) return last
      onMask(valueIn(last))
      return nothing
    },
  }

  /** Takes a piece of a line, with its end where it has one. */
  function take(piece: Uint8Array, isWhole: boolean, shown: Uint8Array[]): void {
    if (isDropping) {
      isDropping = !isWhole
      return
    }
    if (!isAtStart) {
      isAtStart = isWhole
      shown.push(piece)
      return
    }
    const line = held.length === 0 ? Buffer.from(piece) : Buffer.concat([held, piece])
    held = nothing
    if (!mayBeCommand(line)) {
      isAtStart = isWhole
      shown.push(line)
    } else if (line.length > maskBytesMax) {
      isDropping = !isWhole
      onTooLong()
    } else if (isWhole && startsWithCommand(line)) {
      onMask(valueIn(line))
    } else if (isWhole) {
      shown.push(line)
    } else {
      held = line
    }
  }
}

const startsWithCommand = (line: Buffer): boolean =>
  line.length >= command.length && line.subarray(0, command.length).equals(command)

const mayBeCommand = (line: Buffer): boolean => {
  const length = Math.min(line.length, command.length)
  return line.subarray(0, length).equals(command.subarray(0, length))
}

const valueIn = (line: Buffer): string =>
  line
    .subarray(command.length)
    .toString('utf8')
    .replace(/\r?\n$/, '')
    .replaceAll('%0D', '\r')
    .replaceAll('%0A', '\n')
    .replaceAll('%25', '%')
