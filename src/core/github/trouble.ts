import { OoreError } from '../../lib/errors.ts'
import { GithubRefused } from '../../scm/github/app/call.ts'

/**
 * What GitHub said no to, for who can do something about it: an OoreError `conflict`. Everything
 * else stays what it is.
 */
export function inWords(error: unknown, what: string): unknown {
  if (!(error instanceof GithubRefused)) return error
  const said = error.words === '' ? '' : ` GitHub said “${error.words}”.`
  return new OoreError('conflict', `${what}: ${advice(error.status)}${said}`, { cause: error })
}

function advice(status: number): string {
  switch (status) {
    case 401:
      return (
        'GitHub does not accept the key of the App, or the clock of this machine is wrong. ' +
        'Set the clock, or disconnect GitHub and connect it again.'
      )
    case 403:
      return 'GitHub does not allow it to the App.'
    case 404:
      return 'GitHub knows no such App, installation or repository any more.'
    default:
      return `GitHub refused it (status ${status}).`
  }
}
