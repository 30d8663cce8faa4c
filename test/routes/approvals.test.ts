import { describe, expect, test } from 'vitest'
import { TestApp } from '../support/app.ts'
import { startFakeGithub } from '../support/fake-forges/github.ts'
import {
  forgeRepository,
  forgeToken,
  outbox,
  queueBuilds,
  startReporting,
} from '../support/forge-builds.ts'
import { forkCommit, forkRefs, tellFork } from '../support/forks.ts'
import { readHtml, textOf } from '../support/html.ts'

const content = `workflows:
  check:
    triggering: { events: [pull_request] }
    scripts: [make]
`

async function asked(app: TestApp) {
  const { git, repository } = await app.services.repository({ 'oore.yaml': content }, 'github')
  const commit = forkCommit(git, forkRefs.github, { Makefile: 'all:\n', '\u202egnp.dart': 'x' })
  const { builds } = await tellFork(app.services, repository, commit.head)
  return { git, repository, ...commit, id: builds[0]?.id ?? '' }
}

describe('the approval of a fork’s commit', () => {
  test('is asked for on a page, whose form answers for the commit that it shows', async () => {
    await using app = await TestApp.start()
    const { id, head } = await asked(app)
    const browser = await app.asBrowser()
    const dashboard = await (await browser.ask('/')).text()
    expect(dashboard).toContain(`href="/builds/${id}/approval"`)
    const html = await (await browser.ask(`/builds/${id}/approval`)).text()
    expect(html).toContain(`<input type="hidden" name="commit" value="${head}"/>`)
    expect(html).toContain(`action="/builds/${id}/approve"`)
    expect(html).toContain(`formaction="/builds/${id}/deny"`)
    expect(html).toContain('href="https://github.com/lumen-apps/wallet/pull/87"')
    expect(html).not.toContain('\u202e')
    const text = textOf(readHtml(html))
    expect(text).toContain('The configuration is oore.yaml of main at ')
    expect(text).toContain('is run when it is built')
    const answer = await browser.ask(`/builds/${id}/approve`, { form: { commit: head } })
    expect([answer.status, answer.headers.get('location')]).toEqual([303, `/builds/${id}`])
    const again = await browser.ask(`/builds/${id}/approve`, { form: { commit: head } })
    expect(again.status).toBe(409)
    expect(textOf(readHtml(await again.text()))).toContain('does not wait for an approval any more')
  })

  test('is asked for and answered in JSON', async () => {
    await using app = await TestApp.start()
    const { id, head, merge } = await asked(app)
    const request = await (await app.asAdmin(`/api/builds/${id}/approval`)).json()
    expect(request).toMatchObject({
      build: { status: 'waiting_approval', from_fork: true, fork: 'passer-by/wallet' },
      commit_sha: head,
      pull_request: { number: 87, target: 'main' },
      approval: null,
      changes: { known: true, partial: false, count: 2, configurations: [] },
    })
    const post = (verb: string, json: unknown) => app.asAdmin(`/api/builds/${id}/${verb}`, { json })
    for (const json of [{}, { commit: head.slice(0, 12) }, { commit: head, force: true }, null]) {
      expect([400, 422]).toContain((await post('approve', json)).status)
    }
    expect((await post('approve', { commit: merge })).status).toBe(409)
    const denied = await post('deny', { commit: head })
    expect(await denied.json()).toMatchObject({
      status: 'cancelled',
      error_message: expect.stringMatching(/^Denied by/),
    })
    const detail = await (await app.asAdmin(`/api/builds/${id}`)).json()
    expect(detail).toMatchObject({ approval: { verdict: 'denied', by: 'Admin', commit_sha: head } })
  })

  test('is nobody’s who is not signed in, and no other site’s', async () => {
    await using app = await TestApp.start()
    const { id, head } = await asked(app)
    expect((await app.asStranger(`/api/builds/${id}/approval`)).status).toBe(401)
    const posted = await app.asStranger(`/api/builds/${id}/approve`, { json: { commit: head } })
    expect(posted.status).toBe(401)
    const browser = await app.asBrowser()
    const foreign = await browser.ask(`/builds/${id}/approve`, {
      form: { commit: head },
      headers: { 'sec-fetch-site': 'cross-site' },
    })
    expect(foreign.status).toBe(403)
    expect((await browser.ask(`/builds/${id}/approve?commit=${head}`)).status).toBe(405)
    const detail = await (await app.asAdmin(`/api/builds/${id}`)).json()
    expect(detail).toMatchObject({ status: 'waiting_approval' })
  })

  test('is not asked for of the repository’s own builds', async () => {
    await using app = await TestApp.start()
    const { build } = await app.build()
    expect((await app.asAdmin(`/api/builds/${build.id}/approval`)).status).toBe(409)
  })

  test('is a filter of the list and a setting of the repository', async () => {
    await using app = await TestApp.start()
    const { id, repository } = await asked(app)
    const list = await (await app.asAdmin('/api/builds?status=waiting_approval')).json()
    expect(list).toMatchObject({ data: [{ id }] })
    expect(await (await app.asAdmin('/api/builds?status=pending')).json()).toMatchObject({
      data: [],
    })
    const health = await (await app.asAdmin('/api/health')).json()
    expect(health).toMatchObject({ workers: { active: 0, queued: 0 } })
    const path = `/api/repositories/${repository.id}`
    const patch = (fork_builds: string) =>
      app.asAdmin(path, { method: 'PATCH', json: { fork_builds } })
    expect((await patch('always')).status).toBe(422)
    expect(await (await patch('never')).json()).toMatchObject({ fork_builds: 'never' })
    const browser = await app.asBrowser()
    const settings = await browser.ask(`/repositories/${repository.id}/settings`)
    expect(await settings.text()).toContain('<option value="never" selected="">')
    await browser.ask(`/repositories/${repository.id}/settings`, {
      form: { default_branch: 'main', fork_builds: 'ask' },
    })
    expect(await (await app.asAdmin(path)).json()).toMatchObject({ fork_builds: 'ask' })
  })

  test('is what the forge is told of', async () => {
    await using app = await TestApp.start()
    await using forge = await startFakeGithub({
      token: forgeToken,
      repositories: ['lumen/wallet'],
    })
    await using reporting = startReporting(app.services)
    await reporting.settled()
    const id = await forgeRepository(app.services, 'github', `${forge.url}/lumen/wallet.git`)
    const from = {
      name: 'passer-by/wallet',
      url: null,
      author: null,
      pullRequestUrl: null,
      configCommit: 'c'.repeat(40),
    }
    const pullRequest = {
      number: 87,
      target: 'main',
      mergeCommit: null,
      fork: { from, approvalId: null },
    }
    await queueBuilds(app.services, id, [{ pullRequest }])
    await reporting.settled()
    expect(await outbox(app.services)).toMatchObject([
      {
        state: 'pending',
        description: 'Needs approval: it comes from passer-by/wallet',
        telling: 'told',
      },
    ])
  })
})
