import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { startFakeBitbucket } from '../support/fake-forges/bitbucket.ts'
import { startFakeGitea } from '../support/fake-forges/gitea.ts'
import { forgeToken } from '../support/forge-builds.ts'
import { KnownRepo, startOore } from '../support/oore.ts'
import { payloadCommits } from '../support/payloads.ts'
import { makeRepo, pullRequest } from '../support/repo.ts'

const content = JSON.stringify({
  workflows: {
    android: { triggering: { events: ['push'] }, scripts: ['cat README.md'] },
    ios: { triggering: { events: ['push'] }, scripts: ['echo "$CM_BRANCH"'] },
    review: {
      triggering: { events: ['pull_request'] },
      scripts: [
        'cat feature.txt meanwhile.txt',
        'git rev-parse HEAD',
        'echo "$CM_PULL_REQUEST_NUMBER from $CM_BRANCH to $CM_PULL_REQUEST_DEST at $CM_COMMIT"',
      ],
    },
  },
})

describe('a repository on a forge', () => {
  test('is built by its pushes and by the merge of its pull requests', async () => {
    await using oore = await startOore()
    const files = { 'oore.yaml': content, 'README.md': 'the wallet\n' }
    const repo = await oore.repo(files, 'github')
    const branch = 'größe/日本語-🚀'
    repo.git.branch(branch)
    const commit = repo.git.commit({ 'a.txt': 'a' })
    repo.git.git('checkout', '--quiet', 'main')

    const changes = { [payloadCommits.after]: commit }
    const pushed = await repo.told('github', 'push.unicode-branch', changes)
    expect([pushed.status, pushed.build_ids.length]).toEqual(['processed', 2])
    const [android = '', ios = ''] = pushed.build_ids
    expect(await oore.ended(android)).toMatchObject({ workflow: 'android', status: 'success' })
    expect(await oore.log(android, 0)).toContain('the wallet')
    expect(await oore.ended(ios)).toMatchObject({ commit_sha: commit, branch })
    expect(await oore.log(ios, 0)).toContain(branch)

    const made = { branch: 'feature/rounding' }
    const { head, merge } = pullRequest(repo.git, 'refs/pull/87/merge', made)
    const named = { [payloadCommits.after]: head }
    const opened = await repo.told('github', 'pull_request.opened', named)
    expect([opened.status, opened.build_ids.length]).toEqual(['processed', 1])
    const [review = ''] = opened.build_ids
    expect(await oore.ended(review)).toMatchObject({
      status: 'success',
      trigger_type: 'pull_request',
      commit_sha: head,
      merge_commit_sha: merge,
      pull_request_number: 87,
      pull_request_target: 'main',
    })
    expect(await oore.log(review, 0)).toContain('new\nother\n')
    expect(await oore.log(review, 1)).toContain(merge)
    expect(await oore.log(review, 2)).toContain(`87 from feature/rounding to main at ${head}`)
  })

  test('of GitLab is built by the merge of its merge requests, and from a fork not before it is approved', async () => {
    await using oore = await startOore()
    const repo = await oore.repo({ 'oore.yaml': content }, 'gitlab')
    const made = { branch: 'feature/rounding' }
    const { head, merge } = pullRequest(repo.git, 'refs/merge-requests/31/merge', made)
    const named = { [payloadCommits.after]: head }
    repo.git.git('update-ref', 'refs/merge-requests/31/head', head)
    const forked = await repo.told('gitlab', 'merge_request.open.fork', named)
    const [held = ''] = forked.build_ids
    expect(await oore.build(held)).toMatchObject({ status: 'waiting_approval', from_fork: true })
    const updated = await repo.told('gitlab', 'merge_request.update', named)
    const [review = ''] = updated.build_ids
    expect(await oore.ended(review)).toMatchObject({
      status: 'success',
      trigger_type: 'merge_request',
      merge_commit_sha: merge,
    })
    expect(await oore.log(review, 1)).toContain(merge)
    expect(await oore.build(held)).toMatchObject({ status: 'waiting_approval', started_at: null })
  })

  test.each([
    {
      forge: 'gitea' as const,
      start: startFakeGitea,
      username: 'git',
      pull: 'pull_request.opened',
      said: { running: 'pending', success: 'success' },
    },
    {
      forge: 'bitbucket' as const,
      start: startFakeBitbucket,
      username: 'x-token-auth',
      pull: 'pullrequest_created',
      said: { running: 'INPROGRESS', success: 'SUCCESSFUL' },
    },
  ])(
    'of $forge is cloned by its token, built, and told of it',
    async (row) => {
      const { forge: provider, start, username, pull, said } = row
      await using oore = await startOore()
      using git = makeRepo({ 'oore.yaml': content, 'README.md': 'the wallet\n' })
      await using forge = await start({
        token: forgeToken,
        username,
        repositories: { 'lumen/wallet': join(git.dir, '.git') },
      })
      const secret = 'a-webhook-secret-of-tests'
      const added = await oore.api('POST', '/repositories', {
        provider,
        clone_url: `${forge.url}/lumen/wallet.git`,
        clone_password: forgeToken,
        webhook_secret: secret,
      })
      expect(added.status).toBe(201)
      const repo = new KnownRepo(oore, git, added.json.id, secret)

      const commit = git.head()
      const pushed = await repo.told(provider, 'push', { [payloadCommits.after]: commit })
      expect([pushed.status, pushed.build_ids.length]).toEqual(['processed', 2])
      for (const id of pushed.build_ids) {
        expect(await oore.ended(id)).toMatchObject({ status: 'success', commit_sha: commit })
      }

      const { head } = pullRequest(git, 'refs/pull/99/merge', { branch: 'feature/rounding' })
      const opened = await repo.told(provider, pull, {
        [payloadCommits.after]: head,
        [payloadCommits.shortAfter]: head.slice(0, 12),
      })
      const [review = ''] = opened.build_ids
      expect(await oore.ended(review)).toMatchObject({
        // It looks at a file of the target, which only a merge would have.
        status: 'failure',
        trigger_type: 'pull_request',
        commit_sha: head,
        merge_commit_sha: null,
        pull_request_number: 87,
      })
      expect(await oore.log(review, 0)).toContain('new\n')

      await oore.until(() => {
        expect(forge.shown(commit, 'oore/android')).toBe(said.success)
        expect(forge.shown(commit, 'oore/ios')).toBe(said.success)
        expect(forge.shown(head, 'oore/review')).toMatch(/^fail/i)
      }, 15_000)
      expect(forge.kept.find(({ sha }) => sha === commit)?.state).toBe(said.running)
      expect(forge.kept.find(({ sha }) => sha === head)?.url).toBe(`${oore.url}/builds/${review}`)
      expect(forge.breaches).toEqual([])
    },
    60_000,
  )
})
