import { OoreError } from '../../lib/errors.ts'
import type { GitEnd } from './run.ts'

/** Why git failed, as far as its words tell. */
export type GitTrouble =
  | 'authentication'
  | 'host_key'
  | 'redirect'
  | 'ownership'
  | 'disk_full'
  | 'no_such_ref'
  | 'no_such_commit'
  | 'network'
  | 'no_repository'
  | 'unknown'

// In this order: a forge that wants a password says "not found" about a private repository only
// after it was asked without one, and ssh says "could not read from remote" after everything.
const signs: [GitTrouble, RegExp][] = [
  ['host_key', /host key verification failed|remote host identification has changed/i],
  [
    'authentication',
    /authentication failed|could not read (username|password)|terminal prompts disabled|permission denied \(|http basic: access denied|returned error: 40[13]/i,
  ],
  ['redirect', /returned error: 30\d|unable to update url base from redirection/i],
  ['ownership', /dubious ownership/i],
  ['disk_full', /no space left on device|disk quota exceeded/i],
  ['no_such_ref', /couldn't find remote ref|no such remote ref/i],
  ['no_such_commit', /not our ref|unadvertised object|not a valid object|bad object/i],
  [
    'network',
    /could not resolve|connection (refused|timed out|reset|closed)|failed to connect|operation too slow|timed? ?out|early eof|unexpected disconnect|hung up unexpectedly|rpc failed|network is unreachable|no route to host|broken pipe|ssl_|gnutls|tls |returned error: (429|5\d\d)/i,
  ],
  ['no_repository', /not found|not appear to be a git repository|does not exist|error: 404/i],
]

export function troubleOf(end: GitEnd): GitTrouble {
  if (end.timedOut) return 'network'
  return signs.find(([, pattern]) => pattern.test(end.stderr))?.[0] ?? 'unknown'
}

/** What git said about `url`, as a sentence to the person who can do something about it. */
export function gitError(end: GitEnd, url: string): OoreError {
  const said = end.timedOut ? 'no answer in time' : firstWords(end.stderr)
  switch (troubleOf(end)) {
    case 'authentication':
      return field('clone_password', `${url} refused the login. ${loginAdvice(url)}`)
    case 'host_key':
      return unavailable(
        `The host key of ${url} is not the one known before. If it was changed on purpose, remove ` +
          'the old one from ~/.ssh/known_hosts of the user that runs Oore.',
      )
    case 'redirect':
      return field(
        'clone_url',
        `${url} redirects to another address, which Oore does not follow. ` +
          'Open it in a browser and enter the address it leads to.',
      )
    case 'ownership':
      return unavailable(
        `${url} belongs to another user of this machine, so git does not read it. ` +
          'Make it belong to the user that runs Oore, or use ssh.',
      )
    case 'disk_full':
      return unavailable('The disk of this machine is full, so the code could not be fetched.')
    case 'no_repository':
      return field(
        'clone_url',
        `There is no repository at ${url}, or it is not shown without a login. ` +
          'Check the address; for a private repository enter clone_username and clone_password.',
      )
    case 'network':
      return unavailable(`${url} could not be reached: ${said}. Check the address and the network.`)
    case 'no_such_ref':
    case 'no_such_commit':
    case 'unknown':
      return unavailable(`git could not read ${url}: ${said}.`)
  }
}

function loginAdvice(url: string): string {
  return /^https?:/.test(url)
    ? 'Enter clone_username and clone_password (a token with read access) for this repository.'
    : 'Add the public ssh key of the user that runs Oore to the repository, as a key that may read.'
}

/** Git's first complaint, without its `fatal:`; what follows is mostly advice. */
function firstWords(stderr: string): string {
  const lines = stderr.split('\n').map((line) => line.trim())
  const complaint = lines.find((line) => /^(fatal|error|ssh|remote):? /.test(line))
  const words = complaint ?? lines.findLast((line) => line !== '') ?? 'git gave no reason'
  return words
    .replace(/^(fatal|error): /, '')
    .replace(/[.:]+$/, '')
    .slice(0, 300)
}

const unavailable = (message: string) => new OoreError('unavailable', message)

const field = (name: string, message: string) =>
  new OoreError('invalid', message, { fields: [{ field: name, message }] })
