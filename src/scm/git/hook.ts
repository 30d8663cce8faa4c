import { z } from 'zod'
import { hmacSha256Hex, sameSecret, sha256Hex } from '../../lib/crypto.ts'
import { OoreError } from '../../lib/errors.ts'
import { inWords } from '../../lib/wording.ts'
import type { Hook, HookReading } from '../contract.ts'
import type { RepoEvent } from '../repo-event.ts'
import { checkRefName } from './refs.ts'

const signatureHeader = 'x-oore-signature-256'
const deliveryHeader = 'x-oore-delivery'
const deliveryIdPattern = /^[\x21-\x7e]{1,128}$/

const commitId = z.string().regex(/^([0-9a-f]{40}|[0-9a-f]{64})$/, 'is not the id of a commit')
const ping = z.object({ ping: z.literal(true) })
const refChange = z.object({
  ref: z.string().max(1000),
  before: commitId,
  after: commitId,
  repository: z.string().max(1000).nullish(),
  pusher: z.string().max(200).nullish(),
})

/**
 * Verifies a delivery of a `post-receive` hook, `X-Oore-Signature-256: sha256=<HMAC-SHA256 of the
 * raw body in hex>`, in constant time, and says what happened. The delivery's id is the header
 * `X-Oore-Delivery` where sent, else the SHA-256 of the body. A right signature over something that
 * cannot be read throws OoreError `malformed` with the fields; docs/guides/push-from-a-git-server.md
 * describes the body.
 */
export function readHook(hook: Hook): HookReading {
  const deliveryId = deliveryIdOf(hook)
  const why = faultOfSignature(hook)
  if (why !== null) return { is: 'rejected', event: 'unverified', deliveryId, why }
  const happened = readBody(hook.body)
  return { is: 'verified', event: happened.is, deliveryId, happened }
}

function deliveryIdOf({ headers, body }: Hook): string {
  const sent = headers[deliveryHeader]
  return sent !== undefined && deliveryIdPattern.test(sent) ? sent : sha256Hex(body)
}

function faultOfSignature({ headers, body, secret }: Hook): string | null {
  if (secret === null) {
    return 'This repository has no webhook secret yet. Set one and use it in the hook.'
  }
  const sent = headers[signatureHeader]
  if (sent === undefined) return 'The delivery has no X-Oore-Signature-256 header.'
  if (!/^sha256=[0-9a-f]{64}$/.test(sent)) {
    return 'X-Oore-Signature-256 is not `sha256=` and 64 lower-case hex digits.'
  }
  if (sameSecret(sent, `sha256=${hmacSha256Hex(secret, body)}`)) return null
  return 'The signature does not fit the body: the hook uses another secret, or the body was changed.'
}

function readBody(body: Uint8Array): RepoEvent {
  const json = parseJson(body)
  if (ping.safeParse(json).success) return { is: 'ping' }
  const read = refChange.safeParse(json, { error: inWords })
  if (!read.success) {
    const fields = read.error.issues.map(({ path, message }) => ({
      field: path.join('.'),
      message,
    }))
    const faults = fields.map(({ field, message }) => `${field || 'the body'} ${message}`)
    throw malformed(`The delivery cannot be read: ${faults.join('; ')}.`, fields)
  }
  return eventOf(read.data)
}

function parseJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body))
  } catch (cause) {
    throw malformed('The delivery is not JSON in UTF-8.', [], cause)
  }
}

function eventOf({ ref, before, after, pusher }: z.infer<typeof refChange>): RepoEvent {
  if (isNothing(after)) return { is: 'ref_deleted', ref }
  const [, kind, name = ''] = /^refs\/(heads|tags)\/(.*)$/s.exec(ref) ?? []
  const who = pusher ?? null
  if (kind === 'tags') return { is: 'tag', tag: nameFrom(name, 'tag'), commit: after, pusher: who }
  if (kind === 'heads') {
    const branch = nameFrom(name, 'branch')
    return {
      is: 'push',
      branch,
      before: isNothing(before) ? null : before,
      commit: after,
      pusher: who,
    }
  }
  return { is: 'other', why: `${ref} is neither a branch nor a tag.` }
}

function nameFrom(name: string, field: 'branch' | 'tag'): string {
  try {
    return checkRefName(name, field)
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : 'is not a name'
    throw malformed(message, [{ field: 'ref', message }], cause)
  }
}

/** Git writes only zeros for "there was nothing" and "there is nothing". */
const isNothing = (id: string) => /^0+$/.test(id)

const malformed = (
  message: string,
  fields: { field: string; message: string }[],
  cause?: unknown,
) => new OoreError('malformed', message, { fields, cause })
