import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { Secret } from '../../../src/lib/secret.ts'
import { gitlab } from '../../../src/scm/gitlab/provider.ts'
import { forgeHeaders, payloadCommits, payloadNames, payloadText } from '../../support/payloads.ts'

const secret = 'a-webhook-secret-of-tests'
const { before, after } = payloadCommits
const push = { is: 'push', branch: 'main', before, commit: after, pusher: 'ines.ferro' }
const merge = {
  is: 'pull_request',
  action: 'opened',
  number: 31,
  source: { branch: 'feature/rounding', commit: after },
  target: { branch: 'main' },
  fromFork: false,
  draft: false,
  labels: [],
  conflicts: false,
}
const forked = { ...merge, source: { branch: 'main', commit: after }, fromFork: true }
const other = (why: RegExp) => ({ is: 'other', why: expect.stringMatching(why) })

const meanings: Record<string, object> = {
  push,
  'push.new-branch': { ...push, branch: 'feature/rounding', before: null },
  'push.branch-deleted': { is: 'ref_deleted', ref: 'refs/heads/feature/old' },
  'push.forced': { ...push, branch: 'feature/rounding' },
  'push.many-commits': push,
  'push.unicode-branch': { ...push, branch: 'größe/日本語-🚀' },
  tag_push: { is: 'tag', tag: 'v1.4.0', pusher: 'ines.ferro' },
  'tag_push.deleted': { is: 'ref_deleted', ref: 'refs/tags/v0.9.0' },
  'merge_request.open': merge,
  'merge_request.open.draft': { ...merge, draft: true },
  'merge_request.open.fork': forked,
  'merge_request.open.deleted-fork': forked,
  'merge_request.open.conflicts': { ...merge, conflicts: true },
  'merge_request.update': { ...merge, action: 'updated', labels: ['deploy-to-qa'] },
  'merge_request.update.labels': { ...merge, action: 'labeled', labels: ['deploy-to-qa'] },
  'merge_request.update.unlabeled': other(/no label was put on it/),
  'merge_request.update.ready': { ...merge, action: 'ready' },
  'merge_request.update.draft': other(/no commits were pushed/),
  'merge_request.reopen': { ...merge, action: 'reopened' },
  'merge_request.close': other(/was closed/),
  'merge_request.merge': other(/the push of its target branch/),
  'merge_request.approved': other(/The action "approved"/),
  'merge_request.test': other(/a test of the webhook/),
  note: other(/A comment starts nothing/),
  pipeline: other(/A "Pipeline Hook" starts nothing/),
  system: other(/in the settings of the project/),
}

describe('a delivery of GitLab', () => {
  test('is known for every payload there is', () => {
    expect(Object.keys(meanings).toSorted()).toEqual(payloadNames('gitlab').toSorted())
  })

  test.each(Object.entries(meanings))('%s is what it says', (name, happened) => {
    expect(read(name)).toMatchObject({ is: 'verified', happened })
  })

  test('goes by the id that stays when it is sent again, else by its own, else by the hash', () => {
    const ids = { 'idempotency-key': 'f5e5f430', 'x-gitlab-event-uuid': '13792a34' }
    expect(read('push', ids)).toMatchObject({ event: 'Push Hook', deliveryId: 'f5e5f430' })
    const old = { 'x-gitlab-event-uuid': '13792a34' }
    expect(read('push', old).deliveryId).toBe('13792a34')
    const hash = createHash('sha256').update(payloadText('gitlab', 'push')).digest('hex')
    expect(read('push').deliveryId).toBe(hash)
  })

  test.each([
    ['no token', undefined, /no X-Gitlab-Token/],
    ['an empty token', '', /is not the webhook secret/],
    ['another token', 'a-webhook-secret-of-others', /is not the webhook secret/],
    ['a part of the token', secret.slice(0, -1), /is not the webhook secret/],
  ])('with %s is rejected', (_what, token, why) => {
    expect(read('push', { 'x-gitlab-token': token })).toMatchObject({
      is: 'rejected',
      event: 'Push Hook',
      why: expect.stringMatching(why),
    })
  })

  test('without the name of an event is malformed', () => {
    expect(() => read('push', { 'x-gitlab-event': undefined })).toThrow(/no X-Gitlab-Event/)
  })

  const broken: [what: string, name: string, body: unknown, fields: string[]][] = [
    ['a push without commits', 'push', { ref: 'refs/heads/main' }, ['before', 'after']],
    ['a merge request without any', 'merge_request', {}, ['object_attributes']],
    [
      'one without its projects',
      'merge_request',
      {
        object_attributes: {
          action: 'open',
          iid: 1,
          source_branch: 'a',
          target_branch: 'b',
          last_commit: { id: after },
        },
      },
      ['object_attributes.source_project_id', 'object_attributes.target_project_id'],
    ],
  ]
  test.each(broken)('that has %s is malformed', (_what, name, body, fields) => {
    expect(() => readText(name, JSON.stringify(body))).toThrow(
      expect.objectContaining({
        trouble: 'malformed',
        fields: fields.map((field) => expect.objectContaining({ field })),
      }),
    )
  })

  test('of a GitLab before 13.2 says by another word that it is a draft', () => {
    const old = payloadText('gitlab', 'merge_request.open.draft', { '"draft": true,': '' })
    expect(readText('merge_request', old)).toMatchObject({ happened: { draft: true } })
  })
})

function read(name: string, headers: Record<string, string | undefined> = {}) {
  return readText(name, payloadText('gitlab', name), headers)
}

function readText(name: string, text: string, changes: Record<string, string | undefined> = {}) {
  const sent = { ...forgeHeaders('gitlab', name, text, secret), ...changes }
  const headers = Object.fromEntries(
    Object.entries(sent).filter((entry): entry is [string, string] => entry[1] !== undefined),
  )
  return gitlab.readHook({ headers, body: Buffer.from(text), secret: new Secret(secret) })
}
