import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { Secret } from '../../../src/lib/secret.ts'
import { bitbucket } from '../../../src/scm/bitbucket/provider.ts'
import {
  forgeHeaders,
  payloadCommits,
  payloadEvent,
  payloadNames,
  payloadText,
} from '../../support/payloads.ts'

const secret = 'a-webhook-secret-of-tests'
const { before, after, shortAfter } = payloadCommits
const push = { is: 'push', branch: 'main', before, commit: after, pusher: 'ines-ferro' }
const created = { ...push, branch: 'feature/rounding', before: null }
const tag = { is: 'tag', tag: 'v1.4.0', commit: after, pusher: 'ines-ferro' }
const pull = {
  is: 'pull_request',
  action: 'opened',
  number: 87,
  source: { branch: 'feature/rounding', commit: shortAfter },
  target: { branch: 'main' },
  fromFork: false,
  draft: false,
  labels: [],
  conflicts: false,
}
const forked = { ...pull, source: { branch: 'main', commit: shortAfter }, fromFork: true }
const updated = { ...pull, action: 'updated', mayBeBuilt: true }
const other = (why: RegExp) => ({ is: 'other', why: expect.stringMatching(why) })
const deleted = (ref: string) => ({ is: 'ref_deleted', ref })

const meanings: Record<string, object> = {
  push,
  'push.new-branch': created,
  'push.branch-deleted': deleted('refs/heads/feature/old'),
  'push.forced': { ...push, branch: 'feature/rounding' },
  'push.unicode-branch': { ...push, branch: 'größe/日本語-🚀' },
  'push.tag': tag,
  'push.tag-deleted': deleted('refs/tags/v0.9.0'),
  'push.many-commits': push,
  'push.several': {
    is: 'several',
    events: [push, created, tag, deleted('refs/heads/feature/old')],
  },
  'push.empty': other(/names no branch and no tag/),
  pullrequest_created: pull,
  'pullrequest_created.draft': { ...pull, draft: true },
  'pullrequest_created.fork': forked,
  'pullrequest_created.deleted-fork': forked,
  pullrequest_updated: updated,
  'pullrequest_updated.ready': updated,
  'pullrequest_updated.merged': other(/not open any more/),
  pullrequest_fulfilled: other(/was merged: the push of its target/),
  pullrequest_rejected: other(/was declined/),
  pullrequest_approved: other(/A "pullrequest:approved" event of a pull request starts nothing/),
  pullrequest_comment_created: other(/A "pullrequest:comment_created" event/),
  repo_fork: other(/A "repo:fork" event starts nothing/),
  repo_commit_status_updated: other(/A "repo:commit_status_updated" event starts nothing/),
}

describe('a delivery of Bitbucket', () => {
  test('is known for every payload there is', () => {
    expect(Object.keys(meanings).toSorted()).toEqual(payloadNames('bitbucket').toSorted())
  })

  test.each(Object.entries(meanings))('%s is what it says', (name, happened) => {
    const event = payloadEvent('bitbucket', name)
    expect(read(name)).toEqual({ is: 'verified', event, deliveryId: expect.any(String), happened })
  })

  test('goes by the id of its request, which stays when it is sent again, else by the body', () => {
    const id = '72d3162e-cc78-11e3-81ab-4c9367dc0958'
    const again = { 'x-request-uuid': id, 'x-attempt-number': '2' }
    expect(read('push', again).deliveryId).toBe(id)
    const hash = createHash('sha256').update(payloadText('bitbucket', 'push')).digest('hex')
    expect(read('push').deliveryId).toBe(hash)
  })

  test.each([
    ['no signature', undefined, /no X-Hub-Signature header/],
    ['one by SHA-1', `sha1=${'0'.repeat(40)}`, /64 lower-case hex/],
    ['a bare one', '0'.repeat(64), /64 lower-case hex/],
    ['a wrong one', `sha256=${'0'.repeat(64)}`, /does not fit/],
  ])('with %s is rejected, by the event it says it is', (_what, signature, why) => {
    expect(read('push', { 'x-hub-signature': signature })).toMatchObject({
      is: 'rejected',
      event: 'repo:push',
      why: expect.stringMatching(why),
    })
  })

  test('is signed over its bytes: the same JSON written otherwise is rejected', () => {
    const body = payloadText('bitbucket', 'push')
    const headers = forgeHeaders('bitbucket', 'push', body, secret)
    expect(readWith(headers, JSON.stringify(JSON.parse(body))).is).toBe('rejected')
  })

  test('an event that nobody can name is not shown as one', () => {
    const unsigned = { 'x-event-key': '<script>', 'x-hub-signature': undefined }
    expect(read('push', unsigned).event).toBe('unverified')
    expect(() => read('push', { 'x-event-key': undefined })).toThrow(/no X-Event-Key/)
    expect(read('push', { 'x-event-key': 'pullrequest:constructor' })).toMatchObject({
      happened: other(/A "pullrequest:constructor" event/),
    })
    expect(read('push', { 'x-event-key': 'repo:refs_changed' })).toMatchObject({
      happened: other(/Bitbucket Data Center/),
    })
  })

  test('a push keeps what is neither a branch nor a tag apart from the others', () => {
    const json = JSON.parse(payloadText('bitbucket', 'push.several'))
    json.push.changes[1].new.type = 'bookmark'
    json.push.changes[2] = { old: null, new: null }
    expect(readText('push', JSON.stringify(json))).toMatchObject({
      happened: {
        is: 'several',
        events: [push, other(/"bookmark" is neither/), other(/no branch/), { is: 'ref_deleted' }],
      },
    })
  })

  const change = { type: 'branch', name: 'a', target: { hash: after } }
  const side = { branch: { name: 'a' }, commit: { hash: shortAfter }, repository: { uuid: '{1}' } }
  const pullOf = (changes: object) => ({
    pullrequest: { id: 1, state: 'OPEN', source: side, destination: side, ...changes },
  })
  const broken: [what: string, name: string, body: unknown, fields: string[]][] = [
    ['no push', 'push', {}, ['push']],
    ['no changes', 'push', { push: { changes: null } }, ['push.changes']],
    [
      'no commit',
      'push',
      { push: { changes: [{ new: { ...change, target: { hash: shortAfter } } }] } },
      ['push.changes.0.new.target.hash'],
    ],
    [
      'a hostile branch',
      'push',
      { push: { changes: [{ new: { ...change, name: '--x' } }] } },
      ['ref'],
    ],
    [
      'more changes than anybody pushes',
      'push',
      { push: { changes: Array.from({ length: 1001 }, () => ({ new: change })) } },
      ['push.changes'],
    ],
    ['a pull request that is missing', 'pullrequest_created', {}, ['pullrequest']],
    ['one without a number', 'pullrequest_created', pullOf({ id: 0 }), ['pullrequest.id']],
    [
      'one with a hostile commit',
      'pullrequest_created',
      pullOf({ source: { ...side, commit: { hash: '--upload-pack=x' } } }),
      ['pullrequest.source.commit.hash'],
    ],
    [
      'one with a hostile target',
      'pullrequest_created',
      pullOf({ destination: { ...side, branch: { name: 'a..b' } } }),
      ['pullrequest.destination.branch.name'],
    ],
    [
      'one that does not say where it comes from',
      'pullrequest_created',
      pullOf({ source: { ...side, repository: undefined } }),
      ['pullrequest.source.repository'],
    ],
    ['a list', 'push', [], ['']],
  ]
  test.each(broken)('that is signed but has %s is malformed', (_what, name, body, fields) => {
    expect(() => readText(name, JSON.stringify(body))).toThrow(
      expect.objectContaining({
        trouble: 'malformed',
        fields: fields.map((field) => expect.objectContaining({ field })),
      }),
    )
  })

  test('that is not JSON is malformed', () => {
    expect(() => readText('push', 'payload=%7B%7D')).toThrow(/not JSON in UTF-8/)
  })

  test('may hold anything beside what is used', () => {
    const text = JSON.stringify({ actor: 5, repository: [], push: { changes: [{ new: change }] } })
    expect(readText('push', text)).toMatchObject({
      happened: { is: 'push', branch: 'a', before: null, pusher: null },
    })
  })
})

type Changes = Record<string, string | undefined>

const read = (name: string, headers: Changes = {}) =>
  readText(name, payloadText('bitbucket', name), headers)

const readText = (name: string, text: string, changes: Changes = {}) =>
  readWith({ ...forgeHeaders('bitbucket', name, text, secret), ...changes }, text)

function readWith(sent: Changes, text: string) {
  const headers = Object.fromEntries(
    Object.entries(sent).filter((entry): entry is [string, string] => entry[1] !== undefined),
  )
  return bitbucket.readHook({ headers, body: Buffer.from(text), secret: new Secret(secret) })
}
