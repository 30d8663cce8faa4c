import { isIPv6 } from 'node:net'

/**
 * What a limit counts as one caller: an address, and of IPv6 its /64, which one customer holds whole
 * and could change address in with every request.
 */
export function blockOf(address: string): string {
  if (!isIPv6(address)) return address
  const [head = '', tail = ''] = address.split('::')
  const left = head === '' ? [] : head.split(':')
  const right = tail === '' ? [] : tail.split(':')
  const gap = Array.from({ length: Math.max(0, 8 - left.length - right.length) }, () => '0')
  return [...left, ...gap, ...right].slice(0, 4).join(':')
}
