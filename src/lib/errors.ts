/**
 * What went wrong, in the words of the person who can do something about it. Everything that is
 * not an OoreError is a bug: its reader gets a request id, the operator's log gets the stack.
 * Translated to HTTP once (routes/lib/errors.tsx) and to exit codes once (cli/exit.ts).
 */
export class OoreError extends Error {
  readonly trouble: Trouble
  /** The fields at fault, for `invalid` and `malformed`; empty otherwise. */
  readonly fields: readonly FieldError[]
  /** How long to wait before trying again, for `busy` and `unavailable`. */
  readonly retryAfterSeconds: number | null

  constructor(trouble: Trouble, message: string, more: ErrorDetails = {}) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause })
    this.name = 'OoreError'
    this.trouble = trouble
    this.fields = more.fields ?? []
    this.retryAfterSeconds = more.retryAfterSeconds ?? null
  }
}

/** The kinds of trouble there are. Each has one HTTP status and one exit code. */
export type Trouble =
  | 'malformed' // 400: could not be read at all
  | 'unauthenticated' // 401
  | 'forbidden' // 403: allowed to see, not to do
  | 'not_found' // 404: is not there, or not for this caller
  | 'not_allowed' // 405: this method does not exist here
  | 'conflict' // 409: at odds with how things stand
  | 'gone' // 410
  | 'too_large' // 413
  | 'wrong_media_type' // 415
  | 'range' // 416
  | 'misdirected' // 421: a host name this server does not answer to
  | 'invalid' // 422: read, but not acceptable
  | 'busy' // 429: too many at once or too often
  | 'unavailable' // 503: full, starting, stopping

export type FieldError = { field: string; message: string }

type ErrorDetails = {
  cause?: unknown
  fields?: readonly FieldError[]
  retryAfterSeconds?: number
}

/** The sentence of anything thrown: an Error's message, or the thing itself as text. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown)
}
