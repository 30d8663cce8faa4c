import { BlockList, isIP } from 'node:net'
import { OoreError } from '../../lib/errors.ts'

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8, 'ipv4')
loopback.addAddress('::1', 'ipv6')
loopback.addSubnet('::ffff:127.0.0.0', 104, 'ipv6')

const wildcards = ['0.0.0.0', '::']

/** Is this network address the machine itself? */
export function isLoopback(address: string): boolean {
  const version = isIP(address)
  return version !== 0 && loopback.check(address, version === 4 ? 'ipv4' : 'ipv6')
}

/**
 * Makes the check of the `Host` header: the base URL's host, the address bound to, and the names of
 * this machine where it listens on loopback. Without it a hostile site could point its own name at
 * us and read our answers (DNS rebinding). Ports are not looked at: a tunnel may change them.
 * The check throws `misdirected`.
 */
export function hostCheck(baseUrl: URL, bindHost: string): (host: string | undefined) => void {
  const known = new Set([baseUrl.hostname.toLowerCase(), bracketed(bindHost)])
  const onLoopback =
    bindHost === 'localhost' || wildcards.includes(bindHost) || isLoopback(bindHost)
  if (onLoopback) for (const name of ['localhost', '127.0.0.1', '[::1]']) known.add(name)

  return (host) => {
    const name = hostName(host ?? '')
    if (known.has(name)) return
    throw new OoreError(
      'misdirected',
      `This server does not answer to the host "${name}". Open ${baseUrl.origin}, or set ` +
        'OORE_BASE_URL to the address people use.',
    )
  }
}

const bracketed = (host: string): string => (isIP(host) === 6 ? `[${host}]` : host.toLowerCase())

/** `Name:8080` → `name`; `[::1]:8080` → `[::1]`. */
function hostName(host: string): string {
  const name = /^(\[[0-9a-fA-F:.]+\]|[^:]+)(:\d+)?$/.exec(host)?.[1] ?? ''
  return name.toLowerCase()
}
