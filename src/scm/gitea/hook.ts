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
  refName,
} from '../hook-body.ts'
import { deliveryIdOf, eventNameOf, faultOfHmac, noSecret } from '../hook-headers.ts'
import type { RepoEvent } from '../repo-event.ts'
import { readPullRequest } from './pull-request.ts'

// Forgejo sends all of these, under its own name first; Gitea sends its own and GitHub's.
const signatures = [
  { name: 'X-Gitea-Signature', prefix: '' },
  { name: 'X-Forgejo-Signature', prefix: '' },
  { name: 'X-Hub-Signature-256', prefix: 'sha256=' },
] as const
const eventHeaders = ['x-gitea-event', 'x-forgejo-event']
const deliveryHeaders = ['x-gitea-delivery', 'x-forgejo-delivery']

export const hookHeaders = [
  ...signatures.map(({ name }) => name.toLowerCase()),
  ...eventHeaders,
  ...deliveryHeaders,
]

/**
 * Verifies a delivery of Gitea or Forgejo (`X-Gitea-Signature`, the HMAC-SHA256 of the raw body in
 * hex, or the same under one of two other names) in constant time, and says what happened. Whatever
 * Oore does not build is told in words. A right signature over an event that lacks what is used of
 * it throws OoreError `malformed` with the fields.
 * https://docs.gitea.com/usage/repository/webhooks, https://forgejo.org/docs/latest/user/webhooks/
 */
export function readHook(hook: Hook): HookReading {
  const deliveryId = deliveryIdOf(hook, deliveryHeaders)
  const event = eventHeaders.map((name) => eventNameOf(hook, name)).find((name) => name !== null)
  const why = faultOfSignature(hook)
  if (why !== null) return { is: 'rejected', event: event ?? 'unverified', deliveryId, why }
  if (event === undefined) throw malformed('The delivery has no X-Gitea-Event header.')
  return { is: 'verified', event, deliveryId, happened: readEvent(event, parseJson(hook.body)) }
}

/** The first signature that was sent counts: a right one beside a wrong one proves nothing. */
function faultOfSignature(hook: Hook): string | null {
  if (hook.secret === null) return noSecret
  // A webhook without a secret comes with the headers, and nothing in them.
  const sent = signatures.find(({ name }) => (hook.headers[name.toLowerCase()] ?? '') !== '')
  if (sent === undefined) return unsigned
  return faultOfHmac(hook, sent.name, sent.prefix)
}

const unsigned =
  'The delivery is not signed (X-Gitea-Signature): enter the webhook secret as “Secret”, where ' +
  'the webhook is set up.'

const push = refChange.extend({
  pusher: z.object({ login: personName, username: personName }).nullish().catch(null),
})

function readEvent(event: string, json: unknown): RepoEvent {
  switch (event) {
    case 'push': {
      const read = readFields(push, json)
      return eventOfRef(read, read.pusher?.login ?? read.pusher?.username ?? null)
    }
    case 'delete':
      return readDelete(json)
    case 'pull_request':
    // What a version may call two of its actions.
    case 'pull_request_sync':
    case 'pull_request_label':
      return readPullRequest(json)
    default:
      return { is: 'other', why: notBuilt.get(event) ?? unknownEvent(event) }
  }
}

const deleted = z.object({ ref: z.string(), ref_type: z.enum(['branch', 'tag']) })

/** Of a deleted branch nothing else tells; of a deleted tag a push does too. */
function readDelete(json: unknown): RepoEvent {
  const { ref, ref_type: kind } = readFields(deleted, json)
  const place = kind === 'branch' ? 'refs/heads' : 'refs/tags'
  return { is: 'ref_deleted', ref: `${place}/${refName(ref, kind, 'ref')}` }
}

const notBuilt = new Map([
  ['issue_comment', commentsStartNothing],
  ['pull_request_comment', commentsStartNothing],
  ['create', 'A branch or a tag was made: the push that comes with it starts its builds.'],
])

const unknownEvent = (event: string): string =>
  `A "${event}" event starts nothing: Oore builds pushes, tags and pull requests. ` +
  'In the settings of the webhook, tick “Push” and the events of pull requests alone.'
