import { z } from 'zod'
import { hmacSha256Base64, sameSecret, sha256Hex } from '../../lib/crypto.ts'
import { minutes, seconds } from '../../lib/clock.ts'
import type { Hook, HookReading } from '../contract.ts'
import {
  commentsStartNothing,
  eventOfRef,
  malformed,
  parseJson,
  personName,
  readFields,
  refChange,
} from '../hook-body.ts'
import { deliveryIdOf, eventNameOf, noSecret } from '../hook-headers.ts'
import type { RepoEvent } from '../repo-event.ts'
import { readMergeRequest } from './merge-request.ts'

const tokenHeader = 'x-gitlab-token'
const eventHeader = 'x-gitlab-event'
// Both stay the same when GitLab sends a delivery again; before 17.4 there is neither.
const deliveryHeaders = ['webhook-id', 'idempotency-key']
// The same for all that one event leads to, so it tells deliveries apart with the event's name only.
const uuidHeader = 'x-gitlab-event-uuid'
const timestampHeader = 'webhook-timestamp'
const signatureHeader = 'webhook-signature'
/** A delivery that was signed earlier, or later by its own clock, may have been kept by somebody. */
const signatureAgeMax = minutes(5)

export const hookHeaders = [
  tokenHeader,
  eventHeader,
  ...deliveryHeaders,
  uuidHeader,
  timestampHeader,
  signatureHeader,
]

/**
 * Verifies a delivery of GitLab, which sends the secret itself (`X-Gitlab-Token`) and, where the hook
 * has a signing token, signs id, time and body, in constant time; says what happened. Whatever Oore does not build is told in words. An event that lacks
 * what is used of it throws OoreError `malformed` with the fields.
 * https://docs.gitlab.com/user/project/integrations/webhook_events/
 */
export function readHook(hook: Hook): HookReading {
  const event = eventNameOf(hook, eventHeader)
  const why = faultOfToken(hook) ?? faultOfSignature(hook)
  if (why !== null) {
    const deliveryId = deliveryIdOf(hook, [...deliveryHeaders, uuidHeader])
    return { is: 'rejected', event: event ?? 'unverified', deliveryId, why }
  }
  if (event === null) throw malformed('The delivery has no X-Gitlab-Event header.')
  const json = parseJson(hook.body)
  const deliveryId = idOf(hook, event, json)
  return { is: 'verified', event, deliveryId, happened: readEvent(event, json) }
}

/** The delivery's id: GitLab's own; else its event's and what it is called; else what it is about. */
function idOf(hook: Hook, event: string, json: unknown): string {
  const own = deliveryHeaders.map((name) => hook.headers[name]).find(isId)
  if (own !== undefined) return own
  const uuid = hook.headers[uuidHeader] ?? ''
  if (uuidPattern.test(uuid)) return `${uuid}:${event.toLowerCase().replaceAll(' ', '-')}`
  const about = identity.safeParse(json)
  return sha256Hex(about.success ? JSON.stringify([event, about.data]) : hook.body)
}

const isId = (text: string | undefined): text is string =>
  text !== undefined && /^[\x21-\x7e]{1,128}$/.test(text)

const uuidPattern = /^[\x21-\x7e]{1,60}$/

/** A push or a merge request by what it is about: whatever else differs, it is the same. */
const identity = z.union([
  z
    .object({ project_id: z.int(), ref: z.string(), before: z.string(), after: z.string() })
    .transform(({ project_id, ref, before, after }) => [project_id, ref, before, after]),
  z
    .object({
      object_attributes: z.object({
        iid: z.int(),
        target_project_id: z.int(),
        action: z.string(),
        updated_at: z.string(),
        last_commit: z.object({ id: z.string() }),
      }),
    })
    .transform(({ object_attributes: it }) => [
      it.target_project_id,
      it.iid,
      it.last_commit.id,
      it.action,
      it.updated_at,
    ]),
])

function faultOfToken({ headers, secret }: Hook): string | null {
  if (secret === null) return noSecret
  const sent = headers[tokenHeader]
  if (sent === undefined) {
    return 'The delivery has no X-Gitlab-Token header: enter the webhook secret as “Secret token”.'
  }
  return sameSecret(sent, secret.reveal())
    ? null
    : 'X-Gitlab-Token is not the webhook secret of this repository.'
}

/**
 * Why a delivery is not signed with the signing token; null where it is, or where there is none.
 * `webhook-signature` holds `v1,` and the HMAC-SHA256 in base64 of `{id}.{timestamp}.{body}`; the key
 * is what follows `whsec_`, from base64: docs.gitlab.com, "Webhooks", "Signing tokens", and
 * standardwebhooks.com. Several signatures stand with spaces between, while tokens are changed.
 */
function faultOfSignature({ headers, body, signed }: Hook): string | null {
  if (!signed) return null
  const id = headers['webhook-id']
  const timestamp = headers[timestampHeader]
  const sent = headers[signatureHeader]
  if (id === undefined || timestamp === undefined || sent === undefined) {
    return 'The delivery is not signed, though the webhook has a signing token. Enable the project again.'
  }
  if (!/^\d{1,12}$/.test(timestamp)) return 'webhook-timestamp is no time in seconds.'
  const key = Buffer.from(signed.token.reveal().replace(/^whsec_/, ''), 'base64')
  const content = Buffer.concat([Buffer.from(`${id}.${timestamp}.`), body])
  const right = `v1,${hmacSha256Base64(key, content)}`
  // Each is compared, so that the time it takes does not tell which.
  const fits = sent.split(' ').map((signature) => sameSecret(signature, right))
  if (!fits.includes(true)) {
    return 'webhook-signature does not fit: the webhook has another signing token, or the body was changed.'
  }
  const apart = Math.abs(signed.now - seconds(Number(timestamp)))
  return apart > signatureAgeMax
    ? `It was signed ${Math.round(apart / seconds(1))} seconds away from now, and may be no older than ${signatureAgeMax / seconds(1)}. Is the clock of this server, or of GitLab, wrong?`
    : null
}

const push = refChange.extend({ user_username: personName, user_name: personName })

function readEvent(event: string, json: unknown): RepoEvent {
  switch (event) {
    case 'Push Hook':
    case 'Tag Push Hook': {
      const read = readFields(push, json)
      return eventOfRef(read, read.user_username ?? read.user_name ?? null)
    }
    case 'Merge Request Hook':
      return readMergeRequest(json)
    case 'Note Hook':
      return { is: 'other', why: commentsStartNothing }
    case 'Pipeline Hook':
    case 'Job Hook':
      return { is: 'other', why: ofOurOwn }
    case 'System Hook':
      return { is: 'other', why: systemHook }
    default:
      return { is: 'other', why: unknownEvent(event) }
  }
}

// docs.gitlab.com, "External commit statuses": what is told from outside has no button to retry it, so
// such an event only ever says what Oore itself, or another server, has told GitLab.
const ofOurOwn =
  'It tells how a pipeline or a job stands, as Oore’s own reports make it stand, and starts nothing. ' +
  'GitLab cannot start an external job again: use “Retry” on the page of the build.'

const systemHook =
  'A system hook tells of every project of the instance and starts nothing. ' +
  'Set the webhook up in the settings of the project instead.'

const unknownEvent = (event: string): string =>
  `A "${event}" starts nothing: Oore builds pushes, tags and merge requests. In the settings of ` +
  'the webhook, tick “Push events”, “Tag push events” and “Merge request events” alone.'
