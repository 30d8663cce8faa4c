import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { Secret } from '../../../src/lib/secret.ts'
import { github } from '../../../src/scm/github/provider.ts'
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
const rerun = {
  is: 'rerun',
  commit: after,
  check: { externalId: '01KA6T3M9VQ2F8Z5R7WJXN4C0D', name: 'oore/android' },
  by: 'ines-ferro',
}
const forked = { ...pull, source: { branch: 'main', commit: after }, fromFork: true }
const other = (why: RegExp) => ({ is: 'other', why: expect.stringMatching(why) })

const meanings: Record<string, object> = {
  ping: { is: 'ping' },
  push,
  'push.new-branch': { ...push, branch: 'feature/rounding', before: null },
  'push.branch-deleted': { is: 'ref_deleted', ref: 'refs/heads/feature/old' },
  'push.forced': { ...push, branch: 'feature/rounding' },
  'push.tag': { is: 'tag', tag: 'v1.4.0', commit: after, pusher: 'ines-ferro' },
  'push.tag-deleted': { is: 'ref_deleted', ref: 'refs/tags/v0.9.0' },
  'push.many-commits': push,
  'push.unicode-branch': { ...push, branch: 'größe/日本語-🚀' },
  'push.merge-queue': {
    ...push,
    branch: 'gh-readonly-queue/main/pr-87-9a1c5e2d7b3f4a6089c1d2e3f4a5b6c7d8e9f0a1',
    before: null,
    pusher: 'github-merge-queue[bot]',
  },
  'create.tag': other(/the push that comes with it/),
  'delete.branch': other(/was deleted/),
  'pull_request.opened': pull,
  'pull_request.opened.draft': { ...pull, draft: true },
  'pull_request.opened.fork': forked,
  'pull_request.opened.deleted-fork': forked,
  'pull_request.opened.conflicts': { ...pull, conflicts: true },
  'pull_request.synchronize': { ...pull, action: 'updated' },
  'pull_request.reopened': { ...pull, action: 'reopened' },
  'pull_request.ready_for_review': { ...pull, action: 'ready' },
  'pull_request.labeled': { ...pull, action: 'labeled', labels: ['bug', 'deploy-to-qa'] },
  'pull_request.closed': other(/was closed: there is nothing to build/),
  'pull_request.edited': other(/The action "edited"/),
  'pull_request.unlabeled': other(/The action "unlabeled"/),
  'merge_group.checks_requested': other(/push of its branch/),
  'check_run.rerequested': rerun,
  'check_run.requested_action': rerun,
  'check_run.completed': other(/The action "completed" of a check only tells/),
  'check_suite.requested': other(/place for checks of a commit/),
  'check_suite.rerequested': { ...rerun, check: null },
  'installation.created': other(/A "installation" event starts nothing/),
}

describe('a delivery of GitHub', () => {
  test('is known for every payload there is', () => {
    expect(Object.keys(meanings).toSorted()).toEqual(payloadNames('github').toSorted())
  })

  test.each(Object.entries(meanings))('%s is what it says', (name, happened) => {
    expect(read(name)).toMatchObject({ is: 'verified', event: name.split('.')[0], happened })
  })

  test('goes by its own id, else by the hash of the body', () => {
    const id = '72d3162e-cc78-11e3-81ab-4c9367dc0958'
    expect(read('push', { 'x-github-delivery': id }).deliveryId).toBe(id)
    const hash = createHash('sha256').update(payloadText('github', 'push')).digest('hex')
    expect(read('push').deliveryId).toBe(hash)
  })

  test.each([
    ['no signature', { 'x-hub-signature-256': undefined }, /no X-Hub-Signature-256/],
    ['one by SHA-1', { 'x-hub-signature-256': `sha1=${'0'.repeat(40)}` }, /64 lower-case hex/],
    ['a short one', { 'x-hub-signature-256': 'sha256=00' }, /64 lower-case hex/],
    ['a wrong one', { 'x-hub-signature-256': `sha256=${'0'.repeat(64)}` }, /does not fit/],
  ])('with %s is rejected, by the event it says it is', (_what, headers, why) => {
    expect(read('push', headers)).toMatchObject({
      is: 'rejected',
      event: 'push',
      why: expect.stringMatching(why),
    })
  })

  test('is signed over its bytes: the same JSON written otherwise is rejected', () => {
    const body = payloadText('github', 'push')
    const headers = forgeHeaders('github', 'push', body, secret)
    const compact = Buffer.from(JSON.stringify(JSON.parse(body)))
    const reading = github.readHook({ headers, body: compact, secret: new Secret(secret) })
    expect(reading.is).toBe('rejected')
  })

  test('an event that nobody can name is not shown as one', () => {
    const headers = { 'x-github-event': '<script>', 'x-hub-signature-256': undefined }
    expect(read('push', headers).event).toBe('unverified')
    expect(() => read('push', { 'x-github-event': undefined })).toThrow(/no X-GitHub-Event/)
    expect(read('push', { 'x-github-event': 'constructor' })).toMatchObject({
      happened: other(/A "constructor" event/),
    })
  })

  const broken: [what: string, name: string, body: unknown, fields: string[]][] = [
    ['a push without its ref', 'push', { before, after }, ['ref']],
    ['a push of no commit', 'push', { ref: 'refs/heads/a', before, after: 'x' }, ['after']],
    ['a hostile branch', 'push', { ref: 'refs/heads/--x', before, after }, ['ref']],
    ['a pull request without action', 'pull_request', {}, ['action']],
    ['a pull request that is missing', 'pull_request', { action: 'opened' }, ['pull_request']],
    [
      'one whose head says no repository',
      'pull_request',
      {
        action: 'opened',
        pull_request: {
          number: 1,
          head: { ref: 'a', sha: after },
          base: { ref: 'b', repo: { id: 1 } },
        },
      },
      ['pull_request.head.repo'],
    ],
    ['a list', 'push', [], ['']],
  ]
  test.each(broken)('that is signed but has %s is malformed', (_what, name, body, fields) => {
    const text = JSON.stringify(body)
    expect(() => readText(name, text)).toThrow(
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

function read(name: string, headers: Record<string, string | undefined> = {}) {
  return readText(name, payloadText('github', name), headers)
}

function readText(name: string, text: string, changes: Record<string, string | undefined> = {}) {
  const sent = { ...forgeHeaders('github', name, text, secret), ...changes }
  const headers = Object.fromEntries(
    Object.entries(sent).filter((entry): entry is [string, string] => entry[1] !== undefined),
  )
  return github.readHook({ headers, body: Buffer.from(text), secret: new Secret(secret) })
}
