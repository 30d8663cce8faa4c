import { createHash, createHmac } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { Secret } from '../../../src/lib/secret.ts'
import type { Signed } from '../../../src/scm/contract.ts'
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
  pipeline: other(/GitLab cannot start an external job again/),
  system: other(/in the settings of the project/),
}

describe('a delivery of GitLab', () => {
  test('is known for every payload there is', () => {
    expect(Object.keys(meanings).toSorted()).toEqual(payloadNames('gitlab').toSorted())
  })

  test.each(Object.entries(meanings))('%s is what it says', (name, happened) => {
    expect(read(name)).toMatchObject({ is: 'verified', happened })
  })

  test('goes by the id that stays when it is sent again, else by its event and name', () => {
    const all = {
      'webhook-id': 'msg_2KWPBgLlAfxdpx2AI54pPJ85f4W',
      'idempotency-key': 'f5e5f430',
      'x-gitlab-event-uuid': '13792a34',
    }
    expect(read('push', all).deliveryId).toBe('msg_2KWPBgLlAfxdpx2AI54pPJ85f4W')
    const unsigned = { ...all, 'webhook-id': undefined }
    expect(read('push', unsigned)).toMatchObject({ event: 'Push Hook', deliveryId: 'f5e5f430' })
    const old = { 'x-gitlab-event-uuid': '13792a34' }
    expect(read('push', old).deliveryId).toBe('13792a34:push-hook')
    expect(read('merge_request.open', old).deliveryId).toBe('13792a34:merge-request-hook')
  })

  test('of an old version goes by what it is about: project, ref, commit and action', () => {
    const id = (name: string, changes: Record<string, string> = {}) =>
      readText(name, payloadText('gitlab', name, changes)).deliveryId
    expect(id('push')).toMatch(/^[0-9a-f]{64}$/)
    expect(id('push', { 'ines.ferro': 'somebody.else' })).toBe(id('push'))
    expect(id('push', { [after]: 'b'.repeat(40) })).not.toBe(id('push'))
    expect(id('push', { 'refs/heads/main': 'refs/heads/other' })).not.toBe(id('push'))
    expect(id('merge_request.reopen')).not.toBe(id('merge_request.open'))
    const note = createHash('sha256').update(payloadText('gitlab', 'note')).digest('hex')
    expect(id('note')).toBe(note)
  })

  describe('of a webhook with a signing token', () => {
    const key = Buffer.alloc(32, 7)
    const now = 1_795_000_000_000
    const signed = { token: new Secret(`whsec_${key.toString('base64')}`), now }
    const body = payloadText('gitlab', 'push')

    function sign(changes: { id?: string; at?: number; body?: string; key?: Buffer } = {}) {
      const id = changes.id ?? 'msg_1'
      const at = String(changes.at ?? now / 1000)
      const text = `${id}.${at}.${changes.body ?? body}`
      const mac = createHmac('sha256', changes.key ?? key)
        .update(text)
        .digest('base64')
      return { 'webhook-id': id, 'webhook-timestamp': at, 'webhook-signature': `v1,${mac}` }
    }
    const verdict = (headers: Record<string, string | undefined>) =>
      readText('push', body, headers, signed)

    test('is proven by the signature over id, time and body, besides the token', () => {
      expect(verdict(sign())).toMatchObject({ is: 'verified', deliveryId: 'msg_1' })
      const { 'webhook-signature': right, ...rest } = sign()
      const several = { ...rest, 'webhook-signature': `v1,${'A'.repeat(43)}= ${right}` }
      expect(verdict(several).is).toBe('verified')
      const token = verdict({ ...sign(), 'x-gitlab-token': 'another-token-of-somebody' })
      expect(token).toMatchObject({ is: 'rejected', why: expect.stringMatching(/X-Gitlab-Token/) })
    })

    test.each([
      ['without a signature', {}, /is not signed/],
      ['of another body', sign({ body: `${body} ` }), /does not fit/],
      ['by another key', sign({ key: Buffer.alloc(32, 8) }), /does not fit/],
      ['under another id', { ...sign(), 'webhook-id': 'msg_2' }, /does not fit/],
      ['at another time', { ...sign(), 'webhook-timestamp': '1795000001' }, /does not fit/],
      ['at no time', { ...sign(), 'webhook-timestamp': 'now' }, /no time in seconds/],
      ['six minutes ago', sign({ at: now / 1000 - 360 }), /signed 360 seconds away/],
      ['six minutes from now', sign({ at: now / 1000 + 360 }), /signed 360 seconds away/],
    ])('is rejected %s', (_what, headers, why) => {
      expect(verdict(headers)).toMatchObject({ is: 'rejected', why: expect.stringMatching(why) })
    })
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

function readText(
  name: string,
  text: string,
  changes: Record<string, string | undefined> = {},
  signed: Signed | null = null,
) {
  const sent = { ...forgeHeaders('gitlab', name, text, secret), ...changes }
  const headers = Object.fromEntries(
    Object.entries(sent).filter((entry): entry is [string, string] => entry[1] !== undefined),
  )
  return gitlab.readHook({ headers, body: Buffer.from(text), secret: new Secret(secret), signed })
}
