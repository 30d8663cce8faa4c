import { z } from 'zod'
import type { Hook, HookReading } from '../contract.ts'
import { eventOfRef, parseJson, personName, readFields, refChange } from '../hook-body.ts'
import { deliveryIdOf, faultOfHmac } from '../hook-headers.ts'
import type { RepoEvent } from '../repo-event.ts'

const signatureHeader = 'X-Oore-Signature-256'
const deliveryHeader = 'x-oore-delivery'

export const hookHeaders = [signatureHeader.toLowerCase(), deliveryHeader]

const ping = z.object({ ping: z.literal(true) })
const pushed = refChange.extend({ pusher: personName })

/**
 * Verifies a delivery of a `post-receive` hook, `X-Oore-Signature-256: sha256=<HMAC-SHA256 of the
 * raw body in hex>`, in constant time, and says what happened. The delivery's id is the header
 * `X-Oore-Delivery` where sent, else the SHA-256 of the body. A right signature over something that
 * cannot be read throws OoreError `malformed` with the fields; docs/guides/push-from-a-git-server.md
 * describes the body.
 */
export function readHook(hook: Hook): HookReading {
  const deliveryId = deliveryIdOf(hook, [deliveryHeader])
  const why = faultOfHmac(hook, signatureHeader)
  if (why !== null) return { is: 'rejected', event: 'unverified', deliveryId, why }
  const happened = readBody(hook.body)
  return { is: 'verified', event: happened.is, deliveryId, happened }
}

function readBody(body: Uint8Array): RepoEvent {
  const json = parseJson(body)
  if (ping.safeParse(json).success) return { is: 'ping' }
  const read = readFields(pushed, json)
  return eventOfRef(read, read.pusher ?? null)
}
