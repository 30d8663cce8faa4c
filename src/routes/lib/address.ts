import { BlockList, isIP } from 'node:net'

/**
 * Makes the reader of a caller's address. `X-Forwarded-For` counts only as far as trusted proxies
 * wrote it: from its right end, the first address that is not a trusted proxy's.
 */
export function addressReader(
  trustedProxies: readonly string[],
): (socketAddress: string, forwardedFor: string | undefined) => string {
  if (trustedProxies.length === 0) return (socketAddress) => plain(socketAddress)
  const trusted = blockListOf(trustedProxies)
  return (socketAddress, forwardedFor) => {
    let address = plain(socketAddress)
    const hops = (forwardedFor ?? '').split(',').map((hop) => plain(hop.trim()))
    while (isIn(trusted, address)) {
      const hop = hops.pop()
      if (hop === undefined || isIP(hop) === 0) break
      address = hop
    }
    return address
  }
}

/** `::ffff:10.0.0.1` is how a dual-stack socket writes `10.0.0.1`. */
const plain = (address: string): string =>
  address.startsWith('::ffff:') && isIP(address.slice(7)) === 4 ? address.slice(7) : address

const isIn = (list: BlockList, address: string): boolean => {
  const version = isIP(address)
  return version !== 0 && list.check(address, version === 4 ? 'ipv4' : 'ipv6')
}

function blockListOf(cidrs: readonly string[]): BlockList {
  const list = new BlockList()
  for (const cidr of cidrs) {
    const [address = '', bits] = cidr.split('/')
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4'
    if (bits === undefined) list.addAddress(address, family)
    else list.addSubnet(address, Number(bits), family)
  }
  return list
}
