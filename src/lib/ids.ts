import { randomBytes } from 'node:crypto'
import { encodeBase32LowerCaseNoPadding } from '@oslojs/encoding'
import { encodeTime, monotonicFactory } from 'ulid'
import type { Millis } from './clock.ts'

/** A ULID: 26 upper-case characters that sort by the time they were made. */
export type Id = string

const nextUlid = monotonicFactory(() => takeRandomByte() / 256)

/** A new id, later in order than every id this process made before, whatever the clock does. */
export const newId = (): Id => nextUlid()

const randomBytesKept = 4096
let kept = new Uint8Array()
let used = 0

// ulid asks for one number per character, and a call to the system for each of them costs more
// than the rest of the id.
function takeRandomByte(): number {
  if (used >= kept.length) {
    kept = randomBytes(randomBytesKept)
    used = 0
  }
  return kept[used++] ?? 0
}

/** No id that is made at this time or later comes before it. */
export const firstIdAt = (at: Millis): Id => encodeTime(Math.max(0, at)) + '0'.repeat(16)

/** Is this text shaped like an id? The first character is at most 7: a ULID's time has 48 bits. */
export const isId = (text: string): boolean => /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/.test(text)

const tokenBytes = 20

/** A random token of 160 bits, written in lower-case base32. */
export const newToken = (): string =>
  encodeBase32LowerCaseNoPadding(new Uint8Array(randomBytes(tokenBytes)))
