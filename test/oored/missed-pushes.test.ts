import { describe, expect, test } from 'vitest'
import { Browser } from '../support/app.ts'
import { startFakeGithub } from '../support/fake-forges/github.ts'
import { createApp, pathOf } from '../support/github-app.ts'
import { startOore, workflow } from '../support/oore.ts'

/** The comparison begins five seconds after the start. */
const foundWithinMs = 20_000

describe('a server that was killed', () => {
  test('builds what was pushed while it was away, once per branch, and no hook told of', async () => {
    await using oore = await startOore()
    const repo = await oore.repo({ 'oore.yaml': workflow('echo built') })
    const tell = (after: string) =>
      repo.hook({ ref: 'refs/heads/main', before: '0'.repeat(40), after })
    const built = async () => {
      const { json } = await oore.api('GET', '/builds?limit=50')
      return (json.data as { branch: string; commit_sha: string }[])
        .map(({ branch, commit_sha }) => `${branch} ${commit_sha}`)
        .toSorted()
    }
    const first = repo.git.head()
    expect((await tell(first)).status).toBe(202)
    await oore.until(async () => {
      expect(await built()).toEqual([`main ${first}`])
      const { json } = await oore.api('GET', `/repositories/${repo.id}`)
      expect(json.refs_known_at).not.toBeNull()
    })

    await oore.stop('SIGKILL')
    for (const text of ['1', '2', '3']) repo.git.commit({ 'a.txt': text })
    const last = repo.git.head()
    repo.git.branch('feature/x')
    const feature = repo.git.commit({ 'b.txt': 'b' })
    await oore.start()
    const expected = [`feature/x ${feature}`, `main ${last}`, `main ${first}`].toSorted()
    await oore.until(async () => expect(await built()).toEqual(expected), foundWithinMs)

    // The hook of the last push comes after all, late.
    const late = await tell(last)
    expect(late.status).toBe(202)
    await oore.until(async () => {
      const { json } = await oore.api('GET', `/webhooks/events/${late.json.event_id}`)
      expect(json).toMatchObject({
        status: 'processed',
        reason: expect.stringContaining('is of the same commit and event'),
      })
    })
    expect(await built()).toEqual(expected)
  }, 60_000)
})

describe('a server with a GitHub App that was killed', () => {
  test('is sent again what GitHub could not deliver: each push and the pull request are built', async () => {
    await using github = await startFakeGithub()
    github.addPerson('ada')
    github.addOrg('lumen', { ada: 'admin' })
    github.signIn('ada')
    const content = `workflows:
  test:
    triggering: { events: [push, pull_request] }
    scripts: [echo built]
`
    const wallet = github.addRepository('lumen/wallet', { files: { 'oore.yaml': content } })
    const settings = { OORE_GITHUB_URL: github.url, OORE_GITHUB_API_URL: github.apiUrl }
    await using oore = await startOore(settings)
    const browser = new Browser((path, { headers = {} } = {}) =>
      fetch(`${oore.url}${path}`, { headers, redirect: 'manual' }),
    )
    const { json: setup } = await oore.api('POST', '/github/setup', { organization: 'lumen' })
    const back = await browser.ask(pathOf(await createApp(browser, github, setup.url)))
    const installed = await fetch(back.headers.get('location') ?? '', { redirect: 'manual' })
    await browser.ask(pathOf(installed.headers.get('location') ?? ''))
    const known = async () => (await oore.api('GET', '/repositories')).json.data[0]
    await oore.until(async () => expect(await known()).toMatchObject({ name: 'wallet' }))

    await oore.stop('SIGKILL')
    const pushes: string[] = []
    for (const text of ['1', '2', '3']) {
      pushes.push((await github.push(wallet, { files: { 'a.txt': text } })).after)
    }
    const { pull } = await github.openPull(wallet, { branch: 'feature/x', files: { 'b.txt': 'b' } })
    await oore.start()
    await oore.until(async () => {
      const { json } = await oore.api('GET', '/builds?limit=50')
      const built = (json.data as Record<string, unknown>[]).map((build) =>
        [build['trigger_type'], build['commit_sha']].join(' '),
      )
      for (const sha of pushes) expect(built).toContain(`push ${sha}`)
      expect(built).toContain(`pull_request ${pull.headSha}`)
      expect(new Set(built).size).toBe(built.length)
    }, foundWithinMs)
    expect(github.breaches).toEqual([])
  }, 60_000)
})
