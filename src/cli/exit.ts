import { messageOf } from '../lib/errors.ts'
import type { Problem } from '../pipeline/problem.ts'
import { plain } from './print.ts'

/** What a script may decide by; `oore exit-codes` prints them. */
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
  /** 128 and the number of the signal, as shells have it. */
  interrupted: 130,
  terminated: 143,
} as const

export const exitCodesText = `0  it worked
1  it did not
2  the command, or what it was given, was not understood
3  a build that was run or watched did not succeed (run, build watch, build trigger --watch)
4  not signed in, or not allowed
5  no such thing
6  at odds with how things stand
7  too many requests
8  the server cannot be reached, or cannot answer now
130  Ctrl-C ended it (run); 143 where another signal did`

/** The server said no, or could not be asked. */
export class CallFailed extends Error {
  constructor(
    message: string,
    readonly exitCode: number,
    /** What is wrong with a configuration that was sent. */
    readonly problems: readonly Problem[] = [],
  ) {
    super(message)
    this.name = 'CallFailed'
  }
}

/** The exit code for an HTTP status that is no success. */
export function exitCodeOf(status: number): number {
  switch (status) {
    case 400:
    case 422:
      return exitCodes.usage
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
    case 502:
    case 503:
    case 504:
      return exitCodes.unreachable
    default:
      return exitCodes.failure
  }
}

/** Says what went wrong on stderr, in one or a few lines, and gives the exit code. */
export function report(error: unknown): number {
  const lines = messageOf(error).split('\n').map(plain)
  process.stderr.write(`oore: ${lines.join('\n')}\n`)
  return error instanceof CallFailed ? error.exitCode : exitCodes.failure
}
