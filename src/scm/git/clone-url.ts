import { posix } from 'node:path'
import { fileURLToPath } from 'node:url'
import { OoreError } from '../../lib/errors.ts'
import type { CloneUrl } from '../contract.ts'

const urlCharactersMax = 2000

const namePattern = /^[\p{L}\p{N}_][\p{L}\p{N}\p{M}._-]*$/u
const hostPattern = /^(\[[0-9a-f:.]+\]|[\p{L}\p{N}][\p{L}\p{N}\p{M}._-]*)$/iu
const loopbackPattern = /^(127\.\d+\.\d+\.\d+|\[::1\]|localhost)$/
const advice =
  'Write https://host/owner/name.git, ssh://user@host/owner/name.git or user@host:owner/name.git.'

/**
 * Reads what a person typed as the address of a repository. Accepted are https, ssh and the
 * `user@host:path` form of ssh; with `allowed.local` (OORE_ALLOW_LOCAL_REPOSITORIES) also `file://`
 * and, because nobody else can listen there, plain http to the loopback address. Everything else
 * throws OoreError `invalid` with the field `clone_url`: other transports, what git or ssh would
 * take for an option, control characters, credentials.
 */
export function readCloneUrl(text: string, allowed: { local: boolean }): CloneUrl {
  // Control characters first: trimming would make a harmful end of line disappear unseen.
  if (/[\p{Cc}\u202a-\u202e\u2066-\u2069]/u.test(text)) {
    refuse('The clone address holds a control character. Paste it again on one line.')
  }
  const typed = text.trim()
  if (typed === '') refuse(`The clone address is empty. ${advice}`)
  if (typed.length > urlCharactersMax) {
    refuse(`The clone address is ${typed.length} characters long; at most ${urlCharactersMax} are.`)
  }
  if (/^[a-z0-9+.-]*::/i.test(typed)) {
    refuse(`${quoted(typed)} names a git transport helper, which could run commands. ${advice}`)
  }
  if (/[\\?#]/.test(typed)) refuse(`A clone address holds no \\, ? or #. ${advice}`)

  const url = /^([a-z][a-z0-9+.-]*):\/\/(.*)$/i.exec(typed)
  if (url) return readUrl((url[1] ?? '').toLowerCase(), url[2] ?? '', allowed)
  return readScpForm(typed)
}

function readUrl(scheme: string, rest: string, allowed: { local: boolean }): CloneUrl {
  if (scheme === 'file') return readFileUrl(rest, allowed)
  if (scheme !== 'https' && scheme !== 'ssh' && scheme !== 'http') {
    refuse(`Oore does not clone by ${scheme}://. ${advice}`)
  }
  const slash = rest.indexOf('/')
  const authority = slash < 0 ? rest : rest.slice(0, slash)
  const at = authority.lastIndexOf('@')
  const user = at < 0 ? null : authority.slice(0, at)
  const [, hostText = '', port = ''] = /^(.*?)(:\d{1,5})?$/.exec(authority.slice(at + 1)) ?? []
  const host = checkHost(hostText)

  checkUser(user, scheme)
  if (scheme === 'http' && !(allowed.local && loopbackPattern.test(host))) {
    refuse('http:// sends the code and the password unprotected. Use https:// instead.')
  }
  const path = checkPath(slash < 0 ? '' : rest.slice(slash))
  const login = user === null ? '' : `${user}@`
  return named(`${scheme}://${login}${host}${port}${path}`, path, host)
}

/** `git@host:owner/name.git`. Kept as it is: ssh://host/path would mean another directory. */
function readScpForm(typed: string): CloneUrl {
  const scp = /^(?:([^@/:]*)@)?([^/:@[\]]+|\[[^\]]*\]):([^/].*)$/.exec(typed)
  if (!scp) {
    const looksLocal = /^[./~]|^[a-z]:/i.test(typed)
    refuse(
      looksLocal
        ? `${quoted(typed)} is a path. Write file:///absolute/path, where the operator allows it.`
        : `${quoted(typed)} is not a clone address. ${advice}`,
    )
  }
  const [, user, hostText = '', pathText = ''] = scp
  checkUser(user ?? null, 'ssh')
  const host = checkHost(hostText)
  const path = checkPath(pathText)
  return named(`${user === undefined ? '' : `${user}@`}${host}:${path}`, path, host)
}

function readFileUrl(rest: string, allowed: { local: boolean }): CloneUrl {
  if (!allowed.local) {
    refuse(
      'This server does not build repositories of its own disk. ' +
        'The operator can allow it with OORE_ALLOW_LOCAL_REPOSITORIES=true.',
    )
  }
  const path = rest.replace(/^localhost(?=\/)/i, '')
  if (!path.startsWith('/')) refuse('A file address has three slashes: file:///srv/git/app.git.')
  const checked = checkPath(path)
  const lastTwo = repositorySegments(checked).slice(-2).join('/')
  return { ...named(`file://${checked}`, lastTwo, 'local'), host: null }
}

/** The path of a `file://` address on this machine's disk; null for every other address. */
export function localPathOf(url: string): string | null {
  return url.startsWith('file:///') ? fileURLToPath(url) : null
}

/** The part of an http(s) address that a credential belongs to; null for every other address. */
export function httpOriginOf(url: string): string | null {
  return /^https?:\/\/[^/]+/.exec(url)?.[0] ?? null
}

function checkHost(host: string): string {
  if (host === '') refuse(`The clone address names no host. ${advice}`)
  if (!hostPattern.test(host)) refuse(`${quoted(host)} is not a host name. ${advice}`)
  return host.toLowerCase()
}

function checkUser(user: string | null, scheme: string): void {
  if (user === null) return
  if (scheme !== 'ssh' || user.includes(':')) {
    refuse(
      'The clone address holds a user name or a password, and addresses end up in logs. ' +
        'Leave them out and give clone_username and clone_password instead.',
    )
  }
  if (!namePattern.test(user)) refuse(`${quoted(user)} is not a user name. ${advice}`)
}

function checkPath(text: string): string {
  const path = text.replace(/\/+$/, '')
  const segments = path.split('/').filter(Boolean)
  if (segments.length === 0) refuse(`The clone address names no repository. ${advice}`)
  for (const segment of segments.map(decoded)) {
    if (/\p{Cc}/u.test(segment)) refuse('The clone address holds an encoded control character.')
    if (segment.startsWith('-')) {
      refuse(`${quoted(segment)} begins with \`-\`, which git would read as an option.`)
    }
    if (segment === '.' || segment === '..' || /[/\\]/.test(segment)) {
      refuse('Write the path of the clone address without `.`, `..` or encoded slashes.')
    }
  }
  return path
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    return refuse(
      `${quoted(segment)} holds a % that encodes nothing. Write %25 for a percent sign.`,
    )
  }
}

/** The last segment is the name; what stands before it, or else the host, is the owner. */
function named(url: string, path: string, host: string): CloneUrl {
  const segments = repositorySegments(path).map(decoded)
  const name = posix.basename(segments.pop() ?? '', '.git')
  const owner = segments.join('/') || host
  return { url, owner, name, fullName: `${owner}/${name}`, host }
}

/** `/srv/app/.git`, the inside of a work tree, is called after the work tree. */
function repositorySegments(path: string): string[] {
  const segments = path.split('/').filter(Boolean)
  return segments.length > 1 && segments.at(-1) === '.git' ? segments.slice(0, -1) : segments
}

const quoted = (text: string) => JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text)

function refuse(message: string): never {
  throw new OoreError('invalid', message, { fields: [{ field: 'clone_url', message }] })
}
