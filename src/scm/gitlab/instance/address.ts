import { isIP } from 'node:net'
import { OoreError } from '../../../lib/errors.ts'

const lengthMax = 300
const loopbackPattern = /^(127\.\d+\.\d+\.\d+|\[::1\]|localhost)$/

/**
 * The address of an instance as a person wrote it: `gitlab.com`, `https://host:8443/gitlab`. Https
 * only; plain http reaches nobody but this machine, where the operator allows it. Throws OoreError
 * `invalid` with the field `instance`.
 */
export function readInstanceUrl(
  text: string,
  { allowLoopback }: { allowLoopback: boolean },
): string {
  const typed = text.trim()
  if (typed === '') refuse('is missing: write its address, such as https://gitlab.example.com')
  if (typed.length > lengthMax) refuse(`may have ${lengthMax} characters`)
  if (/[\s\\\p{Cc}]/u.test(typed)) refuse('must be an address on one line, without spaces')
  const whole = /^[a-z][a-z0-9+.-]*:\/\//i.test(typed) ? typed : `https://${typed}`
  if (!URL.canParse(whole)) refuse('is not an address: write https://gitlab.example.com')
  const url = new URL(whole)
  const isLoopback = loopbackPattern.test(url.hostname)
  if (url.protocol === 'http:' && !(isLoopback && allowLoopback)) {
    refuse('begins with http://, which would send tokens unprotected: write https://')
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:') refuse('must begin with https://')
  if (url.username !== '' || url.password !== '') refuse('must not hold a user name or a password')
  if (url.search !== '' || url.hash !== '') refuse('must not hold ? or #')
  if (url.hostname === '' || (!isLoopback && isIP(url.hostname) === 0 && !isName(url.hostname))) {
    refuse('names no host')
  }
  const path = url.pathname.replace(/\/+$/, '').replace(/\/api\/v4$/, '')
  if (/\/\/|%/.test(path)) refuse('has a path that cannot be read: write it plainly')
  return `${url.origin}${path}`
}

const isName = (host: string): boolean => /^(\[[0-9a-f:.]+\]|[a-z0-9_.-]+)$/i.test(host)

function refuse(message: string): never {
  throw new OoreError('invalid', `The instance ${message}.`, {
    fields: [{ field: 'instance', message }],
  })
}
