import { randomBytes } from 'node:crypto'
import { encodeBase32LowerCaseNoPadding } from '@oslojs/encoding'
import { monotonicFactory } from 'ulid'

/** A ULID: 26 upper-case characters that sort by the time they were made. */
export type Id = string

const nextUlid = monotonicFactory()

/** A new id, later in order than every id this process made before, whatever the clock does. */
export const newId = (): Id => nextUlid()

/** Is this text shaped like an id? The first character is at most 7: a ULID's time has 48 bits. */
export const isId = (text: string): boolean => /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/.test(text)

const tokenBytes = 20

/** A random token of 160 bits, written in lower-case base32. */
export const newToken = (): string =>
  encodeBase32LowerCaseNoPadding(new Uint8Array(randomBytes(tokenBytes)))
