/** Where a forge keeps a repository, as its clone address says. */
export type ForgeAddress = {
  /** `https://host` or `https://host:port`, where the forge's pages and its API are. */
  origin: string
  host: string
  /** The parts of the path, decoded: owner, groups, name. */
  path: string[]
}

const loopbackPattern = /^(127\.\d+\.\d+\.\d+|\[::1\]|localhost)(:\d+)?$/

/**
 * Reads a clone address that the provider has accepted. Whatever git speaks, the API is reached by
 * https at the same host; a port of ssh is none of https. With `allowLocal` plain http stays http on
 * the loopback address. Null where the address names no host that a token may be sent to.
 */
export function forgeAddress(cloneUrl: string, allowLocal: boolean): ForgeAddress | null {
  const http = /^(https?):\/\/([^/@]+)\/(.+)$/.exec(cloneUrl)
  if (http) {
    const [, scheme = '', host = '', path = ''] = http
    if (scheme === 'http' && !(allowLocal && loopbackPattern.test(host))) return null
    return { origin: `${scheme}://${host}`, host, path: partsOf(path) }
  }
  const ssh =
    /^ssh:\/\/(?:[^/@]*@)?(\[[^\]/]+\]|[^/:@]+)(?::\d+)?\/(.+)$/.exec(cloneUrl) ??
    /^(?:[^/@:]*@)?(\[[^\]/]+\]|[^/:@]+):(?!\/\/)(.+)$/.exec(cloneUrl)
  if (!ssh) return null
  const [, host = '', path = ''] = ssh
  return { origin: `https://${host}`, host, path: partsOf(path) }
}

/** The parts of a path, decoded, without the `.git` at its end. */
export const partsOf = (path: string): string[] =>
  path
    .replace(/\/+$/, '')
    .replace(/\.git$/, '')
    .split('/')
    .filter((part) => part !== '')
    .map(decodeURIComponent)
