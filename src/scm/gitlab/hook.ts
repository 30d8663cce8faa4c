import { sameSecret } from '../../lib/crypto.ts'
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
// The first stays the same when GitLab sends a delivery again; before 17.4 there is only the other.
const deliveryHeaders = ['idempotency-key', 'x-gitlab-event-uuid']

export const hookHeaders = [tokenHeader, eventHeader, ...deliveryHeaders]

/**
 * Verifies a delivery of GitLab, which sends the secret itself (`X-Gitlab-Token`), in constant
 * time, and says what happened. Whatever Oore does not build is told in words. An event that lacks
 * what is used of it throws OoreError `malformed` with the fields.
 * https://docs.gitlab.com/user/project/integrations/webhook_events/
 */
export function readHook(hook: Hook): HookReading {
  const deliveryId = deliveryIdOf(hook, deliveryHeaders)
  const event = eventNameOf(hook, eventHeader)
  const why = faultOfToken(hook)
  if (why !== null) return { is: 'rejected', event: event ?? 'unverified', deliveryId, why }
  if (event === null) throw malformed('The delivery has no X-Gitlab-Event header.')
  return { is: 'verified', event, deliveryId, happened: readEvent(event, parseJson(hook.body)) }
}

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
    case 'System Hook':
      return { is: 'other', why: systemHook }
    default:
      return { is: 'other', why: unknownEvent(event) }
  }
}

const systemHook =
  'A system hook tells of every project of the instance and starts nothing. ' +
  'Set the webhook up in the settings of the project instead.'

const unknownEvent = (event: string): string =>
  `A "${event}" starts nothing: Oore builds pushes, tags and merge requests. In the settings of ` +
  'the webhook, tick “Push events”, “Tag push events” and “Merge request events” alone.'
