import { hmacSha256Hex, sameSecret, sha256Hex } from '../lib/crypto.ts'
import type { Hook } from './contract.ts'

/* What headers of deliveries have in common. */

const deliveryIdPattern = /^[\x21-\x7e]{1,128}$/
const eventNamePattern = /^[A-Za-z][A-Za-z _:-]{0,63}$/

/** The delivery's id: the first of these headers that was sent, else the SHA-256 of the body. */
export function deliveryIdOf({ headers, body }: Hook, names: readonly string[]): string {
  const sent = names.map((name) => headers[name]).find(isDeliveryId)
  return sent ?? sha256Hex(body)
}

const isDeliveryId = (text: string | undefined): text is string =>
  text !== undefined && deliveryIdPattern.test(text)

/** What a forge calls the event, in a header that no signature covers; null where it is no name. */
export function eventNameOf({ headers }: Hook, name: string): string | null {
  const sent = headers[name]
  return sent !== undefined && eventNamePattern.test(sent) ? sent : null
}

export const noSecret =
  'This repository has no webhook secret yet. Set one and use it where the webhook is set up.'

/**
 * Why a delivery is not signed by the prefix and the HMAC-SHA256 of the raw body, in lower-case hex
 * and the header called `name`; null where it is. Compares in constant time.
 */
export function faultOfHmac(
  { headers, body, secret }: Hook,
  name: string,
  prefix: 'sha256=' | '' = 'sha256=',
): string | null {
  if (secret === null) return noSecret
  const sent = headers[name.toLowerCase()]
  if (sent === undefined) return `The delivery has no ${name} header.`
  if (!sent.startsWith(prefix) || !/^[0-9a-f]{64}$/.test(sent.slice(prefix.length))) {
    const before = prefix === '' ? '' : `\`${prefix}\` and `
    return `${name} is not ${before}64 lower-case hex digits.`
  }
  if (sameSecret(sent, prefix + hmacSha256Hex(secret, body))) return null
  return 'The signature does not fit the body: the hook uses another secret, or the body was changed.'
}
