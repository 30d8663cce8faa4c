import { createHash, createHmac } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { Secret } from '../../../src/lib/secret.ts'
import { gitea } from '../../../src/scm/gitea/provider.ts'
import { forgeHeaders, payloadCommits, payloadNames, payloadText } from '../../support/payloads.ts'

const secret = 'a-webhook-secret-of-tests'
const { before, after } = payloadCommits
const push = { is: 'push', branch: 'main', before, commit: after, pusher: 'ines-ferro' }
const pull = {
  is: 'pull_request',
  action: 'opened',
  number: 87,
  source: { branch: 'feature/rounding', commit: after },
  target: { branch: 'main' },
  fromFork: false,
  draft: false,
  labels: [],
  conflicts: false,
}
const forked = { ...pull, source: { branch: 'main', commit: after }, fromFork: true }
const other = (why: RegExp) => ({ is: 'other', why: expect.stringMatching(why) })
const deleted = (ref: string) => ({ is: 'ref_deleted', ref })

const meanings: Record<string, object> = {
  push,
  'push.new-branch': { ...push, branch: 'feature/rounding', before: null },
  'push.forced': { ...push, branch: 'feature/rounding' },
  'push.unicode-branch': { ...push, branch: 'größe/日本語-🚀' },
  'push.tag': { is: 'tag', tag: 'v1.4.0', commit: after, pusher: 'ines-ferro' },
  'push.tag-deleted': deleted('refs/tags/v0.9.0'),
  'push.many-commits': push,
  'push.test': { ...push, before: after },
  'create.branch': other(/the push that comes with it/),
  'create.tag': other(/the push that comes with it/),
  'delete.branch': deleted('refs/heads/feature/old'),
  'delete.tag': deleted('refs/tags/v0.9.0'),
  'pull_request.opened': pull,
  'pull_request.opened.draft': { ...pull, draft: true },
  'pull_request.opened.fork': forked,
  'pull_request.opened.deleted-fork': forked,
  'pull_request.opened.agit': {
    ...pull,
    source: { branch: 'pull/87/head', commit: after },
    fromFork: true,
  },
  'pull_request.opened.old-version': { ...pull, draft: true },
  'pull_request.synchronized': { ...pull, action: 'updated' },
  'pull_request.reopened': { ...pull, action: 'reopened' },
  'pull_request.edited': other(/no commits were pushed/),
  'pull_request.edited.ready': { ...pull, action: 'ready' },
  'pull_request.label_updated': { ...pull, action: 'labeled', labels: ['bug', 'deploy-to-qa'] },
  'pull_request.label_updated.removed': other(/No label was put/),
  'pull_request.label_cleared': other(/The action "label_cleared"/),
  'pull_request.closed': other(/was closed: there is nothing to build/),
  'pull_request.closed.merged': other(/was closed: there is nothing to build/),
  'pull_request.assigned': other(/The action "assigned"/),
  pull_request_approved: other(/A "pull_request_approved" event starts nothing/),
  issue_comment: other(/A comment starts nothing/),
  release: other(/A "release" event starts nothing/),
}

describe('a delivery of Gitea', () => {
  test('is known for every payload there is', () => {
    expect(Object.keys(meanings).toSorted()).toEqual(payloadNames('gitea').toSorted())
  })

  test.each(Object.entries(meanings))('%s is what it says', (name, happened) => {
    expect(read(name)).toMatchObject({ is: 'verified', event: name.split('.')[0], happened })
  })

  test('goes by its own id, else by the hash of the body', () => {
    const id = '72d3162e-cc78-11e3-81ab-4c9367dc0958'
    expect(read('push', { 'x-gitea-delivery': id }).deliveryId).toBe(id)
    const hash = createHash('sha256').update(payloadText('gitea', 'push')).digest('hex')
    expect(read('push').deliveryId).toBe(hash)
  })

  test('is one of Forgejo by Forgejo’s headers alone', () => {
    const body = payloadText('gitea', 'pull_request.opened')
    const headers = {
      'x-forgejo-event': 'pull_request',
      'x-forgejo-delivery': 'one',
      'x-forgejo-signature': hmac(body),
    }
    expect(readWith(headers, body)).toMatchObject({
      is: 'verified',
      deliveryId: 'one',
      happened: pull,
    })
  })

  test('is proven by GitHub’s signature, which both send, where there is no other', () => {
    const body = payloadText('gitea', 'push')
    const signed = { 'x-gitea-event': 'push', 'x-hub-signature-256': `sha256=${hmac(body)}` }
    expect(readWith(signed, body)).toMatchObject({ is: 'verified', happened: push })
    const both = { ...signed, 'x-gitea-signature': '0'.repeat(64) }
    expect(readWith(both, body)).toMatchObject({ is: 'rejected' })
  })

  test.each([
    ['no signature', { 'x-gitea-signature': undefined, 'x-hub-signature-256': undefined }],
    [
      'empty ones, as of a webhook without a secret',
      {
        'x-gitea-signature': '',
        'x-hub-signature-256': '',
      },
    ],
  ])('with %s is rejected, and told where to enter the secret', (_what, headers) => {
    expect(read('push', headers)).toMatchObject({
      is: 'rejected',
      event: 'push',
      why: expect.stringContaining('enter the webhook secret as “Secret”'),
    })
  })

  test.each([
    ['a short one', '00', /64 lower-case hex digits/],
    ['one in capitals', 'A'.repeat(64), /64 lower-case hex digits/],
    ['one with GitHub’s prefix', `sha256=${'0'.repeat(64)}`, /64 lower-case hex digits/],
    ['a wrong one', '0'.repeat(64), /does not fit/],
  ])('with %s is rejected', (_what, signature, why) => {
    const reading = read('push', { 'x-gitea-signature': signature })
    expect(reading).toMatchObject({ is: 'rejected', why: expect.stringMatching(why) })
  })

  test('is signed over its bytes, by the secret of the repository', () => {
    const body = payloadText('gitea', 'push')
    const headers = forgeHeaders('gitea', 'push', body, secret)
    const compact = JSON.stringify(JSON.parse(body))
    expect(readWith(headers, compact).is).toBe('rejected')
    // Old versions sent the secret in the body, where it proves nothing.
    const told = JSON.stringify({ ...JSON.parse(body), secret })
    expect(readWith(headers, told).is).toBe('rejected')
  })

  test('an event that nobody can name is not shown as one', () => {
    const unsigned = { 'x-gitea-signature': undefined, 'x-hub-signature-256': undefined }
    expect(read('push', { 'x-gitea-event': '<script>', ...unsigned }).event).toBe('unverified')
    expect(() => read('push', { 'x-gitea-event': undefined })).toThrow(/no X-Gitea-Event/)
    expect(read('push', { 'x-gitea-event': 'constructor' })).toMatchObject({
      happened: other(/A "constructor" event/),
    })
  })

  test.each(['pull_request_sync', 'pull_request_label'])('of an old version says %s', (event) => {
    const reading = read('pull_request.synchronized', { 'x-gitea-event': event })
    expect(reading).toMatchObject({ event, happened: { ...pull, action: 'updated' } })
  })

  const changed = (name: string, change: (pull: Record<string, never>) => void): string => {
    const json = JSON.parse(payloadText('gitea', name))
    change(json.pull_request)
    return JSON.stringify(json)
  }

  test('from outside is every pull request that is not surely from inside', () => {
    const cases: [string, (pull: Record<string, Record<string, unknown>>) => void][] = [
      ['another repository', ({ head }) => Object.assign(head ?? {}, { repo_id: 62 })],
      ['a repository that is gone', ({ head }) => Object.assign(head ?? {}, { repo: null })],
      ['refs/for, by its label', ({ head }) => Object.assign(head ?? {}, { label: '' })],
      ['refs/for, by its flow', (pull) => Object.assign(pull, { flow: 1 })],
    ]
    for (const [what, change] of cases) {
      const text = changed('pull_request.opened', change)
      expect([what, readText('pull_request', text)]).toMatchObject([
        what,
        { happened: { fromFork: true } },
      ])
    }
  })

  test('of a pull request whose branch is gone is called by that branch', () => {
    const text = changed('pull_request.reopened', ({ head }) => {
      Object.assign(head ?? {}, { ref: 'refs/pull/87/head' })
    })
    expect(readText('pull_request', text)).toMatchObject({
      happened: { source: { branch: 'feature/rounding' }, fromFork: false },
    })
  })

  test('a draft stays one when its title is edited, and is ready once', () => {
    const title = { title: { from: 'WIP: Prices' } }
    const still = JSON.parse(payloadText('gitea', 'pull_request.opened.draft'))
    const text = JSON.stringify({ ...still, action: 'edited', changes: title })
    expect(readText('pull_request', text)).toMatchObject({ happened: other(/no commits/) })
  })

  const part = { ref: 'a', repo_id: 1, repo: { id: 1 } }
  const broken: [what: string, name: string, body: unknown, fields: string[]][] = [
    ['a push without its ref', 'push', { before, after }, ['ref']],
    ['a push of no commit', 'push', { ref: 'refs/heads/a', before, after: 'x' }, ['after']],
    ['a hostile branch', 'push', { ref: 'refs/heads/--x', before, after }, ['ref']],
    ['a hostile deleted tag', 'delete', { ref: '../x', ref_type: 'tag' }, ['ref']],
    ['a deleted nothing', 'delete', { ref: 'x', ref_type: 'wiki' }, ['ref_type']],
    ['a pull request without action', 'pull_request', {}, ['action']],
    ['a pull request that is missing', 'pull_request', { action: 'opened' }, ['pull_request']],
    [
      'one without its newest commit',
      'pull_request',
      { action: 'opened', pull_request: { number: 1, head: { ...part, sha: '' }, base: part } },
      ['pull_request.head.sha'],
    ],
    [
      'one whose head says no repository',
      'pull_request',
      {
        action: 'opened',
        pull_request: { number: 1, head: { ref: 'a', sha: after }, base: part },
      },
      ['pull_request.head.repo_id'],
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
    const strange = { pusher: 5, commits: 'none', head_commit: [], __proto__x: {} }
    const text = JSON.stringify({ ref: 'refs/heads/main', before, after, ...strange })
    expect(readText('push', text)).toMatchObject({ happened: { is: 'push', pusher: null } })
  })
})

type Changes = Record<string, string | undefined>

const hmac = (body: string) => createHmac('sha256', secret).update(body).digest('hex')

const read = (name: string, headers: Changes = {}) =>
  readText(name, payloadText('gitea', name), headers)

const readText = (name: string, text: string, changes: Changes = {}) =>
  readWith({ ...forgeHeaders('gitea', name, text, secret), ...changes }, text)

function readWith(sent: Changes, text: string) {
  const headers = Object.fromEntries(
    Object.entries(sent).filter((entry): entry is [string, string] => entry[1] !== undefined),
  )
  return gitea.readHook({ headers, body: Buffer.from(text), secret: new Secret(secret) })
}
