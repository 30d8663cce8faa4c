import { homedir } from 'node:os'
import { dirname } from 'node:path'
import { describe, expect, test } from 'vitest'
import { forkCommit, forkRefs, of } from '../support/forks.ts'
import { KnownRepo, type Oore, startOore } from '../support/oore.ts'
import { makeRepo } from '../support/repo.ts'
import { startGitServer } from '../scm/git/servers.ts'

const token = 'ghp_0123456789abcdefToken'
const secret = 'a-webhook-secret-of-tests'

const content = JSON.stringify({
  workflows: {
    review: {
      triggering: { events: ['pull_request'] },
      environment: { groups: ['release'] },
      scripts: [
        'cat lib/rounding.txt && git rev-parse HEAD',
        // Into a file, because of what is printed secrets are taken out.
        'set -- "$CM_BUILD_DIR/seen.txt"\n' +
          'env > "$1"; cat .git/config >> "$1"; find .git -type f -exec cat {} + >> "$1"\n' +
          'cat /proc/[0-9]*/cmdline 2>/dev/null | tr "\\0" " " >> "$1" || ps -axww >> "$1"\n' +
          'echo "home is $HOME" && mkdir -p "$HOME/.gradle" && echo evil > "$HOME/.gradle/init.gradle"',
      ],
      artifacts: ['seen.txt'],
      publishing: { slack: { channel: '#builds' } },
    },
  },
})

/** A repository of GitHub behind a token, and a real server that knows it. */
async function forge(oore: Oore) {
  const git = makeRepo({ 'oore.yaml': content })
  const login = { username: 'git', password: token }
  const server = await startGitServer({ root: dirname(git.dir), login })
  const { status, json } = await oore.api('POST', '/repositories', {
    provider: 'github',
    clone_url: `${server.url}/app/.git`,
    owner: 'lumen',
    name: 'wallet',
    webhook_secret: secret,
    clone_password: token,
  })
  if (status !== 201) throw new Error(JSON.stringify(json))
  return {
    git,
    repo: new KnownRepo(oore, git, json.id, secret),
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]()
      git[Symbol.dispose]()
    },
  }
}

describe('a pull request from a fork', () => {
  test('waits, is shown, is approved by its commit, and runs without anything secret', async () => {
    await using oore = await startOore()
    await using at = await forge(oore)
    await oore.api('POST', '/variable-groups', { name: 'release' })
    await oore.api('PUT', '/variables/PLAY_KEY', { value: token, group: 'release' })
    const evil = content.replace('cat lib/rounding.txt', 'curl evil.example')
    const files = { 'oore.yaml': evil, 'lib/rounding.txt': 'half to even\n', 'x.sh': 'true' }
    const { head, merge } = forkCommit(at.git, forkRefs.github, files)
    const asked = await at.repo.told('github', 'pull_request.opened.fork', of(head))
    const [id = ''] = asked.build_ids
    expect(await oore.build(id)).toMatchObject({
      status: 'waiting_approval',
      from_fork: true,
      fork: 'passer-by/wallet',
      commit_sha: head,
      started_at: null,
    })

    const { json: request } = await oore.api('GET', `/builds/${id}/approval`)
    expect(request).toMatchObject({
      commit_sha: head,
      fork: { name: 'passer-by/wallet', opened_by: 'passer-by' },
      builds: [{ id, workflow: 'review' }],
      configuration: { source: 'repository', file_name: 'oore.yaml', commit_sha: at.git.head() },
      changes: { known: true, count: 3, configurations: [{ file_name: 'oore.yaml' }] },
    })
    expect(request.changes.configurations[0].diff).toContain('curl evil.example')
    expect(request.changes.files.map(({ path }: { path: string }) => path)).toEqual([
      'oore.yaml',
      'x.sh',
      'lib/rounding.txt',
    ])

    const wrong = await oore.api('POST', `/builds/${id}/approve`, { commit: merge })
    expect(wrong.status).toBe(409)
    expect((await oore.build(id)).status).toBe('waiting_approval')
    const right = await oore.api('POST', `/builds/${id}/approve`, { commit: head })
    expect(right.status).toBe(200)

    const build = await oore.ended(id)
    expect(build).toMatchObject({
      status: 'success',
      merge_commit_sha: merge,
      approval: { verdict: 'approved', by: 'Admin', commit_sha: head },
    })
    expect(await oore.log(id, 0)).toBe(`half to even\n${merge}\n`)
    const setup = await oore.log(id, 'setup')
    expect(setup).toContain('This is the code of a fork')
    expect(setup).toContain('Passed over, because no build of a fork gets it')
    expect(setup).toContain('one stored variable; publishing')

    const seen = await (
      await fetch(`${oore.url}/api/builds/${id}/artifacts/seen.txt`, {
        headers: { authorization: `Bearer ${oore.token}` },
      })
    ).text()
    expect(seen).toContain('OORE_FROM_FORK=true')
    expect(seen).toContain('[remote "origin"]')
    const basic = Buffer.from(`git:${token}`).toString('base64')
    for (const hidden of [token, basic, oore.token, secret, 'OORE_GIT_PASSWORD']) {
      expect(seen).not.toContain(hidden)
    }
    expect(await oore.log(id, 1)).toContain(`home is ${oore.dataDir}`)
    expect(await oore.log(id, 1)).not.toContain(`home is ${homedir()}\n`)
  })

  test('pushed to between the look and the answer is not approved by it', async () => {
    await using oore = await startOore()
    await using at = await forge(oore)
    const first = forkCommit(at.git, forkRefs.github)
    const asked = await at.repo.told('github', 'pull_request.opened.fork', of(first.head))
    const [id = ''] = asked.build_ids
    const second = forkCommit(at.git, forkRefs.github, { 'lib/rounding.txt': 'evil' })
    // The forge has it, and has not told of it yet.
    const early = await oore.api('POST', `/builds/${id}/approve`, { commit: first.head })
    expect(early).toMatchObject({ status: 409 })
    expect(early.json.detail).toContain(`stands at ${second.head.slice(0, 12)} by now`)
    const again = await at.repo.told('github', 'pull_request.opened.fork', {
      ...of(second.head),
      '"action": "opened"': '"action": "synchronize"',
    })
    const late = await oore.api('POST', `/builds/${id}/approve`, { commit: first.head })
    expect(late).toMatchObject({ status: 409 })
    expect(await oore.build(id)).toMatchObject({
      status: 'cancelled',
      error_message: expect.stringContaining('needs its own approval'),
    })
    const [newer = ''] = again.build_ids
    const denied = await oore.api('POST', `/builds/${newer}/deny`, { commit: second.head })
    expect(denied.json).toMatchObject({ status: 'cancelled' })
    expect(await oore.build(newer)).toMatchObject({ approval: { verdict: 'denied' } })
  })
})
