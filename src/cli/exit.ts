import { messageOf } from '../lib/errors.ts'

/** What a script may decide by; `oore help exit-codes` prints them. */
export const exitCodes = {
  ok: 0,
  failure: 1,
  usage: 2,
  buildFailed: 3,
  auth: 4,
  notFound: 5,
  conflict: 6,
  rateLimited: 7,
  unreachable: 8,
} as const

export const exitCodesText = `0  it worked
1  it did not
2  the command was not understood
3  the build failed (with --exit-status)
4  not signed in, or not allowed
5  no such thing
6  at odds with how things stand
7  too many requests
8  the server cannot be reached`

/** The server said no, or could not be asked. */
export class CallFailed extends Error {
  constructor(
    message: string,
    readonly exitCode: number,
  ) {
    super(message)
    this.name = 'CallFailed'
  }
}

/** The exit code for an HTTP status that is no success. */
export function exitCodeOf(status: number): number {
  switch (status) {
    case 401:
    case 403:
      return exitCodes.auth
    case 404:
    case 410:
      return exitCodes.notFound
    case 409:
      return exitCodes.conflict
    case 429:
      return exitCodes.rateLimited
    default:
      return exitCodes.failure
  }
}

/** Says what went wrong on stderr, in one or a few lines, and gives the exit code. */
export function report(error: unknown): number {
  process.stderr.write(`oore: ${messageOf(error)}\n`)
  return error instanceof CallFailed ? error.exitCode : exitCodes.failure
}
