import { describe, expect, test } from 'vitest'
import { Secret } from '../../src/lib/secret.ts'
import { scmFor } from '../../src/scm/index.ts'
import { type Forge, forgeHeaders, payloadText } from '../support/payloads.ts'

const secret = 'a-webhook-secret-of-tests'

describe('a pull request of GitHub from a fork', () => {
  test('is known by the number of its repository, and names are only to be shown', () => {
    expect(read('github', 'pull_request.opened.fork')).toMatchObject({
      is: 'pull_request',
      fromFork: true,
      fork: {
        name: 'passer-by/wallet',
        url: 'https://github.com/passer-by/wallet',
        author: 'passer-by',
        pullRequestUrl: 'https://github.com/lumen-apps/wallet/pull/87',
      },
    })
    // Whatever a fork and its owner are called: it stays one.
    const renamed = { 'passer-by': 'lumen-apps' }
    expect(read('github', 'pull_request.opened.fork', renamed)).toMatchObject({ fromFork: true })
    expect(read('github', 'pull_request.opened.deleted-fork')).toMatchObject({
      fromFork: true,
      fork: { name: null, url: null, author: 'passer-by' },
    })
    expect(read('github', 'pull_request.opened')).not.toHaveProperty('fork')
  })

  test('that is closed, merged or goes elsewhere is told of; others are not', () => {
    const closed = { '"action": "opened"': '"action": "closed"' }
    for (const name of ['opened.fork', 'opened.deleted-fork']) {
      const event = read('github', `pull_request.${name}`, closed)
      expect(event).toMatchObject({ is: 'fork_closed', number: 87 })
    }
    expect(read('github', 'pull_request.closed')).toMatchObject({ is: 'other' })
    const moved = { '"action": "opened",': '"action": "edited", "changes": { "base": {} },' }
    expect(read('github', 'pull_request.opened.fork', moved)).toMatchObject({
      is: 'pull_request',
      action: 'retargeted',
    })
    const retitled = { '"action": "opened",': '"action": "edited", "changes": { "title": {} },' }
    expect(read('github', 'pull_request.opened.fork', retitled)).toMatchObject({ is: 'other' })
    expect(read('github', 'pull_request.edited')).toMatchObject({ is: 'other' })
  })
})

describe('a merge request of GitLab from a fork', () => {
  test('is known by the number of its project, and names are only to be shown', () => {
    expect(read('gitlab', 'merge_request.open.fork')).toMatchObject({
      is: 'pull_request',
      fromFork: true,
      fork: {
        name: 'passer-by/wallet',
        url: 'https://gitlab.example.com/passer-by/wallet',
        author: 'ines.ferro',
        pullRequestUrl: 'https://gitlab.example.com/lumen/apps/wallet/-/merge_requests/31',
      },
    })
    const renamed = { 'passer-by': 'lumen/apps' }
    expect(read('gitlab', 'merge_request.open.fork', renamed)).toMatchObject({ fromFork: true })
    expect(read('gitlab', 'merge_request.open.deleted-fork')).toMatchObject({
      fromFork: true,
      fork: { name: null, url: null },
    })
    expect(read('gitlab', 'merge_request.open')).not.toHaveProperty('fork')
  })

  test('that is closed, merged or goes elsewhere is told of; others are not', () => {
    for (const action of ['close', 'merge']) {
      const changes = { '"action": "open"': `"action": "${action}"` }
      const event = read('gitlab', 'merge_request.open.fork', changes)
      expect(event).toMatchObject({ is: 'fork_closed', number: 31 })
    }
    expect(read('gitlab', 'merge_request.close')).toMatchObject({ is: 'other' })
    const moved = {
      '"action": "open"': '"action": "update"',
      '"changes": {}': '"changes": { "target_branch": { "previous": "a", "current": "main" } }',
    }
    expect(read('gitlab', 'merge_request.open.fork', moved)).toMatchObject({
      is: 'pull_request',
      action: 'retargeted',
    })
  })
})

describe('a pull request of Gitea from outside', () => {
  test('is known by the number of its repository, and names are only to be shown', () => {
    const forked = read('gitea', 'pull_request.opened.fork')
    expect(forked).toMatchObject({ is: 'pull_request', fromFork: true })
    expect(forked).toHaveProperty('fork.name', expect.stringMatching(/^[^/]+\/[^/]+$/))
    expect(read('gitea', 'pull_request.opened.deleted-fork')).toMatchObject({
      fromFork: true,
      fork: { name: null, url: null },
    })
    expect(read('gitea', 'pull_request.opened.agit')).toMatchObject({
      fromFork: true,
      fork: { name: 'refs/for/main' },
    })
    expect(read('gitea', 'pull_request.opened')).not.toHaveProperty('fork')
  })

  test('that is closed, merged or goes elsewhere is told of; others are not', () => {
    const closed = { '"action": "opened"': '"action": "closed"' }
    for (const name of ['fork', 'deleted-fork', 'agit']) {
      expect(read('gitea', `pull_request.opened.${name}`, closed)).toMatchObject({
        is: 'fork_closed',
      })
    }
    expect(read('gitea', 'pull_request.closed')).toMatchObject({ is: 'other' })
    const moved = {
      '"action": "opened",': '"action": "edited", "changes": { "ref": { "from": "develop" } },',
    }
    expect(read('gitea', 'pull_request.opened.fork', moved)).toMatchObject({
      is: 'pull_request',
      action: 'retargeted',
    })
    expect(read('gitea', 'pull_request.opened', moved)).toMatchObject({ is: 'other' })
  })
})

test('a comment is no order, whoever writes it and whatever it says', () => {
  const body = JSON.stringify({
    action: 'created',
    comment: { body: '/oore build', author_association: 'OWNER' },
  })
  for (const event of ['issue_comment', 'pull_request_review_comment']) {
    expect(readText('github', event, body)).toEqual({
      is: 'other',
      why: expect.stringContaining('A comment starts nothing, whatever it says'),
    })
  }
  const note = read('gitlab', 'note', { '"note": "': '"note": "/oore build ' })
  expect(note).toMatchObject({ is: 'other', why: expect.stringContaining('A comment starts') })
})

const read = (forge: Forge, name: string, changes: Record<string, string> = {}) =>
  readText(forge, name, payloadText(forge, name, changes))

function readText(forge: Forge, name: string, text: string) {
  const headers = forgeHeaders(forge, name, text, secret)
  const hook = { headers, body: Buffer.from(text), secret: new Secret(secret) }
  const reading = scmFor(forge).readHook(hook)
  return reading.is === 'verified' ? reading.happened : reading
}
