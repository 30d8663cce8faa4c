import { z } from 'zod'
import type { Hook, HookReading } from '../contract.ts'
import {
  commitId,
  eventOfRef,
  malformed,
  parseJson,
  personName,
  readFields,
  refLengthMax,
} from '../hook-body.ts'
import { deliveryIdOf, eventNameOf, faultOfHmac } from '../hook-headers.ts'
import type { OneEvent, RepoEvent } from '../repo-event.ts'
import { isOfPullRequest, readPullRequest } from './pull-request.ts'

const signatureHeader = 'X-Hub-Signature'
const eventHeader = 'x-event-key'
// The same when Bitbucket sends a delivery again.
const deliveryHeader = 'x-request-uuid'

export const hookHeaders = [signatureHeader.toLowerCase(), eventHeader, deliveryHeader]

/**
 * Verifies a delivery of Bitbucket Cloud (`X-Hub-Signature` over the raw body) in constant time, and
 * says what happened. Whatever Oore does not build is told in words. A right signature over an event
 * that lacks what is used of it throws OoreError `malformed` with the fields.
 * https://support.atlassian.com/bitbucket-cloud/docs/event-payloads/
 */
export function readHook(hook: Hook): HookReading {
  const deliveryId = deliveryIdOf(hook, [deliveryHeader])
  const event = eventNameOf(hook, eventHeader)
  const why = faultOfHmac(hook, signatureHeader)
  if (why !== null) return { is: 'rejected', event: event ?? 'unverified', deliveryId, why }
  if (event === null) throw malformed('The delivery has no X-Event-Key header.')
  return { is: 'verified', event, deliveryId, happened: readEvent(event, parseJson(hook.body)) }
}

function readEvent(event: string, json: unknown): RepoEvent {
  if (event === 'repo:push') return readPush(json)
  if (isOfPullRequest(event)) return readPullRequest(event, json)
  return { is: 'other', why: notBuilt.get(event) ?? unknownEvent(event) }
}

/** More than anybody pushes on purpose: each is looked at by itself. */
const changesMax = 1000

const pushedRef = z
  .object({
    type: z.string(),
    name: z.string().max(refLengthMax),
    target: z.object({ hash: commitId }),
  })
  .nullish()
const push = z.object({
  actor: z.object({ nickname: personName, display_name: personName }).nullish().catch(null),
  push: z.object({
    // `old` is null for what is new, `new` for what was deleted.
    changes: z.array(z.object({ old: pushedRef, new: pushedRef })).max(changesMax),
  }),
})
type Change = z.infer<typeof push>['push']['changes'][number]

const nothing = '0'.repeat(40)

/** All that was pushed at once comes in one delivery. */
function readPush(json: unknown): RepoEvent {
  const { actor, push: pushed } = readFields(push, json)
  const pusher = actor?.nickname ?? actor?.display_name ?? null
  const events = pushed.changes.map((change) => readChange(change, pusher))
  const [first, ...others] = events
  if (first === undefined) return { is: 'other', why: noChange }
  return others.length === 0 ? first : { is: 'several', events }
}

function readChange({ old, new: now }: Change, pusher: string | null): OneEvent {
  const moved = now ?? old
  if (!moved) return { is: 'other', why: noChange }
  const place = places.get(moved.type)
  if (place === undefined) {
    return { is: 'other', why: `A ${JSON.stringify(moved.type)} is neither a branch nor a tag.` }
  }
  const before = old?.target.hash ?? nothing
  const after = now?.target.hash ?? nothing
  return eventOfRef({ ref: `${place}/${moved.name}`, before, after }, pusher)
}

const places = new Map([
  ['branch', 'refs/heads'],
  ['tag', 'refs/tags'],
])

const noChange = 'The push names no branch and no tag that it changed: there is nothing to build.'

const notBuilt = new Map([
  ['repo:refs_changed', 'Bitbucket Data Center sent this; Oore reads Bitbucket Cloud’s webhooks.'],
])

const unknownEvent = (event: string): string =>
  `A "${event}" event starts nothing: Oore builds pushes, tags and pull requests. In the settings ` +
  'of the webhook, tick “Push” of the repository, “Created” and “Updated” of the pull request alone.'
