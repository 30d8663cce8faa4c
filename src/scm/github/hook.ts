import { z } from 'zod'
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
import { deliveryIdOf, eventNameOf, faultOfHmac } from '../hook-headers.ts'
import type { RepoEvent } from '../repo-event.ts'
import { readPullRequest } from './pull-request.ts'
import { readCheckRun, readCheckSuite } from './rerun.ts'

const signatureHeader = 'X-Hub-Signature-256'
const eventHeader = 'x-github-event'
const deliveryHeader = 'x-github-delivery'

export const hookHeaders = [signatureHeader.toLowerCase(), eventHeader, deliveryHeader]

/**
 * Verifies a delivery of GitHub (`X-Hub-Signature-256` over the raw body) in constant time, and
 * says what happened. Whatever Oore does not build is told in words. A right signature over an event
 * that lacks what is used of it throws OoreError `malformed` with the fields.
 * https://docs.github.com/en/webhooks/webhook-events-and-payloads
 */
export const readHook = (hook: Hook): HookReading => readWith(hook, readEvent)

/** The same with other events. */
export function readWith(
  hook: Hook,
  read: (event: string, json: unknown) => RepoEvent,
): HookReading {
  const deliveryId = deliveryIdOf(hook, [deliveryHeader])
  const event = eventNameOf(hook, eventHeader)
  const why = faultOfHmac(hook, signatureHeader)
  if (why !== null) return { is: 'rejected', event: event ?? 'unverified', deliveryId, why }
  if (event === null) throw malformed('The delivery has no X-GitHub-Event header.')
  return { is: 'verified', event, deliveryId, happened: read(event, parseJson(hook.body)) }
}

const push = refChange.extend({ pusher: z.object({ name: personName }).nullish().catch(null) })

/** What an event of one repository means. */
export function readEvent(event: string, json: unknown): RepoEvent {
  switch (event) {
    case 'ping':
      return { is: 'ping' }
    case 'push': {
      const read = readFields(push, json)
      return eventOfRef(read, read.pusher?.name ?? null)
    }
    case 'pull_request':
      return readPullRequest(json)
    case 'check_run':
      return readCheckRun(json)
    case 'check_suite':
      return readCheckSuite(json)
    default:
      return { is: 'other', why: notBuilt.get(event) ?? unknownEvent(event) }
  }
}

const notBuilt = new Map([
  ['create', 'A branch or a tag was made: the push that comes with it starts its builds.'],
  ['delete', 'A branch or a tag was deleted: there is nothing to build.'],
  ['issue_comment', commentsStartNothing],
  ['pull_request_review_comment', commentsStartNothing],
  ['merge_group', 'A group entered the merge queue: the push of its branch starts its builds.'],
])

const unknownEvent = (event: string): string =>
  `A "${event}" event starts nothing: Oore builds pushes, tags and pull requests. ` +
  'In the settings of the webhook, tick “Pushes” and “Pull requests” alone.'
