import { describe, expect, test } from 'vitest'
import { TestApp } from '../support/app.ts'
import { eventually } from '../support/eventually.ts'
import { startFakeGithub } from '../support/fake-forges/github.ts'
import {
  forgeRepository,
  forgeToken,
  makeRunner,
  queueBuilds,
  startReporting,
} from '../support/forge-builds.ts'
import { readHtml, textOf } from '../support/html.ts'

type Reports = { data: Record<string, unknown>[]; next_cursor: string | null }

async function oneBuild(app: TestApp, url: string) {
  const id = await forgeRepository(app.services, 'github', `${url}/lumen/wallet.git`)
  const [build = ''] = await queueBuilds(app.services, id, [{}])
  return build
}

const github = () => startFakeGithub({ token: forgeToken, repositories: ['lumen/wallet'] })

describe('what a forge was told of a build', () => {
  test('is on its page and in the API, and is told again by a button', async () => {
    await using app = await TestApp.start()
    await using forge = await github()
    await using reporting = startReporting(app.services)
    await reporting.settled()
    const browser = await app.asBrowser()
    forge.decide(() => ({ status: 401, json: { message: 'Bad credentials' } }))
    const build = await oneBuild(app, forge.url)
    await reporting.settled()
    const page = async () => textOf(readHtml(await (await browser.ask(`/builds/${build}`)).text()))
    const reports = async () =>
      (await (await app.asAdmin(`/api/builds/${build}/status-reports`)).json()) as Reports
    expect(await page()).toContain('GitHub could not be told: GitHub does not accept the token')
    expect(await reports()).toMatchObject({
      data: [{ forge: 'github', context: 'oore/Main', status: 'given_up', told_at: null }],
      next_cursor: null,
    })

    forge.decide(() => 'answered')
    const answer = await browser.ask(`/builds/${build}/status-reports/resend`, { form: {} })
    expect([answer.status, answer.headers.get('location')]).toEqual([303, `/builds/${build}`])
    await reporting.settled()
    app.services.advance(2000)
    expect(await page()).toContain('GitHub was told just now.')
    expect((await reports()).data).toEqual([
      {
        forge: 'github',
        way: 'status',
        context: 'oore/Main',
        commit_sha: expect.any(String),
        build_id: build,
        state: 'pending',
        description: 'Queued',
        status: 'told',
        told_state: 'pending',
        told_at: '2026-01-01T12:00:00.000Z',
        attempts: 0,
        next_try_at: null,
        last_error: null,
      },
    ])
    const again = await app.asAdmin(`/api/builds/${build}/status-reports/resend`, {
      method: 'POST',
    })
    expect(again.status).toBe(200)
    expect(((await again.json()) as Reports).data).toMatchObject([{ status: 'waiting' }])
    await eventually(() => expect(forge.kept).toHaveLength(2))
    await reporting.settled()
  })

  test('tells of the comment of its pull request, which is written again by a button', async () => {
    await using app = await TestApp.start()
    await using forge = await github()
    await using reporting = startReporting(app.services)
    const repository = await forgeRepository(
      app.services,
      'github',
      `${forge.url}/lumen/wallet.git`,
    )
    const setting = async (value: unknown) =>
      app.asAdmin(`/api/repositories/${repository}`, {
        method: 'PATCH',
        body: JSON.stringify({ pull_request_comments: value }),
        headers: { 'content-type': 'application/json' },
      })
    expect(await (await setting(true)).json()).toMatchObject({ pull_request_comments: true })
    expect((await setting('yes')).status).toBe(422)
    const runner = await makeRunner(app.services)
    const [build = ''] = await queueBuilds(app.services, repository, [
      {
        triggerType: 'pull_request',
        pullRequest: { number: 7, target: 'main', mergeCommit: null, fork: null },
      },
    ])
    await runner.start()
    await runner.finish(build)
    await reporting.settled()
    const browser = await app.asBrowser()
    const page = async () => textOf(readHtml(await (await browser.ask(`/builds/${build}`)).text()))
    // The fake has no such pull request.
    expect(await page()).toContain('Pull request #7 could not be commented: GitHub shows no such')
    forge.world.pulls.push({
      repositoryId: forge.repository('lumen/wallet').id,
      number: 7,
    } as never)
    const answer = await browser.ask(`/builds/${build}/comment/resend`, { form: {} })
    expect([answer.status, answer.headers.get('location')]).toEqual([303, `/builds/${build}`])
    await reporting.settled()
    expect(await page()).toContain('Pull request #7 was commented just now, on commit')
    const listed = await app.asAdmin(`/api/builds/${build}/status-reports`)
    expect(((await listed.json()) as Reports).data).toMatchObject([
      { way: 'status', told_state: 'success' },
      { way: 'comment', pull_request_number: 7, status: 'told', forge: 'github' },
    ])
    expect((await setting(false)).status).toBe(200)
    const refused = await app.asAdmin(`/api/builds/${build}/comment/resend`, { method: 'POST' })
    expect(refused.status).toBe(409)
  })

  test('is nothing for plain git, and asking for it is a conflict', async () => {
    await using app = await TestApp.start()
    const { build } = await app.build()
    const browser = await app.asBrowser()
    const answer = await app.asAdmin(`/api/builds/${build.id}/status-reports`)
    expect(await answer.json()).toEqual({ data: [], next_cursor: null })
    const resent = await app.asAdmin(`/api/builds/${build.id}/status-reports/resend`, {
      method: 'POST',
    })
    expect(resent.status).toBe(409)
    const page = await (await browser.ask(`/builds/${build.id}`)).text()
    expect(page).not.toContain('Status on')
  })
})
