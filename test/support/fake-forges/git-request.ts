import type { IncomingMessage } from 'node:http'
import type { GitLogin } from './forge.ts'

export type GitRequest = {
  /** The repository's path: `owner/name`, of GitLab with its groups. */
  path: string
  /** What is left of the address: `/info/refs`. */
  service: string
  wants: 'read' | 'write'
}

/** What git asks of a repository, or null where this is no request of git. */
export function gitRequestOf(request: IncomingMessage): GitRequest | null {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://forge')
  const [, path, service] =
    /^\/(.+?)(?:\.git)?(\/info\/refs|\/git-upload-pack|\/git-receive-pack)$/.exec(pathname) ?? []
  if (path === undefined || service === undefined) return null
  const name = service === '/info/refs' ? searchParams.get('service') : service.slice(1)
  if (name !== 'git-upload-pack' && name !== 'git-receive-pack') return null
  return {
    path: decodeURIComponent(path),
    service,
    wants: name === 'git-receive-pack' ? 'write' : 'read',
  }
}

/** Name and password of a Basic authorization, or null. */
export function basicLogin(header: string | undefined): GitLogin | null {
  const [, encoded] = /^Basic (.+)$/i.exec(header ?? '') ?? []
  if (encoded === undefined) return null
  const text = Buffer.from(encoded, 'base64').toString('utf8')
  const at = text.indexOf(':')
  return at < 0 ? null : { username: text.slice(0, at), password: text.slice(at + 1) }
}
